// @ts-check
import { makePlane } from "./planes.js";

/** @typedef {import("./planes.js").Plane} Plane */

const MIN_SIDE = 32;
const CELLS = 8;
const STEPS = [1, 2, 4, 8];
const MIN_SAMPLED_SIDE = 24;

/**
 * Return whether ink is noise instead of a drawing.
 *
 * @param {Plane} ink cropped to its bounding box
 */
export function isScribble(ink) {
  const shorter = Math.min(ink.width, ink.height);
  if (shorter < MIN_SIDE || !fillsEvenly(ink)) return false;
  return STEPS.some((step) => shorter >= step * MIN_SAMPLED_SIDE && isRandom(takeEvery(step, ink)));
}

/**
 * Return whether 8 x 8 cells hold about the same share of ink: a standard deviation below 0.35 of
 * the mean, written with whole numbers.
 *
 * @param {Plane} ink
 */
function fillsEvenly({ width, height, data }) {
  const columns = Math.floor(width / CELLS);
  const rows = Math.floor(height / CELLS);
  const counts = new Array(CELLS * CELLS).fill(0);
  for (let y = 0; y < CELLS * rows; y += 1) {
    for (let x = 0; x < CELLS * columns; x += 1) {
      counts[Math.floor(y / rows) * CELLS + Math.floor(x / columns)] += data[y * width + x];
    }
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  const squares = counts.reduce((sum, count) => sum + count * count, 0);
  return 400 * (counts.length * squares - total * total) < 49 * total * total;
}

/**
 * @param {number} step
 * @param {Plane} ink
 * @returns {Plane} every `step`-th row and column
 */
function takeEvery(step, ink) {
  if (step === 1) return ink;
  const taken = makePlane(Math.ceil(ink.width / step), Math.ceil(ink.height / step));
  for (let y = 0, place = 0; y < taken.height; y += 1) {
    for (let x = 0; x < taken.width; x += 1, place += 1) {
      taken.data[place] = ink.data[step * (y * ink.width + x)];
    }
  }
  return taken;
}

/**
 * Return whether pixels are independent of their neighbours (a correlation below 0.2), and no row or
 * column stands out. Written with whole numbers, some of which are too large for any other type.
 */
function isRandom(/** @type {Plane} */ ink) {
  const { width, height, data } = ink;
  const rows = new Array(height).fill(0);
  const columns = new Array(width).fill(0);
  const differing = [0, 0, 0, 0]; // to the right, below, and on both diagonals
  for (let y = 0, place = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, place += 1) {
      const here = data[place];
      rows[y] += here;
      columns[x] += here;
      if (y + 1 === height || x + 1 === width) continue;
      differing[0] += here ^ data[place + 1];
      differing[1] += here ^ data[place + width];
      differing[2] += here ^ data[place + width + 1];
      differing[3] += data[place + 1] ^ data[place + width];
    }
  }
  const size = BigInt(data.length);
  const count = BigInt(rows.reduce((sum, inRow) => sum + inRow, 0));
  const expected = 2n * count * (size - count) * BigInt((width - 1) * (height - 1));
  const isRelated = differing.some((pairs) => {
    const excess = expected - BigInt(pairs) * size ** 2n;
    return (excess < 0n ? -excess : excess) * 10n >= 2n * expected;
  });
  return !isRelated && areLinesAlike(rows, width) && areLinesAlike(columns, height);
}

/**
 * Return whether the ink of lines varies by less than 1.6 times what chance gives.
 *
 * @param {number[]} counts how many pixels of each line are ink
 * @param {number} length of a line
 */
function areLinesAlike(counts, length) {
  const lines = BigInt(counts.length);
  let total = 0n;
  let squares = 0n;
  for (const count of counts) {
    total += BigInt(count);
    squares += BigInt(count) ** 2n;
  }
  const spread = (lines * squares - total ** 2n) * BigInt(length);
  return spread * 100n < 256n * total * (lines * BigInt(length) - total);
}
