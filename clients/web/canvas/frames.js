// @ts-check
import { roundHalfToEven } from "./arithmetic.js";
import { cropPicture, cutBorder, findMiddleColour, measureDistance } from "./paper.js";
import { countInk, findMaximum, takeAbove } from "./planes.js";
import { INK_THRESHOLD } from "./centring.js";

/** @typedef {import("./planes.js").Plane} Plane */
/** @typedef {import("./planes.js").Picture} Picture */
/** @typedef {import("./planes.js").Box} Box */
/** @typedef {import("./paper.js").Colour} Colour */

/**
 * The part of a canvas that is paper with ink: `strength` is the distance from the paper's colour,
 * `ink` is where that is enough.
 *
 * @typedef {object} Sheet
 * @property {Colour} paper
 * @property {Picture} picture
 * @property {Plane} strength
 * @property {number} strongest the largest strength
 * @property {Plane} ink
 * @property {Uint32Array} inRows
 * @property {Uint32Array} inColumns
 */

const MIN_INK_SHARE = 0.2;
const MAX_LEVELS = 8;
const MIN_FRAME_SHARE = 0.5;
const MIN_FRAME_JUMP = 0.4;
const MAX_FRAME_MARGIN = 0.1;
const MAX_RULE = 0.03;
const MAX_RULES = 2;
const MAX_COLOUR_DISTANCE = 40;
const MIN_BAR_SHARE = 0.97;
const MAX_AFTER_BAR_SHARE = 0.6;
const MAX_BAR = 0.46;
const MIN_LEFT = 16;

/** Take what most of the border shows for paper. */
function findPaper(/** @type {Picture} */ picture) {
  return layOn(picture, findMiddleColour(cutBorder(picture)));
}

/**
 * Return the sheet whose paper has this colour.
 *
 * @param {Picture} picture
 * @param {Colour} paper
 * @returns {Sheet}
 */
export function layOn(picture, paper) {
  const strength = measureDistance(picture, paper);
  const strongest = findMaximum(strength.data);
  const ink = takeAbove(strength, Math.max(INK_THRESHOLD, MIN_INK_SHARE * strongest));
  return { paper, picture, strength, strongest, ink, ...countInk(ink) };
}

/**
 * Return the sheet inside of all frames and bars.
 *
 * @param {Picture} picture
 */
export function peelFrames(picture) {
  const whole = findPaper(picture);
  let sheet = whole;
  for (let level = 0; level < MAX_LEVELS; level += 1) {
    const inner = peelLevel(sheet);
    if (!inner) break;
    sheet = findPaper(inner);
    if (!sheet.inRows.some(Boolean)) return whole;
  }
  return sheet;
}

/** @returns {Picture | null} what lies inside of the outermost frame or bars */
function peelLevel(/** @type {Sheet} */ { picture, inRows, inColumns }) {
  const { width, height } = picture;
  const rows = Float64Array.from(inRows, (count) => count / width);
  const columns = Float64Array.from(inColumns, (count) => count / height);
  let box = findFrame(rows, columns);
  if (!box) {
    box = findBars(rows, columns);
    if (!box || !isPlain(picture, box)) return null;
  }
  const isLarge = Math.min(box.bottom - box.top, box.right - box.left) >= MIN_LEFT;
  return isLarge ? cropPicture(picture, box) : null;
}

/**
 * Return whether each bar has one colour: then no part of a drawing is in it.
 *
 * @param {Picture} picture
 * @param {Box} box
 */
function isPlain(picture, { top, bottom, left, right }) {
  const { width, height } = picture;
  const bars = [
    { top: 0, bottom: top, left: 0, right: width },
    { top: bottom, bottom: height, left: 0, right: width },
    { top: 0, bottom: height, left: 0, right: left },
    { top: 0, bottom: height, left: right, right: width },
  ];
  return bars.every((bar) => {
    if (bar.top === bar.bottom || bar.left === bar.right) return true;
    const { data } = cropPicture(picture, bar);
    const middle = findMiddleColour(data);
    return middle.every((level, channel) => {
      let near = 0;
      for (let place = channel; place < data.length; place += 4) {
        if (Math.abs(data[place] - level) <= MAX_COLOUR_DISTANCE) near += 1;
      }
      return near / (data.length / 4) >= MIN_BAR_SHARE;
    });
  });
}

/**
 * Return the box of a frame, or of what is inside if its colour was taken for paper.
 *
 * @param {Float64Array} rows the share of ink in each row
 * @param {Float64Array} columns likewise
 * @returns {Box | null}
 */
function findFrame(rows, columns) {
  const across = findJumps(rows);
  const down = findJumps(columns);
  if (!across || !down) return null;
  const inRows = [across[0] / rows.length, (rows.length - across[1]) / rows.length];
  const inColumns = [down[0] / columns.length, (columns.length - down[1]) / columns.length];
  const isNear = [...inRows, ...inColumns].every(
    (margin) => margin > 0 && margin <= MAX_FRAME_MARGIN,
  );
  const isBetween = isFromEdgeToEdge(inRows, inColumns, down, columns)
    || isFromEdgeToEdge(inColumns, inRows, across, rows);
  if (!isNear && !isBetween) return null;
  return { top: across[0], bottom: across[1], left: down[0], right: down[1] };
}

/**
 * Return whether what is inside goes from edge to edge in one direction, and lies between two bars
 * without ink in the other.
 *
 * @param {number[]} one its margins in the first direction
 * @param {number[]} other
 * @param {[number, number]} ends in the other direction
 * @param {Float64Array} shares of ink along the other direction
 */
function isFromEdgeToEdge(one, other, ends, shares) {
  if (Math.max(...one) !== 0 || Math.min(...other) <= 0 || Math.max(...other) > MAX_BAR) return false;
  return shares.every(
    (share, line) => (line >= ends[0] && line < ends[1]) || share <= 1 - MIN_BAR_SHARE,
  );
}

/**
 * Return the first line with much ink and the line after the last, if both begin at once.
 *
 * @param {Float64Array} shares
 * @returns {[number, number] | null}
 */
function findJumps(shares) {
  const first = shares.findIndex((share) => share >= MIN_FRAME_SHARE);
  if (first < 0) return null;
  const last = shares.findLastIndex((share) => share >= MIN_FRAME_SHARE);
  if (countRules(shares) > MAX_RULES) return null;
  const before = first ? shares[first - 1] : 0;
  const after = last + 1 < shares.length ? shares[last + 1] : 0;
  const isAbrupt = shares[first] - before >= MIN_FRAME_JUMP && shares[last] - after >= MIN_FRAME_JUMP;
  return isAbrupt ? [first, last + 1] : null;
}

/** @returns {number} how many narrow lines have much ink, with little on both sides */
function countRules(/** @type {Float64Array} */ shares) {
  const reach = Math.max(2, roundHalfToEven(MAX_RULE * shares.length));
  let count = 0;
  let wasRule = false;
  for (let line = 0; line < shares.length; line += 1) {
    const before = line >= reach ? shares[line - reach] : 1;
    const after = line + reach < shares.length ? shares[line + reach] : 1;
    const isRule = shares[line] - Math.max(before, after) >= MIN_FRAME_JUMP;
    if (isRule && !wasRule) count += 1;
    wasRule = isRule;
  }
  return count;
}

/**
 * Return the box inside of bars along the edges; null if there is none.
 *
 * @param {Float64Array} rows
 * @param {Float64Array} columns
 * @returns {Box | null}
 */
function findBars(rows, columns) {
  const top = measureBar(rows);
  const bottom = rows.length - measureBar(rows.slice().reverse());
  const left = measureBar(columns);
  const right = columns.length - measureBar(columns.slice().reverse());
  if (!top && !left && bottom === rows.length && right === columns.length) return null;
  return top < bottom && left < right ? { top, bottom, left, right } : null;
}

/** @returns {number} how many lines from the first on belong to a bar */
function measureBar(/** @type {Float64Array} */ shares) {
  const width = shares.findIndex((share) => share < MIN_BAR_SHARE);
  const isBar = width > 0 && width <= MAX_BAR * shares.length && shares[width] <= MAX_AFTER_BAR_SHARE;
  return isBar ? width : 0;
}
