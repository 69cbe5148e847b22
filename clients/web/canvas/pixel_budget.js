// @ts-check
import { InvalidDrawing } from "./errors.js";

/** @typedef {import("./planes.js").Picture} Picture */

const MAX_CANVAS_SIDE = 8192;
const MAX_PIXELS = 4096 * 4096;
const WORKING_LIMIT = 2048;

/**
 * Return the canvas, reduced by a whole factor if it is large.
 *
 * @param {Picture} picture
 * @returns {Picture}
 */
export function limitSize(picture) {
  checkSize(picture);
  const factor = Math.ceil(Math.max(picture.width, picture.height) / WORKING_LIMIT);
  return factor === 1 ? picture : reducePicture(picture, factor);
}

/** Throw InvalidDrawing if a canvas of this size is not read. */
function checkSize(/** @type {Picture} */ { width, height, data }) {
  const isWhole = [width, height].every((side) => Number.isInteger(side) && side > 0);
  if (!isWhole || data?.length !== 4 * width * height) {
    throw new InvalidDrawing(
      "unreadable_image",
      "the canvas has no pixels, or not four bytes for each; pass what getImageData returns",
    );
  }
  if (Math.max(width, height) > MAX_CANVAS_SIDE || width * height > MAX_PIXELS) {
    throw new InvalidDrawing(
      "unreadable_image",
      `the canvas is ${width} x ${height}; at most ${(MAX_PIXELS / 1e6).toFixed(1)} million pixels `
      + `and ${MAX_CANVAS_SIDE} a side are read`,
    );
  }
}

/**
 * Return the means of squares of pixels, their colours weighed by alpha.
 *
 * @param {Picture} picture
 * @param {number} factor the side of the squares
 * @returns {Picture}
 */
function reducePicture(picture, factor) {
  const width = Math.ceil(picture.width / factor);
  const height = Math.ceil(picture.height / factor);
  const data = new Uint8Array(4 * width * height);
  for (let y = 0, end = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, end += 4) {
      data.set(averageSquare(picture, factor * y, factor * x, factor), end);
    }
  }
  return { width, height, data };
}

/**
 * @param {Picture} picture
 * @param {number} top
 * @param {number} left
 * @param {number} factor
 */
function averageSquare({ width, height, data }, top, left, factor) {
  const sums = [0, 0, 0, 0];
  const bottom = Math.min(top + factor, height);
  const right = Math.min(left + factor, width);
  for (let y = top; y < bottom; y += 1) {
    for (let place = 4 * (y * width + left); place < 4 * (y * width + right); place += 4) {
      const alpha = data[place + 3];
      sums[0] += multiplyByShare(data[place], alpha);
      sums[1] += multiplyByShare(data[place + 1], alpha);
      sums[2] += multiplyByShare(data[place + 2], alpha);
      sums[3] += alpha;
    }
  }
  const count = (bottom - top) * (right - left);
  const [red, green, blue, alpha] = sums.map((sum) => divideRounded(sum, count));
  if (alpha === 0 || alpha === 255) return [red, green, blue, alpha];
  const restore = (/** @type {number} */ level) => Math.min(255, Math.floor(255 * level / alpha));
  return [restore(red), restore(green), restore(blue), alpha];
}

/** @returns {number} the product divided by 255, rounded */
function multiplyByShare(/** @type {number} */ level, /** @type {number} */ alpha) {
  const product = level * alpha + 128;
  return (product + (product >> 8)) >> 8;
}

/** @returns {number} the mean, rounded, by Pillow's multiplication with a reciprocal of 24 bits */
function divideRounded(/** @type {number} */ sum, /** @type {number} */ count) {
  return Math.floor((sum + (count >> 1)) * Math.floor(2 ** 24 / count) / 2 ** 24);
}
