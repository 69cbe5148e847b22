// @ts-check
import { findInkBox } from "./planes.js";

/** @typedef {import("./planes.js").Plane} Plane */
/** @typedef {import("./planes.js").Box} Box */
/** @typedef {Box & {number: number}} Piece a connected piece of ink; its number in the labels */

const MAX_PIECES = 10_000;

/**
 * Return the number of the piece to which each pixel belongs, 0 for none, and the pieces. If they
 * are too many, which is noise, none is returned.
 *
 * @param {Plane} ink
 * @returns {{labels: Int32Array, pieces: Piece[]}}
 */
export function labelPieces(ink) {
  const { labels, boxes } = labelInk(ink);
  const isNoise = boxes.length > MAX_PIECES;
  return { labels, pieces: isNoise ? [] : boxes.map((box, index) => ({ number: index + 1, ...box })) };
}

/**
 * Number the pieces of ink from 1 on; pixels that touch at a corner belong together.
 *
 * @param {Plane} ink
 * @returns {{labels: Int32Array, boxes: Box[]}}
 */
export function labelInk({ width, height, data }) {
  const labels = new Int32Array(width * height);
  const inkBox = findInkBox({ width, height, data });
  if (!inkBox) return { labels, boxes: [] };
  // Runs of ink in a row are joined with those they touch in the row above (union-find).
  /** @type {number[]} */
  const parents = [];
  /** @type {number[]} row, first column and end column of each run */
  const runs = [];
  let above = 0; // the first run of the row above, and the first of this one
  let here = 0;
  for (let y = inkBox.top; y < inkBox.bottom; y += 1) {
    let touching = above;
    const start = y * width;
    for (let x = inkBox.left; x < inkBox.right; x += 1) {
      if (!data[start + x]) continue;
      const left = x;
      while (x < inkBox.right && data[start + x]) x += 1;
      const run = parents.length;
      parents.push(run);
      runs.push(y, left, x);
      while (touching < here && runs[3 * touching + 2] < left) touching += 1;
      for (let other = touching; other < here && runs[3 * other + 1] <= x; other += 1) {
        joinRuns(parents, run, other);
      }
    }
    above = here;
    here = parents.length;
  }
  return { labels, boxes: writeLabels(labels, width, parents, runs) };
}

/**
 * @param {Int32Array} labels written to
 * @param {number} width
 * @param {number[]} parents
 * @param {number[]} runs
 * @returns {Box[]} the box of each piece
 */
function writeLabels(labels, width, parents, runs) {
  /** @type {Box[]} */
  const boxes = [];
  const numbers = new Int32Array(parents.length);
  for (let run = 0; run < parents.length; run += 1) {
    const root = findRoot(parents, run);
    const [y, left, right] = [runs[3 * run], runs[3 * run + 1], runs[3 * run + 2]];
    if (!numbers[root]) {
      numbers[root] = boxes.push({ top: y, bottom: y + 1, left, right });
    }
    const box = boxes[numbers[root] - 1];
    box.bottom = y + 1;
    if (left < box.left) box.left = left;
    if (right > box.right) box.right = right;
    labels.fill(numbers[root], y * width + left, y * width + right);
  }
  return boxes;
}

/**
 * @param {number[]} parents
 * @param {number} run
 */
function findRoot(parents, run) {
  let root = run;
  while (parents[root] !== root) {
    parents[root] = parents[parents[root]]; // shortens the way for the next time
    root = parents[root];
  }
  return root;
}

/**
 * @param {number[]} parents
 * @param {number} one
 * @param {number} other
 */
function joinRuns(parents, one, other) {
  const first = findRoot(parents, one);
  const second = findRoot(parents, other);
  if (first < second) parents[second] = first;
  else parents[first] = second;
}
