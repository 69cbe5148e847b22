// @ts-check
import { findMedian } from "./arithmetic.js";
import { compareColours } from "./paper.js";
import { copyPlane } from "./planes.js";

/** @typedef {import("./planes.js").Plane} Plane */
/** @typedef {import("./planes.js").Picture} Picture */
/** @typedef {import("./frames.js").Sheet} Sheet */
/** @typedef {{first: number, end: number, left: number, right: number}} Line the ends are exclusive */

/**
 * Rows and columns of a plane, or columns and rows: so that what is written for horizontal lines
 * does for vertical ones.
 *
 * @typedef {{rows: number, columns: number, down: number, right: number}} Turn steps in pixels
 */

const MIN_LINE_SHARE = 0.9;
const MIN_INSET_SHARE = 0.7;
const MIN_INSET_LINES = 3;
const MAX_END_DISTANCE = 3;
const MAX_WIDTH = 0.03;
const MAX_BESIDE = 0.6;
const MAX_COLOUR_DISTANCE = 48;
const REACH = 2;

/**
 * Return the ink without the lines that run through the whole canvas.
 *
 * @param {Sheet} sheet
 * @returns {Plane} `sheet.ink` itself if there are no such lines
 */
export function removeRuling({ ink, picture, inRows, inColumns }) {
  const { width, height } = ink;
  const upright = { rows: height, columns: width, down: width, right: 1 };
  const turned = { rows: width, columns: height, down: 1, right: width };
  const across = findLines(ink, upright, inRows);
  const down = findLines(ink, turned, inColumns);
  if (!across.length && !down.length) return ink;
  const without = copyPlane(ink);
  // Where lines cross each other, the ink on both sides of one is the other: so that they are all
  // known before the first is removed.
  for (const line of across) blankLine(without, upright, line);
  for (const line of down) blankLine(without, turned, line);
  for (const line of across) bridgeLine(without, upright, line, picture);
  for (const line of down) bridgeLine(without, turned, line, picture);
  return without.data.includes(1) ? without : ink;
}

/**
 * @param {Plane} ink
 * @param {Turn} turn
 * @param {Uint32Array} counts how many pixels of each row are ink
 * @returns {Line[]}
 */
function findLines(ink, turn, counts) {
  const { rows, columns } = turn;
  const lines = groupRows(counts, MIN_INSET_SHARE * columns).flatMap(({ first, end }) => {
    const most = Math.max(...counts.subarray(first, end));
    const beside = Math.max(...[first - 2, end + 1].map((row) => counts[row] ?? 0));
    if (end - first > Math.max(2, MAX_WIDTH * rows) || beside > MAX_BESIDE * most) return [];
    return [{ first, end, most, ...findLineEnds(ink, turn, first, end) }];
  });
  return lines.filter((line) => {
    const isWhole = line.left <= REACH && line.right >= columns - REACH
      && line.most >= MIN_LINE_SHARE * columns;
    const alike = lines.filter((other) => Math.abs(line.left - other.left)
      + Math.abs(line.right - other.right) <= MAX_END_DISTANCE);
    return isWhole || alike.length >= MIN_INSET_LINES;
  });
}

/**
 * Return the groups of neighbouring rows with at least so much ink.
 *
 * @param {Uint32Array} counts
 * @param {number} least
 */
function groupRows(counts, least) {
  const groups = [];
  for (let row = 0; row < counts.length; row += 1) {
    if (counts[row] < least) continue;
    const first = row;
    while (row < counts.length && counts[row] >= least) row += 1;
    groups.push({ first, end: row });
  }
  return groups;
}

/**
 * @param {Plane} ink
 * @param {Turn} turn
 * @param {number} first
 * @param {number} end
 */
function findLineEnds({ data }, { columns, down, right }, first, end) {
  let left = columns;
  let last = 0;
  for (let row = first; row < end; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      if (!data[row * down + column * right]) continue;
      if (column < left) left = column;
      if (column > last) last = column;
    }
  }
  return { left, right: last + 1 };
}

/**
 * @param {Plane} ink
 * @param {Turn} turn
 * @param {Line} line
 */
function blankLine({ data }, { down, right }, line) {
  for (let row = line.first; row < line.end; row += 1) {
    for (let column = line.left; column < line.right; column += 1) {
      data[row * down + column * right] = 0;
    }
  }
}

/**
 * Draw again what crosses a line: ink of another colour, and ink that goes on beyond it.
 *
 * @param {Plane} ink
 * @param {Turn} turn
 * @param {Line} line
 * @param {Picture} picture
 */
function bridgeLine(ink, turn, line, picture) {
  const { rows, down, right } = turn;
  const before = readRow(ink, turn, Math.max(0, line.first - 1));
  const after = readRow(ink, turn, Math.min(rows - 1, line.end));
  const above = spreadRow(before);
  const below = spreadRow(after);
  const middle = findMiddle(picture, turn, line);
  for (let row = line.first; row < line.end; row += 1) {
    for (let column = line.left; column < line.right; column += 1) {
      const pixel = row * down + column * right;
      if (above[column] && below[column]) ink.data[pixel] = 1;
      else if (above[column] || below[column]) {
        const colour = picture.data.subarray(4 * pixel, 4 * pixel + 3);
        if (compareColours(colour, middle) > MAX_COLOUR_DISTANCE) ink.data[pixel] = 1;
      }
    }
  }
}

/**
 * Return the median of each channel of a line's pixels.
 *
 * @param {Picture} picture
 * @param {Turn} turn
 * @param {Line} line
 */
function findMiddle({ data }, { down, right }, line) {
  return [0, 1, 2].map((channel) => {
    const values = new Uint8Array((line.end - line.first) * (line.right - line.left));
    let count = 0;
    for (let row = line.first; row < line.end; row += 1) {
      for (let column = line.left; column < line.right; column += 1, count += 1) {
        values[count] = data[4 * (row * down + column * right) + channel];
      }
    }
    return findMedian(values);
  });
}

/**
 * @param {Plane} ink
 * @param {Turn} turn
 * @param {number} row
 */
function readRow({ data }, { columns, down, right }, row) {
  const read = new Uint8Array(columns);
  for (let column = 0; column < columns; column += 1) read[column] = data[row * down + column * right];
  return read;
}

/** @returns {Uint8Array} the row with each pixel spread to both sides */
function spreadRow(/** @type {Uint8Array} */ row) {
  const wide = new Uint8Array(row.length);
  row.forEach((inked, column) => {
    if (inked) wide.fill(1, Math.max(0, column - REACH), column + REACH + 1);
  });
  return wide;
}
