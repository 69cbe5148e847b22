/** Send a correction to Redraw's service, which writes the canvas and the document. */

import { request } from "./fetching.js";
import { RedrawError } from "./problems.js";

const SLICE = 0x8000; // bytes that become characters at once: arguments of one call
const LATER = [408, 429];

/**
 * Return the function that sends a correction, for a service.
 *
 * @param {string} address of the service.
 * @param {() => Promise<string>} token resolves to the player's ID token.
 * @param {(() => Promise<string>) | undefined} appCheck resolves to an App Check token.
 * @param {Function} fetch as the browser's.
 * @returns {(fields: object, png: Blob) => Promise<void>} It may be called again: the service has
 *   one answer of a player to each drawing.
 */
export function connectService(address, token, appCheck, fetch) {
  return async (fields, png) => {
    const headers = {
      Authorization: `Bearer ${await token()}`,
      ...(appCheck ? { "X-Firebase-AppCheck": await appCheck() } : {}),
    };
    await postAnswer(fetch, `${address}/v1/corrections`, headers, fields, png);
  };
}

/**
 * Post a correction with its canvas, and return the response, which says that it was taken.
 *
 * @throws {RedrawError} it is not taken: `unavailable`, now; `rejected`, at all.
 */
export async function postAnswer(fetch, url, headers, fields, png) {
  // What the service knows by itself is left out: it takes no other fields.
  const { userId, status, imageStoragePath, ...answer } = fields;
  const response = await request(fetch, url, {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json" },
    body: JSON.stringify({ ...answer, canvas: await encodeBase64(png) }),
  });
  if (!response.ok) throw await describeRefusal(response);
  return response;
}

/** Return an error for an answer that the service does not take, now or at all. */
async function describeRefusal(response) {
  const problem = await response.json().catch(() => ({}));
  const isLater = response.status >= 500 || LATER.includes(response.status);
  return new RedrawError(
    isLater ? "unavailable" : "rejected",
    `the service does not take the correction: status ${response.status} ${problem.detail ?? ""}`,
    { retryAfter: Number(response.headers.get("Retry-After")) || undefined },
  );
}

async function encodeBase64(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let start = 0; start < bytes.length; start += SLICE) {
    text += String.fromCharCode(...bytes.subarray(start, start + SLICE));
  }
  return btoa(text);
}
