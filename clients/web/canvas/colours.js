// @ts-check
import { findMedian } from "./arithmetic.js";
import { findNearest } from "./distances.js";
import { compareColours } from "./paper.js";

/** @typedef {import("./planes.js").Plane} Plane */
/** @typedef {import("./planes.js").Picture} Picture */
/** @typedef {import("./paper.js").Colour} Colour */

/**
 * The colours of the flat pixels, the paper's first, and to which of them each pixel is nearest;
 * -1 where none is near.
 *
 * @typedef {{colours: Colour[], width: number, height: number, nearest: Int32Array}} Palette
 */

const LEVELS_SHIFT = 5;
const FLAT = 12;
const MAIN_SHARE = 0.96;
const MIN_COLOUR_SHARE = 0.01;
const MIN_THIN_SHARE = 0.004;
const MAX_COLOURS = 24;
const SAMPLED = 2_048;
const SAME_COLOUR = 40;

/**
 * Return the colours of ink pixels, and of those that are flat: no edge to the right or below. Each
 * is one number, 8 bits a channel: many small arrays would take longer than all the rest.
 *
 * @param {Picture} picture
 * @param {Plane} ink
 */
export function sampleInk({ width, height, data }, ink) {
  const places = new Int32Array(width * (height - 1));
  let count = 0;
  for (let place = 0; place < places.length; place += 1) {
    places[count] = place;
    count += ink.data[place];
  }
  const step = Math.ceil(count / SAMPLED) || 1;
  /** @type {number[]} */
  const sampled = [];
  /** @type {number[]} */
  const flat = [];
  for (let index = 0; index < count; index += step) {
    const here = 4 * places[index];
    const colour = data[here] << 16 | data[here + 1] << 8 | data[here + 2];
    sampled.push(colour);
    const isFlat = comparePixels(data, here, here + 4) <= FLAT
      && comparePixels(data, here, here + 4 * width) <= FLAT;
    if (isFlat) flat.push(colour);
  }
  return { sampled, flat };
}

/**
 * @param {ArrayLike<number>} data
 * @param {number} one
 * @param {number} other
 */
function comparePixels(data, one, other) {
  return Math.max(
    Math.abs(data[one] - data[other]),
    Math.abs(data[one + 1] - data[other + 1]),
    Math.abs(data[one + 2] - data[other + 2]),
  );
}

/**
 * Return the main colours of the ink: those of flat pixels, or, if these have hardly more than one,
 * those of pixels too thin to be flat, whose colour soft edges cannot have.
 *
 * @param {{sampled: number[], flat: number[]}} pixels
 * @param {Colour} paper
 */
export function findColours({ sampled, flat }, paper) {
  const { colours, counts } = countColours(flat);
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (!counts.length || counts[0] < MAIN_SHARE * total) return colours;
  const [main] = colours;
  const low = main.map((level, channel) => Math.min(level, paper[channel]) - SAME_COLOUR);
  const high = main.map((level, channel) => Math.max(level, paper[channel]) + SAME_COLOUR);
  const isBeyond = (/** @type {number} */ level, /** @type {number} */ channel) => (
    level < low[channel] || level > high[channel]
  );
  const beyond = sampled.filter((packed) => (
    isBeyond(packed >> 16, 0) || isBeyond(packed >> 8 & 255, 1) || isBeyond(packed & 255, 2)
  ));
  if (beyond.length < MIN_THIN_SHARE * sampled.length) return [main];
  return [main, ...countColours(beyond).colours];
}

/**
 * Return the colours of pixels, the most frequent first, and how many pixels the steps of colour
 * have that were looked at.
 *
 * @param {number[]} pixels
 */
function countColours(pixels) {
  /** @type {Map<number, number[]>} */
  const steps = new Map();
  for (const packed of pixels) {
    const code = packed >> LEVELS_SHIFT & 0x070707; // the upper bits of each channel
    const members = steps.get(code);
    if (members) members.push(packed);
    else steps.set(code, [packed]);
  }
  const frequent = [...steps]
    .sort(([code, members], [otherCode, others]) => others.length - members.length || code - otherCode)
    .slice(0, MAX_COLOURS)
    .filter(([, members]) => members.length > MIN_COLOUR_SHARE * pixels.length);
  /** @type {Colour[]} */
  const colours = [];
  for (const [, members] of frequent) {
    const colour = findMedianColour(members);
    // Noise that lies across two steps is one colour.
    if (colours.every((other) => compareColours(colour, other) > SAME_COLOUR >> 1)) {
      colours.push(colour);
    }
  }
  return { colours, counts: frequent.map(([, members]) => members.length) };
}

/** @returns {Colour} the median of each channel, rounded down */
function findMedianColour(/** @type {number[]} */ pixels) {
  const find = (/** @type {number} */ shift) => {
    const levels = new Uint8Array(pixels.length);
    for (let index = 0; index < pixels.length; index += 1) levels[index] = pixels[index] >> shift;
    return Math.floor(findMedian(levels));
  };
  return [find(16), find(8), find(0)];
}

/**
 * Find for every `step`-th pixel the nearest of the colours.
 *
 * @param {Picture} picture
 * @param {number} step
 * @param {Colour[]} colours
 * @returns {Palette}
 */
export function assignColours(picture, step, colours) {
  const width = Math.ceil(picture.width / step);
  const height = Math.ceil(picture.height / step);
  const nearest = new Int32Array(width * height);
  for (let y = 0, place = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, place += 1) {
      const start = 4 * step * (y * picture.width + x);
      let least = SAME_COLOUR + 1;
      nearest[place] = -1;
      for (let number = 0; number < colours.length; number += 1) {
        const distance = measureDistanceAt(picture.data, start, colours[number]);
        if (distance < least) {
          least = distance;
          nearest[place] = number;
        }
      }
    }
  }
  return { colours, width, height, nearest };
}

/**
 * Return the distance of a pixel from a colour, in the channel where it is largest.
 *
 * @param {ArrayLike<number>} data
 * @param {number} start
 * @param {Colour} colour
 */
export function measureDistanceAt(data, start, colour) {
  const red = Math.abs(data[start] - colour[0]);
  const green = Math.abs(data[start + 1] - colour[1]);
  const blue = Math.abs(data[start + 2] - colour[2]);
  const redGreen = red > green ? red : green;
  return redGreen > blue ? redGreen : blue;
}

/**
 * Return along how many pixels each two colours touch. Pixels of soft edges, which are near to no
 * colour, count as the nearest one.
 *
 * @param {Palette} palette
 * @returns {number[][]}
 */
export function countContacts({ colours, width, height, nearest }) {
  const isSoft = new Uint8Array(nearest.map((number) => (number < 0 ? 1 : 0)));
  const { rows, columns } = findNearest({ width, height, data: isSoft });
  const full = nearest.map((_, place) => nearest[rows[place] * width + columns[place]]);
  const contacts = colours.map(() => colours.map(() => 0));
  const count = (/** @type {number} */ one, /** @type {number} */ other) => {
    if (one === other) return;
    contacts[one][other] += 1;
    contacts[other][one] += 1;
  };
  for (let y = 0, place = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, place += 1) {
      if (x + 1 < width) count(full[place], full[place + 1]);
      if (y + 1 < height) count(full[place], full[place + width]);
    }
  }
  return contacts;
}
