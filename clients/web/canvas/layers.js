// @ts-check
import { compareColours, cutBorder, findMiddleColour } from "./paper.js";

/** @typedef {import("./planes.js").Picture} Picture */
/** @typedef {import("./paper.js").Colour} Colour */

const FULL = 255;
const MIN_ALPHA = 128;
const MIN_GROUND_SHARE = 0.6;
const MAX_GROUND_DISTANCE = 32;
/** @type {Colour[]} */
const PAGES = [[255, 255, 255], [0, 0, 0]];

/**
 * Yield the canvas on each sheet on which its player may have seen it, the likeliest first.
 *
 * @param {Picture} picture
 * @returns {Generator<Picture>} opaque pictures
 */
export function* layOnSheets(picture) {
  if (isOpaque(picture)) {
    yield picture;
    return;
  }
  const ground = findGround(picture);
  if (ground) yield layOnPage(picture, ground);
  for (const page of PAGES) {
    if (!ground || compareColours(page, ground) > 0) yield layOnPage(picture, page);
  }
}

/** @returns {boolean} */
function isOpaque(/** @type {Picture} */ { data }) {
  for (let place = 3; place < data.length; place += 4) {
    if (data[place] !== FULL) return false;
  }
  return true;
}

/**
 * Return the colour of the opaque ground; null if the border shows that there is none.
 *
 * @param {Picture} picture
 */
function findGround(picture) {
  const border = cutBorder(picture);
  const opaque = new Uint8Array(border.length);
  let end = 0;
  for (let start = 0; start < border.length; start += 4) {
    if (border[start + 3] < MIN_ALPHA) continue;
    opaque.set(border.subarray(start, start + 4), end);
    end += 4;
  }
  if (end / 4 < MIN_GROUND_SHARE * (border.length / 4)) return null;
  const ground = findMiddleColour(opaque.subarray(0, end));
  let near = 0;
  for (let start = 0; start < end; start += 4) {
    if (compareColours(opaque.subarray(start, start + 3), ground) <= MAX_GROUND_DISTANCE) near += 1;
  }
  return near / (end / 4) >= MIN_GROUND_SHARE ? ground : null;
}

/**
 * @param {Picture} picture
 * @param {Colour} page
 * @returns {Picture}
 */
function layOnPage({ width, height, data }, page) {
  const laid = new Uint8Array(data.length).fill(FULL);
  for (let start = 0; start < data.length; start += 4) {
    const alpha = data[start + 3];
    if (alpha === 0) { // most pixels of a transparent canvas
      laid[start] = page[0];
      laid[start + 1] = page[1];
      laid[start + 2] = page[2];
      continue;
    }
    for (let channel = 0; channel < 3; channel += 1) {
      const mixed = data[start + channel] * alpha + page[channel] * (FULL - alpha) + 128;
      laid[start + channel] = (mixed + (mixed >> 8)) >> 8; // divided by 255 and rounded
    }
  }
  return { width, height, data: laid };
}
