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
 * Return the colours of ink pixels, and of those that are flat: no edge to the right or below.
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
  /** @type {Colour[]} */
  const sampled = [];
  /** @type {Colour[]} */
  const flat = [];
  for (let index = 0; index < count; index += step) {
    const here = 4 * places[index];
    const colour = readColour(data, here);
    const isFlat = compareColours(readColour(data, here + 4), colour) <= FLAT
      && compareColours(readColour(data, here + 4 * width), colour) <= FLAT;
    sampled.push(colour);
    if (isFlat) flat.push(colour);
  }
  return { sampled, flat };
}

/**
 * @param {ArrayLike<number>} data
 * @param {number} start
 * @returns {Colour}
 */
function readColour(data, start) {
  return [data[start], data[start + 1], data[start + 2]];
}

/**
 * Return the main colours of the ink: those of flat pixels, or, if these have hardly more than one,
 * those of pixels too thin to be flat, whose colour soft edges cannot have.
 *
 * @param {{sampled: Colour[], flat: Colour[]}} pixels
 * @param {Colour} paper
 */
export function findColours({ sampled, flat }, paper) {
  const { colours, counts } = countColours(flat);
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (!counts.length || counts[0] < MAIN_SHARE * total) return colours;
  const [main] = colours;
  const beyond = sampled.filter((colour) => colour.some((level, channel) => (
    level < Math.min(paper[channel], main[channel]) - SAME_COLOUR
    || level > Math.max(paper[channel], main[channel]) + SAME_COLOUR
  )));
  if (beyond.length < MIN_THIN_SHARE * sampled.length) return [main];
  return [main, ...countColours(beyond).colours];
}

/**
 * Return the colours of pixels, the most frequent first, and how many pixels the steps of colour
 * have that were looked at.
 *
 * @param {Colour[]} pixels
 */
function countColours(pixels) {
  /** @type {Map<number, Colour[]>} */
  const steps = new Map();
  for (const pixel of pixels) {
    const code = (pixel[0] >> LEVELS_SHIFT) << 6 | (pixel[1] >> LEVELS_SHIFT) << 3
      | pixel[2] >> LEVELS_SHIFT;
    const members = steps.get(code);
    if (members) members.push(pixel);
    else steps.set(code, [pixel]);
  }
  const frequent = [...steps]
    .sort(([code, members], [otherCode, others]) => others.length - members.length || code - otherCode)
    .slice(0, MAX_COLOURS)
    .filter(([, members]) => members.length > MIN_COLOUR_SHARE * pixels.length);
  /** @type {Colour[]} */
  const colours = [];
  for (const [, members] of frequent) {
    const colour = /** @type {Colour} */ ([0, 1, 2].map((channel) => (
      Math.trunc(findMedian(Uint8Array.from(members, (pixel) => pixel[channel])))
    )));
    // Noise that lies across two steps is one colour.
    if (colours.every((other) => compareColours(colour, other) > SAME_COLOUR >> 1)) {
      colours.push(colour);
    }
  }
  return { colours, counts: frequent.map(([, members]) => members.length) };
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
