// @ts-check
import { makePlane } from "./planes.js";

/** @typedef {[number, number]} Point x and y, in PARTS of a pixel */
/** @typedef {(first: number, last: number) => void} Cover cover the places of a span */

export const PARTS = 16;
const MIDDLE = PARTS / 2;

/**
 * Return the paper with lines drawn by a round pen: 255 where the middle of a pixel is nowhere
 * farther than the radius from a line.
 *
 * @param {Point[][]} lines the pen stays on the paper everywhere
 * @param {number} radius in PARTS of a pixel
 * @param {number} side of the paper, in pixels
 */
export function coverLines(lines, radius, side) {
  const paper = makePlane(side, side);
  const cover = (/** @type {number} */ row, /** @type {number} */ low, /** @type {number} */ high) => {
    const first = Math.ceil((low - MIDDLE) / PARTS);
    const end = Math.floor((high - MIDDLE) / PARTS) + 1;
    if (first < end) paper.data.fill(255, row * side + first, row * side + end);
  };
  for (const line of lines) {
    line.forEach((point, index) => {
      coverPoint(point, radius, cover);
      if (index) coverPiece(line[index - 1], point, radius, cover);
    });
  }
  return paper;
}

/**
 * @param {Point} point
 * @param {number} radius
 * @param {(row: number, low: number, high: number) => void} cover
 */
function coverPoint([x, y], radius, cover) {
  for (const row of listRows(y - radius, y + radius)) {
    const half = findRoot(radius * radius - (PARTS * row + MIDDLE - y) ** 2);
    cover(row, x - half, x + half);
  }
}

/**
 * Cover what is beside a straight piece, and no farther from it than the radius.
 *
 * @param {Point} start
 * @param {Point} end
 * @param {number} radius
 * @param {(row: number, low: number, high: number) => void} cover
 */
function coverPiece([x, y], end, radius, cover) {
  const right = end[0] - x;
  const down = end[1] - y;
  const length = right * right + down * down;
  // Of a place at (across, below) from the start, `down * across - right * below` is the distance
  // from the line, and `right * across + down * below` how far along the line it is, both times the
  // length of the piece.
  const far = findRoot(radius * radius * length);
  for (const row of listRows(Math.min(y, end[1]) - radius, Math.max(y, end[1]) + radius)) {
    const below = PARTS * row + MIDDLE - y;
    const near = divideSpan(right * below - far, right * below + far, down);
    const along = divideSpan(-down * below, length - down * below, right);
    cover(row, x + Math.max(near[0], along[0]), x + Math.min(near[1], along[1]));
  }
}

/**
 * Return the rows whose middles lie from `lowest` to `highest`.
 *
 * @param {number} lowest in PARTS of a pixel
 * @param {number} highest
 */
function listRows(lowest, highest) {
  const first = Math.ceil((lowest - MIDDLE) / PARTS);
  const last = Math.floor((highest - MIDDLE) / PARTS);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/**
 * Return the first and the last whole number from `low` to `high` after division. By zero: all
 * numbers if zero lies between them, else none.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} divisor
 * @returns {[number, number]}
 */
function divideSpan(low, high, divisor) {
  if (divisor === 0) return low <= 0 && high >= 0 ? [-Infinity, Infinity] : [Infinity, -Infinity];
  const [first, last] = divisor > 0 ? [low, high] : [high, low];
  return [Math.ceil(first / divisor), Math.floor(last / divisor)];
}

/** @returns {number} the root, rounded down; below 2 ** 52 it is never rounded up to a whole one */
function findRoot(/** @type {number} */ square) {
  return Math.floor(Math.sqrt(square));
}
