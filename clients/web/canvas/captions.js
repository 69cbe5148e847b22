// @ts-check
import { findMedian } from "./arithmetic.js";

/** @typedef {import("./pieces.js").Piece} Piece */

const MIN_LETTERS = 3;
const MARGIN = 0.18;
const LETTER_HEIGHTS = [0.02, 0.14];
const MAX_LETTER_WIDTH = 2.5;
const MAX_GAP = 0.7;
const MAX_OFF_LINE = 1;
const MIN_ON_LINE = 0.6;
const ABOVE_LINE = 1.2;
const BELOW_LINE = 0.1;

/**
 * Return the letters of words near the upper and the lower edge of the canvas.
 *
 * @param {Piece[]} pieces of the whole canvas
 * @param {number} height of the canvas
 * @returns {Piece[]}
 */
export function findCaptions(pieces, height) {
  if (pieces.length <= MIN_LETTERS) return [];
  const low = pieces.filter(({ top, bottom }) => bottom - top <= LETTER_HEIGHTS[1] * height);
  return [
    ...findWord(low.filter(({ bottom }) => bottom <= MARGIN * height), height),
    ...findWord(low.filter(({ top }) => top >= (1 - MARGIN) * height), height),
  ];
}

/**
 * Return the letters of the word among pieces of ink; none if they are no word.
 *
 * @param {Piece[]} pieces
 * @param {number} height
 * @returns {Piece[]}
 */
function findWord(pieces, height) {
  const tall = pieces.filter(({ top, bottom, left, right }) => (
    bottom - top >= LETTER_HEIGHTS[0] * height && right - left <= MAX_LETTER_WIDTH * (bottom - top)
  ));
  if (tall.length < MIN_LETTERS) return [];
  const line = Math.trunc(findMedian(Float64Array.from(tall, ({ bottom }) => bottom)));
  const size = Math.max(...tall.map(({ top, bottom }) => bottom - top));
  const onLine = tall.filter(({ bottom }) => Math.abs(bottom - line) <= MAX_OFF_LINE);
  if (onLine.length < Math.max(MIN_LETTERS, MIN_ON_LINE * tall.length)) return [];
  // All pieces at the height of the word: dots of letters, and letters that hang below the line.
  const word = pieces
    .filter(({ top }) => line - ABOVE_LINE * size <= top && top <= line + BELOW_LINE * size)
    .sort((one, other) => one.left - other.left);
  let end = Infinity;
  let widest = -Infinity;
  for (const letter of word) {
    if (end < Infinity) widest = Math.max(widest, letter.left - end);
    end = end < Infinity ? Math.max(end, letter.right) : letter.right;
  }
  return widest > -Infinity && widest <= MAX_GAP * size ? word : [];
}
