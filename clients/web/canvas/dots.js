// @ts-check
import { findMedian, roundHalfToEven, roundHalfUp } from "./arithmetic.js";

/** @typedef {import("./pieces.js").Piece} Piece */
/** @typedef {[number, number]} Point y and x */
/** @typedef {{point: Point, number: number}[]} Points sorted by row; the number is the place before */

const MIN_DOTS = 16;
const MAX_DOT = 0.04;
const MIN_LATTICE_SHARE = 0.6;
const MIN_NEIGHBOURS = 2;
const MIN_STEP = 6;
const TOLERANCE = 1.6;
const PARTS = 64; // of a pixel: with whole ones all squares of distances are exact

/**
 * Return the small pieces that lie on a lattice parallel to the edges of the canvas.
 *
 * @param {Piece[]} pieces of the whole canvas
 * @param {number} side the longer side of the canvas
 * @returns {Piece[]}
 */
export function findDots(pieces, side) {
  const limit = Math.max(3, MAX_DOT * side);
  const small = pieces.filter(
    ({ top, bottom, left, right }) => Math.max(bottom - top, right - left) <= limit,
  );
  if (small.length < MIN_DOTS) return [];
  const onLattice = findLattice(small.map(
    ({ top, bottom, left, right }) => [(top + bottom) / 2, (left + right) / 2],
  ));
  const dots = small.filter((_, index) => onLattice[index]);
  return dots.length < Math.max(MIN_DOTS, MIN_LATTICE_SHARE * small.length) ? [] : dots;
}

/**
 * Return which points lie on a square lattice.
 *
 * @param {Point[]} centres
 * @returns {boolean[]}
 */
function findLattice(centres) {
  const order = sortByRow(centres);
  const distances = centres.map((centre) => {
    const other = findNearestPoint(order, centre, centre);
    return measureLength(other[0] - centre[0], other[1] - centre[1]);
  });
  const step = roundHalfUp(PARTS * findMedian(Float64Array.from(distances))) / PARTS;
  if (step < MIN_STEP) return centres.map(() => false);
  const moves = [[-step, 0], [step, 0], [0, -step], [0, step]];
  const inner = centres.map(([y, x]) => {
    const beside = moves.filter(([down, right]) => {
      const near = findNearestPoint(order, [y + down, x + right]);
      return measureLength(near[0] - (y + down), near[1] - (x + right)) <= TOLERANCE;
    });
    return beside.length >= MIN_NEIGHBOURS;
  });
  if (!inner.includes(true)) return inner;
  // A dot at the edge, or one whose neighbours are hidden by ink, has fewer neighbours. It is on
  // the lattice if it has the right distance from the nearest dot that is.
  const known = sortByRow(centres.filter((_, index) => inner[index]));
  return centres.map(([y, x], index) => {
    if (inner[index]) return true;
    const near = findNearestPoint(known, [y, x]);
    return [y - near[0], x - near[1]].every(
      (away) => Math.abs(away - step * roundHalfToEven(away / step)) <= TOLERANCE,
    );
  });
}

/** @returns {Points} */
function sortByRow(/** @type {Point[]} */ points) {
  return points
    .map((point, number) => ({ point, number }))
    .sort((one, other) => one.point[0] - other.point[0]);
}

/** @returns {number} */
function measureLength(/** @type {number} */ down, /** @type {number} */ right) {
  return Math.sqrt(down * down + right * right);
}

/**
 * Return the nearest of the points, of equally near ones the first. Only those in rows that are near
 * enough are looked at.
 *
 * @param {Points} sorted
 * @param {Point} place
 * @param {Point} [except] one of the points, itself
 * @returns {Point}
 */
function findNearestPoint(sorted, place, except) {
  let low = 0;
  for (let high = sorted.length; low < high;) {
    const middle = (low + high) >> 1;
    if (sorted[middle].point[0] < place[0]) low = middle + 1;
    else high = middle;
  }
  let least = Infinity;
  let nearest = { point: place, number: Infinity };
  const isInReach = (/** @type {number} */ index) => (
    index >= 0 && index < sorted.length && (sorted[index].point[0] - place[0]) ** 2 <= least
  );
  const look = (/** @type {number} */ index) => {
    const { point, number } = sorted[index];
    const distance = (point[0] - place[0]) ** 2 + (point[1] - place[1]) ** 2;
    const isNearer = distance < least || (distance === least && number < nearest.number);
    if (!isNearer || point === except) return;
    least = distance;
    nearest = sorted[index];
  };
  for (let index = low; isInReach(index); index += 1) look(index);
  for (let index = low - 1; isInReach(index); index -= 1) look(index);
  return nearest.point;
}
