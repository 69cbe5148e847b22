// @ts-check
import { labelInk } from "./pieces.js";
import { cropPlane, cropToInk, makePlane } from "./planes.js";

/** @typedef {import("./planes.js").Plane} Plane */
/** @typedef {import("./planes.js").Box} Box */

const LABELLED_SIDE = 256;
const SMALL = 1 / 8;
const FAR = 1 / 4;

/**
 * Crop ink to the bounding box of the drawing, without the specks outside of it.
 *
 * @param {Plane} ink with at least one pixel set
 * @returns {Plane}
 */
export function removeSpecks(ink) {
  const cropped = cropToInk(ink);
  const coarseness = Math.ceil(Math.max(cropped.width, cropped.height) / LABELLED_SIDE);
  const { boxes } = labelInk(reducePlane(cropped, coarseness));
  if (boxes.length === 1) return cropped;
  const { top, bottom, left, right } = joinBoxes(findDrawing(boxes));
  return cropToInk(cropPlane(cropped, {
    top: top * coarseness,
    bottom: Math.min(bottom * coarseness, cropped.height),
    left: left * coarseness,
    right: Math.min(right * coarseness, cropped.width),
  }));
}

/** @returns {Box[]} the pieces that belong to the drawing: the large ones, and those near them */
function findDrawing(/** @type {Box[]} */ boxes) {
  const lengths = boxes.map((box) => Math.max(box.bottom - box.top, box.right - box.left));
  const longest = lengths.reduce((most, length) => Math.max(most, length));
  const isLarge = lengths.map((length) => length > SMALL * longest);
  const large = joinBoxes(boxes.filter((_, index) => isLarge[index]));
  const reach = FAR * Math.max(large.bottom - large.top, large.right - large.left);
  return boxes.filter((box, index) => isLarge[index] || Math.max(
    large.top - box.bottom, box.top - large.bottom, large.left - box.right, box.left - large.right,
  ) <= reach);
}

/** @returns {Box} the bounding box of all boxes */
function joinBoxes(/** @type {Box[]} */ boxes) {
  return boxes.reduce((whole, box) => ({
    top: Math.min(whole.top, box.top),
    bottom: Math.max(whole.bottom, box.bottom),
    left: Math.min(whole.left, box.left),
    right: Math.max(whole.right, box.right),
  }));
}

/**
 * Reduce the resolution; a pixel is set if its square of `ink` holds any ink.
 *
 * @param {Plane} ink
 * @param {number} coarseness the side of the squares
 */
function reducePlane(ink, coarseness) {
  if (coarseness === 1) return ink;
  const reduced = makePlane(
    Math.ceil(ink.width / coarseness), Math.ceil(ink.height / coarseness),
  );
  for (let y = 0, place = 0; y < ink.height; y += 1) {
    const row = Math.floor(y / coarseness) * reduced.width;
    for (let x = 0; x < ink.width; x += 1, place += 1) {
      if (ink.data[place]) reduced.data[row + Math.floor(x / coarseness)] = 1;
    }
  }
  return reduced;
}
