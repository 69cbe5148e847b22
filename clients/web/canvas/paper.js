// @ts-check
import { makePlane } from "./planes.js";

/** @typedef {import("./planes.js").Picture} Picture */
/** @typedef {import("./planes.js").Box} Box */
/** @typedef {[number, number, number]} Colour red, green and blue, 0 to 255 */

/**
 * Return the pixels at the four edges, four bytes each; the corners are in it twice.
 *
 * @param {Picture} picture
 */
export function cutBorder({ width, height, data }) {
  const border = new Uint8Array(8 * (width + height));
  border.set(data.subarray(0, 4 * width));
  border.set(data.subarray(4 * width * (height - 1)), 4 * width);
  let end = 8 * width;
  for (const x of [0, width - 1]) {
    for (let y = 0; y < height; y += 1, end += 4) {
      const start = 4 * (y * width + x);
      for (let channel = 0; channel < 4; channel += 1) border[end + channel] = data[start + channel];
    }
  }
  return border;
}

/**
 * Return the middle value of each channel.
 *
 * @param {Uint8Array | Uint8ClampedArray} pixels four bytes each; at least one pixel
 * @returns {Colour}
 */
export function findMiddleColour(pixels) {
  const middle = pixels.length >> 3;
  const find = (/** @type {number} */ channel) => {
    const counts = new Uint32Array(256);
    for (let place = channel; place < pixels.length; place += 4) counts[pixels[place]] += 1;
    let level = 0;
    for (let below = counts[0]; below <= middle; below += counts[level]) level += 1;
    return level;
  };
  return [find(0), find(1), find(2)];
}

/**
 * Return how far each pixel is from a colour, in the channel where it is farthest.
 *
 * @param {Picture} picture
 * @param {Colour} colour
 */
export function measureDistance({ width, height, data }, [red, green, blue]) {
  const distance = makePlane(width, height);
  for (let place = 0, start = 0; place < distance.data.length; place += 1, start += 4) {
    const inRed = Math.abs(data[start] - red);
    const inGreen = Math.abs(data[start + 1] - green);
    const inBlue = Math.abs(data[start + 2] - blue);
    const inRedGreen = inRed > inGreen ? inRed : inGreen;
    distance.data[place] = inRedGreen > inBlue ? inRedGreen : inBlue;
  }
  return distance;
}

/**
 * @param {Picture} picture
 * @param {Box} box
 * @returns {Picture} a copy of what is in the box
 */
export function cropPicture({ width, data }, { top, bottom, left, right }) {
  const part = new Uint8Array(4 * (right - left) * (bottom - top));
  for (let y = top, end = 0; y < bottom; y += 1, end += 4 * (right - left)) {
    part.set(data.subarray(4 * (y * width + left), 4 * (y * width + right)), end);
  }
  return { width: right - left, height: bottom - top, data: part };
}

/** Return the distance of two colours, in the channel where it is largest. */
export function compareColours(/** @type {ArrayLike<number>} */ one, /** @type {ArrayLike<number>} */ other) {
  return Math.max(
    Math.abs(one[0] - other[0]), Math.abs(one[1] - other[1]), Math.abs(one[2] - other[2]),
  );
}
