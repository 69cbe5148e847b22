// @ts-check
import { makePlane } from "./planes.js";

/** @typedef {import("./planes.js").Plane} Plane */
/** @typedef {import("./planes.js").Box} Box */

/**
 * How much a pixel counts, by its distance from the middle of the new pixel; nothing beyond `reach`.
 *
 * @typedef {{reach: number, weigh: (away: number) => number}} Kernel
 */

const BITS = 22; // weights are whole multiples of 2 ** -22
// sinc(x) * (0.54 + 0.46 * cos(pi * x)) is (1 - t) * (HAMMING[0] + HAMMING[1] * t + ...), t = x * x.
const HAMMING = [0.9999929, -2.9143363, 3.4895787, -2.1802248, 0.7810202, -0.1361159];

/** @type {Kernel} */
export const BOX = { reach: 0.5, weigh: (away) => (away > -0.5 && away <= 0.5 ? 1 : 0) };

/** @type {Kernel} */
export const LINEAR = { reach: 1, weigh: (away) => Math.max(1 - Math.abs(away), 0) };

/** @type {Kernel} */
export const CUBIC = {
  reach: 2,
  weigh(away) {
    const x = Math.abs(away);
    if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
  },
};

/** @type {Kernel} */
export const WINDOWED = {
  reach: 1,
  weigh(away) {
    const square = away * away;
    if (square >= 1) return 0;
    const weight = HAMMING.reduceRight((sum, coefficient) => sum * square + coefficient);
    return weight * (1 - square);
  },
};

/**
 * Resize a picture, or the part of it in a box: first along the rows, then along the columns. Sums
 * of bytes times whole weights are exact in any order.
 *
 * @param {Plane} picture
 * @param {number} width of the result
 * @param {number} height
 * @param {Kernel} kernel
 * @param {Box} [box] in pixels of the picture, not only whole ones
 * @returns {Plane}
 */
export function resizePlane(picture, width, height, kernel, box) {
  const { top, bottom, left, right } = box
    ?? { top: 0, bottom: picture.height, left: 0, right: picture.width };
  const across = resizeRows(picture, weighPixels(picture.width, width, kernel, left, right));
  return resizeColumns(across, weighPixels(picture.height, height, kernel, top, bottom));
}

/**
 * Return which pixels along one axis make each new pixel, and their weights.
 *
 * @param {number} pixels how many there are
 * @param {number} count how many there will be
 * @param {Kernel} kernel
 * @param {number} start of the part that is resized
 * @param {number} end
 * @returns {{first: number, weights: Int32Array}[]}
 */
function weighPixels(pixels, count, kernel, start, end) {
  const scale = (end - start) / count;
  const stretch = Math.max(scale, 1);
  const reach = kernel.reach * stretch;
  return Array.from({ length: count }, (_, place) => {
    const middle = start + (place + 0.5) * scale;
    const first = Math.max(Math.floor(middle - reach + 0.5), 0);
    const behind = Math.min(Math.floor(middle + reach + 0.5), pixels);
    const weights = new Float64Array(behind - first);
    let total = 0;
    for (let index = 0; index < weights.length; index += 1) {
      weights[index] = kernel.weigh((first + index + 0.5 - middle) / stretch);
      total += weights[index];
    }
    const whole = new Int32Array(weights.length);
    for (let index = 0; index < whole.length; index += 1) {
      whole[index] = Math.floor(weights[index] / total * 2 ** BITS + 0.5);
    }
    return { first, weights: whole };
  });
}

/**
 * @param {Plane} picture
 * @param {{first: number, weights: Int32Array}[]} columns
 */
function resizeRows({ width, height, data }, columns) {
  const resized = makePlane(columns.length, height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < columns.length; x += 1) {
      const { first, weights } = columns[x];
      let sum = 1 << (BITS - 1);
      const start = y * width + first;
      for (let index = 0; index < weights.length; index += 1) sum += data[start + index] * weights[index];
      resized.data[y * resized.width + x] = clipToByte(sum);
    }
  }
  return resized;
}

/**
 * @param {Plane} picture
 * @param {{first: number, weights: Int32Array}[]} rows
 */
function resizeColumns({ width, data }, rows) {
  const resized = makePlane(width, rows.length);
  rows.forEach(({ first, weights }, y) => {
    for (let x = 0; x < width; x += 1) {
      let sum = 1 << (BITS - 1);
      let start = first * width + x;
      for (let index = 0; index < weights.length; index += 1, start += width) {
        sum += data[start] * weights[index];
      }
      resized.data[y * width + x] = clipToByte(sum);
    }
  });
  return resized;
}

/** @returns {number} */
function clipToByte(/** @type {number} */ sum) {
  const level = sum >> BITS;
  return level < 0 ? 0 : level > 255 ? 255 : level;
}
