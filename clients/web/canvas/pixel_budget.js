// @ts-check
import { InvalidDrawing } from "./errors.js";
import { reducePicture } from "./reducing.js";

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
