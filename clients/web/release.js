/** Ask the service for the release, and say whether it has changed. */

import { describeFailure, readBytes, request } from "./fetching.js";
import { RedrawError } from "./problems.js";

const MOST_BYTES = 256 * 1024;

/**
 * Ask for the release.
 *
 * @param {Function} fetch as the browser's.
 * @param {string} url of the release.
 * @param {string | null} etag of the last answer.
 * @param {RequestCache} [cache] `force-cache`: what the browser has kept, however old it is.
 * @returns {Promise<{release: object, etag: string | null} | null>} null: it has not changed.
 * @throws {RedrawError} it cannot be read, or nothing is released.
 */
export async function fetchRelease(fetch, url, etag, cache = etag ? "no-store" : "no-cache") {
  const headers = etag ? { "If-None-Match": etag } : {};
  const response = await request(fetch, url, { headers, cache });
  if (response.status === 304) return null;
  if (response.status === 404) throw new RedrawError("no-release", "nothing is released yet");
  if (response.status !== 200) throw describeFailure(response, url);
  const release = parseRelease(await readBytes(response, url, MOST_BYTES), url);
  return { release, etag: response.headers.get("ETag") };
}

function parseRelease(bytes, url) {
  let release;
  try {
    release = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new RedrawError("bad-release", `${url} is no JSON: ${cause.message}`, { cause });
  }
  const isNamed = (named) =>
    typeof named?.version === "string" && typeof named.manifestPath === "string";
  if (!isNamed(release) || (release.trial && !isNamed(release.trial))) {
    throw new RedrawError("bad-release", `${url} names no version`);
  }
  return release;
}
