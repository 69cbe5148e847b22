/** Fetch with a time limit, a size limit, and errors that say what is wrong. */

import { RedrawError } from "./problems.js";

const SECONDS = 30;

const CODES = { 401: "refused", 403: "refused", 404: "not-found", 410: "withdrawn" };

/**
 * Return the response to a request, whatever its status.
 *
 * @throws {RedrawError} `offline`: there is no answer.
 */
export async function request(fetch, url, options = {}) {
  try {
    return await fetch(url, { signal: AbortSignal.timeout(SECONDS * 1000), ...options });
  } catch (cause) {
    throw new RedrawError("offline", `${url} does not answer: ${cause.message}`, { cause });
  }
}

/**
 * Return an error for a response that is none of those expected.
 *
 * @param {Response} response of the server.
 * @param {string} what was asked for.
 */
export function describeFailure(response, what) {
  const retryAfter = Number(response.headers.get("Retry-After")) || undefined;
  const code = CODES[response.status] ?? "unavailable";
  return new RedrawError(code, `${what} cannot be read: status ${response.status}`, { retryAfter });
}

/**
 * Return the bytes of a file.
 *
 * @param {Function} fetch as the browser's.
 * @param {string} url of the file.
 * @param {number} most bytes that are read; a server that sends more is not trusted.
 * @returns {Promise<Uint8Array>}
 * @throws {RedrawError} the file cannot be read, or is larger.
 */
export async function fetchBytes(fetch, url, most) {
  const response = await request(fetch, url);
  if (response.status !== 200) throw describeFailure(response, url);
  return readBytes(response, url, most);
}

/** Return the bytes of a response; stop reading when there are more than `most`. */
export async function readBytes(response, url, most) {
  const parts = [];
  let length = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((cause) => {
      throw new RedrawError("offline", `${url} was cut short: ${cause.message}`, { cause });
    });
    if (done) return new Uint8Array(await new Blob(parts).arrayBuffer());
    length += value.length;
    if (length > most) {
      await reader.cancel().catch(() => undefined);
      throw new RedrawError("wrong-size", `${url} has more than ${most} bytes`);
    }
    parts.push(value);
  }
}

/** Return the sha256 of bytes, in hex. */
export async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
