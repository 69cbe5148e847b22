// @ts-check
import { roundHalfToEven, roundHalfUp } from "./arithmetic.js";
import { compareColours } from "./paper.js";
import { labelInk } from "./pieces.js";
import { copyPlane, makePlane } from "./planes.js";

/** @typedef {import("./planes.js").Plane} Plane */
/** @typedef {import("./planes.js").Picture} Picture */

const MAX_COLOUR_DISTANCE = 40;
const MIN_RADIUS = 8;
const DIAGONAL = 1 - Math.sqrt(0.5);
const EDGE = 3;
const RING = 5;
const MIN_OUTSIDE_SHARE = 0.9;
const MAX_RING_SHARE = 0.4;
const MIN_CORNERS = 3;
const MAX_REMNANT = 0.15;
const LOOKS = [[0.94, 0.34], [0.707, 0.707], [0.34, 0.94]];

/**
 * Return where rounded corners show what is behind the canvas, and the pixels next to them, four
 * bytes each; null if fewer than three corners are round.
 *
 * @param {Picture} picture
 * @returns {{behind: Plane, ring: Uint8Array} | null}
 */
export function findCorners(picture) {
  const behind = makePlane(picture.width, picture.height);
  /** @type {number[]} */
  const ring = [];
  let found = 0;
  for (const place of turnCorners(picture)) {
    const radius = findRadius(picture, place);
    const corner = radius && measureCorner(picture, place, radius);
    if (!corner) continue;
    found += 1;
    for (const pixel of corner.outside) behind.data[pixel] = 1;
    for (const pixel of corner.ring) ring.push(...picture.data.subarray(4 * pixel, 4 * pixel + 4));
  }
  return found >= MIN_CORNERS ? { behind, ring: Uint8Array.from(ring) } : null;
}

/**
 * Return ink without the small pieces in the corners that touch both edges there.
 *
 * @param {Plane} ink what is inside of a frame
 */
export function dropRemnants(ink) {
  const kept = copyPlane(ink);
  const side = 1 + Math.max(2, roundHalfToEven(MAX_REMNANT * Math.min(ink.width, ink.height)));
  for (const place of turnCorners(ink)) {
    const part = makePlane(side, side);
    for (let pixel = 0; pixel < part.data.length; pixel += 1) {
      part.data[pixel] = kept.data[place(Math.floor(pixel / side), pixel % side)];
    }
    const { labels, boxes } = labelInk(part);
    boxes.forEach((box, index) => {
      const isRemnant = box.top === 0 && box.left === 0 && box.bottom < side && box.right < side;
      if (!isRemnant) return;
      labels.forEach((label, pixel) => {
        if (label === index + 1) kept.data[place(Math.floor(pixel / side), pixel % side)] = 0;
      });
    });
  }
  return kept;
}

/**
 * Yield for each corner a function that finds pixels as if that corner were the upper left one.
 *
 * @param {{width: number, height: number}} size
 * @returns {((y: number, x: number) => number)[]}
 */
function turnCorners({ width, height }) {
  return [
    (y, x) => y * width + x,
    (y, x) => y * width + width - 1 - x,
    (y, x) => (height - 1 - y) * width + x,
    (y, x) => (height - 1 - y) * width + width - 1 - x,
  ];
}

/**
 * Return the radius of a corner; 0 if it is not round.
 *
 * @param {Picture} picture
 * @param {(y: number, x: number) => number} place
 */
function findRadius(picture, place) {
  const half = Math.min(picture.width, picture.height) >> 1;
  let first = 0;
  while (first < half && isLikeCorner(picture, place, first, first)) first += 1;
  if (first === half) return 0;
  const radius = Math.min(roundHalfUp(first / DIAGONAL), half);
  if (radius < MIN_RADIUS) return 0;
  // A look at three places of the ring first: on plain paper all are like the corner.
  const away = radius - EDGE - 1;
  const alike = LOOKS.filter(([down, right]) => isLikeCorner(
    picture, place, roundHalfUp(radius - away * down), roundHalfUp(radius - away * right),
  ));
  return alike.length > 1 ? 0 : radius;
}

/**
 * @param {Picture} picture
 * @param {(y: number, x: number) => number} place
 * @param {number} y
 * @param {number} x
 */
function isLikeCorner({ data }, place, y, x) {
  const corner = 4 * place(0, 0);
  const pixel = 4 * place(y, x);
  return compareColours(
    data.subarray(pixel, pixel + 3), data.subarray(corner, corner + 3),
  ) <= MAX_COLOUR_DISTANCE;
}

/**
 * Return the pixels of a corner that are behind the canvas, and the ring inside; null if the corner
 * is not round.
 *
 * @param {Picture} picture
 * @param {(y: number, x: number) => number} place
 * @param {number} radius
 * @returns {{outside: number[], ring: number[]} | null}
 */
function measureCorner(picture, place, radius) {
  /** @type {number[]} */
  const outside = [];
  /** @type {number[]} */
  const ring = [];
  const counts = { certain: 0, alikeOutside: 0, alikeInRing: 0 };
  for (let y = 0; y < radius; y += 1) {
    for (let x = 0; x < radius; x += 1) {
      // Squares of distances, which are exact.
      const distance = (radius - y - 0.5) ** 2 + (radius - x - 0.5) ** 2;
      const isOutside = distance >= (radius - EDGE) ** 2;
      const isRing = !isOutside && distance >= (radius - EDGE - RING) ** 2;
      const isCertain = distance > (radius + 1) ** 2;
      if (!isOutside && !isRing) continue;
      (isOutside ? outside : ring).push(place(y, x));
      if (!isRing && !isCertain) continue;
      const isAlike = isLikeCorner(picture, place, y, x);
      if (isRing && isAlike) counts.alikeInRing += 1;
      if (isCertain) counts.certain += 1;
      if (isCertain && isAlike) counts.alikeOutside += 1;
    }
  }
  if (!counts.certain || !ring.length) return null;
  const isRound = counts.alikeOutside / counts.certain >= MIN_OUTSIDE_SHARE
    && counts.alikeInRing / ring.length <= MAX_RING_SHARE;
  return isRound ? { outside, ring } : null;
}
