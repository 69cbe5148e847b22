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
    // What the service knows by itself is left out: it takes no other fields.
    const { userId, status, imageStoragePath, ...answer } = fields;
    const headers = {
      Authorization: `Bearer ${await token()}`,
      "Content-Type": "application/json",
      ...(appCheck ? { "X-Firebase-AppCheck": await appCheck() } : {}),
    };
    const body = JSON.stringify({ ...answer, canvas: await encodeBase64(png) });
    const response = await request(fetch, `${address}/v1/corrections`, {
      method: "POST",
      headers,
      body,
    });
    if (!response.ok) throw await describeRefusal(response);
  };
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
