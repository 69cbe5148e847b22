// @ts-check
/** @typedef {import("./planes.js").Picture} Picture */

/**
 * Return the means of squares of pixels, rounded half up. Alpha weighs the colours: what cannot be
 * seen has no colour.
 *
 * @param {Picture} picture
 * @param {number} factor the side of the squares; the last ones may be cut
 * @returns {Picture}
 */
export function reducePicture(picture, factor) {
  const width = Math.ceil(picture.width / factor);
  const height = Math.ceil(picture.height / factor);
  const data = new Uint8Array(4 * width * height);
  for (let y = 0, end = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, end += 4) {
      averageSquare(picture, factor * y, factor * x, factor, data, end);
    }
  }
  return { width, height, data };
}

/**
 * @param {Picture} picture
 * @param {number} top
 * @param {number} left
 * @param {number} factor
 * @param {Uint8Array} reduced written to
 * @param {number} end where
 */
function averageSquare({ width, height, data }, top, left, factor, reduced, end) {
  const bottom = Math.min(top + factor, height);
  const right = Math.min(left + factor, width);
  let red = 0;
  let green = 0;
  let blue = 0;
  let weight = 0;
  for (let y = top; y < bottom; y += 1) {
    for (let place = 4 * (y * width + left); place < 4 * (y * width + right); place += 4) {
      const alpha = data[place + 3];
      red += data[place] * alpha;
      green += data[place + 1] * alpha;
      blue += data[place + 2] * alpha;
      weight += alpha;
    }
  }
  const seen = Math.max(weight, 1);
  reduced[end] = divideRounded(red, seen);
  reduced[end + 1] = divideRounded(green, seen);
  reduced[end + 2] = divideRounded(blue, seen);
  reduced[end + 3] = divideRounded(weight, (bottom - top) * (right - left));
}

/** @returns {number} the quotient, rounded half up */
function divideRounded(/** @type {number} */ sum, /** @type {number} */ count) {
  return Math.floor((2 * sum + count) / (2 * count));
}
