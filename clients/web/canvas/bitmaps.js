// @ts-check
import { centreIdempotently, INK_THRESHOLD, SIDE } from "./centring.js";
import { measureDistance } from "./paper.js";
import { findEnds } from "./planes.js";
import { findQuantile } from "./quantiles.js";

/** @typedef {import("./planes.js").Picture} Picture */

const FREE_LINES = [2, 3];
const MIN_STRONG_INK = 150;
const STRONG_QUANTILE = 90;
const MAX_OFF_CENTRE = 1;

/**
 * Return the ink of a picture that is a drawing already; null if it is not one.
 *
 * @param {Picture} picture
 * @returns {Uint8Array | null} 784 bytes
 */
export function readBitmap(picture) {
  if (picture.width !== SIDE || picture.height !== SIDE || !isGrey(picture.data)) return null;
  const light = measureDistance(picture, [0, 0, 0]).data;
  const dark = measureDistance(picture, [255, 255, 255]).data;
  const ink = hasFreeLines(dark) && !hasFreeLines(light) ? dark : light;
  return looksLikeGoogles(ink) ? ink : null;
}

/** @returns {boolean} */
function isGrey(/** @type {ArrayLike<number>} */ data) {
  for (let start = 0; start < data.length; start += 4) {
    if (data[start] !== data[start + 1] || data[start] !== data[start + 2]) return false;
  }
  return true;
}

/** Return which rows, and which columns, hold ink: 0 or 1 each. */
function findProfiles(/** @type {Uint8Array} */ ink) {
  const rows = new Uint8Array(SIDE);
  const columns = new Uint8Array(SIDE);
  for (let place = 0; place < ink.length; place += 1) {
    if (ink[place] <= INK_THRESHOLD) continue;
    rows[Math.floor(place / SIDE)] = 1;
    columns[place % SIDE] = 1;
  }
  return [rows, columns];
}

/** Return whether at least one row and one column hold no ink. */
function hasFreeLines(/** @type {Uint8Array} */ ink) {
  return findProfiles(ink).every((profile) => profile.includes(0));
}

/** Return whether ink has the extent, the place and the strength of Google's bitmaps. */
function looksLikeGoogles(/** @type {Uint8Array} */ ink) {
  const inked = ink.filter((level) => level > INK_THRESHOLD);
  if (!inked.length) return false;
  const profiles = findProfiles(ink);
  if (!profiles.some(hasGoogleGap)) return false;
  if (findQuantile(inked, STRONG_QUANTILE) < MIN_STRONG_INK) return false;
  if (profiles.every((profile) => measureOffset(profile) <= MAX_OFF_CENTRE)) return true;
  return centreIdempotently(ink).every((level, place) => level === ink[place]);
}

/** Return whether as many lines are free, in one place, as Google's renderer leaves. */
function hasGoogleGap(/** @type {Uint8Array} */ profile) {
  const lines = [...profile].flatMap((inked, line) => (inked ? [line] : []));
  return lines.some((line, index) => {
    const next = lines[index + 1] ?? lines[0] + SIDE;
    return FREE_LINES.includes(next - line - 1);
  });
}

/** @returns {number} by how many lines the margins before and after the ink differ */
function measureOffset(/** @type {Uint8Array} */ profile) {
  const ends = findEnds(profile);
  return ends ? Math.abs(ends.first - (SIDE - 1 - ends.last)) : 0;
}
