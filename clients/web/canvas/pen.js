// @ts-check
import { findQuantile } from "./quantiles.js";
import { SIDE } from "./centring.js";
import { measureSquares, tabulateRoots, UNIT } from "./distances.js";
import { findEnds, findMaximum, makePlane } from "./planes.js";
import { BOX, LINEAR, resizePlane, WINDOWED } from "./resizing.js";

/** @typedef {import("./planes.js").Plane} Plane */

export const BOX_SIDE = 256;
export const PEN_WIDTH = 16;
const PADDING = 16;
export const PAPER_SIDE = BOX_SIDE + PEN_WIDTH + 2 * PADDING;

const WORKING_SIDE = 104;
const MARGIN = 8;
const MIN_COVERAGE = 0.5;
const FULL = 255;
const MIN_RIDGE_HEIGHT = Math.floor(9 * UNIT / 5);
const PEN_QUANTILE = 42;
const MAX_HALF_PEN = 10 * UNIT;
const MAX_GROWTH = 5;
const ROOTS = tabulateRoots((WORKING_SIDE / 2 + MARGIN) ** 2);

/**
 * Redraw ink with strokes of Google's width, in Google's size.
 *
 * @param {Plane} ink cropped to its bounding box
 * @returns {Uint8Array} 784 bytes
 */
export function redrawWithStandardPen(ink) {
  const shape = rescaleInk(ink);
  const depth = measureSquares(shape);
  for (let place = 0; place < depth.length; place += 1) depth[place] = ROOTS[depth[place]];
  const halfPen = measureHalfPen(depth, shape.width);
  const side = UNIT * (Math.max(shape.width, shape.height) - 2 * MARGIN);
  const excess = Math.floor((17 * halfPen - Math.floor(side / 2) + 8) / 16);
  const drawn = makePlane(shape.width, shape.height);
  for (let place = 0; place < depth.length; place += 1) {
    drawn.data[place] = inkPixel(depth[place] - excess);
  }
  if (excess < 0) drawOutside(drawn, shape, excess);
  return fitToPaper(drawn);
}

/**
 * Draw the ink of a pen that grows outside of the shape.
 *
 * @param {Plane} drawn
 * @param {Plane} shape
 * @param {number} excess
 */
function drawOutside(drawn, shape, excess) {
  const outside = { ...shape, data: shape.data.map((inked) => 1 - inked) };
  measureSquares(outside).forEach((square, place) => {
    if (!square) return;
    const isFar = square >= MAX_GROWTH ** 2;
    drawn.data[place] = isFar ? 0 : inkPixel(UNIT - excess - ROOTS[square]);
  });
}

/** @returns {number} the ink, 0 to 255, of a pixel of which so many parts (of UNIT) are inside */
function inkPixel(/** @type {number} */ parts) {
  if (parts <= 0) return 0;
  return parts >= UNIT ? FULL : Math.floor((FULL * parts + UNIT / 2) / UNIT);
}

/** @returns {Plane} ink whose longer side is WORKING_SIDE, padded by MARGIN */
function rescaleInk(/** @type {Plane} */ ink) {
  const longer = Math.max(ink.width, ink.height);
  const [width, height] = [ink.width, ink.height].map((side) => (
    Math.max(1, Math.floor((2 * side * WORKING_SIDE + longer) / (2 * longer)))
  ));
  const isLarge = longer > WORKING_SIDE;
  const picture = makePlane(ink.width, ink.height);
  for (let place = 0; place < ink.data.length; place += 1) picture.data[place] = FULL * ink.data[place];
  const resized = resizePlane(picture, width, height, isLarge ? BOX : LINEAR);
  const level = isLarge
    ? Math.max(1, MIN_COVERAGE * (WORKING_SIDE / longer) * FULL) : MIN_COVERAGE * FULL;
  const least = Math.min(level, findMaximum(resized.data));
  const padded = makePlane(width + 2 * MARGIN, height + 2 * MARGIN);
  for (let y = 0, place = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, place += 1) {
      if (resized.data[place] < least) continue;
      padded.data[(y + MARGIN) * padded.width + x + MARGIN] = 1;
    }
  }
  return padded;
}

/**
 * Return half the width of the strokes, in parts (of UNIT) of a working pixel: a quantile of the
 * depths that are more than the mean of their neighbourhood.
 *
 * @param {Int32Array} depth
 * @param {number} width
 */
function measureHalfPen(depth, width) {
  const ridges = depth.filter((inner, place) => {
    if (!inner) return false;
    let nine = 0; // the margin is wider than the neighbourhood
    for (let start = place - width - 1; start <= place + width; start += width) {
      nine += depth[start] + depth[start + 1] + depth[start + 2];
    }
    return 9 * inner - nine > MIN_RIDGE_HEIGHT;
  });
  const half = ridges.length ? findQuantile(ridges, PEN_QUANTILE) : findMaximum(depth);
  return Math.min(half, MAX_HALF_PEN);
}

/**
 * Crop to the ink, and scale so that the ink with its pen is as large as Google's, centred.
 *
 * @param {Plane} drawn
 * @returns {Uint8Array}
 */
function fitToPaper(drawn) {
  const rows = new Uint8Array(drawn.height);
  const columns = new Uint8Array(drawn.width);
  for (let y = 0, place = 0; y < drawn.height; y += 1) {
    for (let x = 0; x < drawn.width; x += 1, place += 1) {
      rows[y] = Math.max(rows[y], drawn.data[place]);
      columns[x] = Math.max(columns[x], drawn.data[place]);
    }
  }
  const [top, bottom] = findInkEnds(rows);
  const [left, right] = findInkEnds(columns);
  const paper = Math.max(bottom - top, right - left) / FULL * PAPER_SIDE / (BOX_SIDE + PEN_WIDTH);
  const padding = Math.trunc(paper / 2) + 2;
  const x = (left + right) / (2 * FULL) + padding;
  const y = (top + bottom) / (2 * FULL) + padding;
  const half = paper / 2;
  const window = { top: y - half, bottom: y + half, left: x - half, right: x + half };
  return resizePlane(padPlane(drawn, padding), SIDE, SIDE, WINDOWED, window).data;
}

/**
 * @param {Plane} plane
 * @param {number} padding
 */
function padPlane({ width, height, data }, padding) {
  const padded = makePlane(width + 2 * padding, height + 2 * padding);
  for (let y = 0; y < height; y += 1) {
    const row = data.subarray(y * width, (y + 1) * width);
    padded.data.set(row, (y + padding) * padded.width + padding);
  }
  return padded;
}

/** @returns {[number, number]} where ink begins and ends along one axis, in 255ths of a pixel */
function findInkEnds(/** @type {Uint8Array} */ profile) {
  const { first, last } = findEnds(profile) ?? { first: 0, last: 0 };
  return [FULL * (first + 1) - profile[first], FULL * last + profile[last]];
}
