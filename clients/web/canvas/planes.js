// @ts-check
/**
 * One byte a pixel, row by row: grey levels (0 to 255), or ink (0 or 1).
 *
 * @typedef {{width: number, height: number, data: Uint8Array}} Plane
 */

/**
 * Four bytes a pixel, as `getImageData` returns them; alpha is looked at only while the canvas is
 * laid on its sheet.
 *
 * @typedef {{width: number, height: number, data: Uint8Array | Uint8ClampedArray}} Picture
 */

/**
 * The ends are exclusive.
 *
 * @typedef {{top: number, bottom: number, left: number, right: number}} Box
 */

/** @returns {Plane} a plane of zeros */
export function makePlane(/** @type {number} */ width, /** @type {number} */ height) {
  return { width, height, data: new Uint8Array(width * height) };
}

/** @returns {Plane} */
export function copyPlane(/** @type {Plane} */ plane) {
  return { ...plane, data: plane.data.slice() };
}

/**
 * Return how many pixels of each row, and of each column, are ink.
 *
 * @param {Plane} ink
 */
export function countInk({ width, height, data }) {
  const inRows = new Uint32Array(height);
  const inColumns = new Uint32Array(width);
  for (let y = 0, place = 0; y < height; y += 1) {
    let count = 0;
    for (let x = 0; x < width; x += 1, place += 1) {
      const inked = data[place];
      count += inked;
      inColumns[x] += inked;
    }
    inRows[y] = count;
  }
  return { inRows, inColumns };
}

/** @returns {number} how many pixels are ink */
export function countPixels(/** @type {Plane} */ { data }) {
  let count = 0;
  for (let place = 0; place < data.length; place += 1) count += data[place];
  return count;
}

/** @returns {number} the largest of the values; 0 if there is none */
export function findMaximum(/** @type {Uint8Array | Int32Array} */ values) {
  let most = 0;
  for (let place = 0; place < values.length; place += 1) {
    if (values[place] > most) most = values[place];
  }
  return most;
}

/**
 * @param {Plane} plane
 * @param {number} limit not only a whole number
 * @returns {Plane} 1 where the plane is above the limit
 */
export function takeAbove({ width, height, data }, limit) {
  const level = Math.floor(limit); // comparing whole numbers is faster
  const above = makePlane(width, height);
  for (let place = 0; place < data.length; place += 1) above.data[place] = data[place] > level ? 1 : 0;
  return above;
}

/**
 * Return the first and the last place that is not 0; null if there is none.
 *
 * @param {ArrayLike<number>} line
 */
export function findEnds(line) {
  let first = 0;
  while (first < line.length && !line[first]) first += 1;
  if (first === line.length) return null;
  let last = line.length - 1;
  while (!line[last]) last -= 1;
  return { first, last };
}

/**
 * Return the box of the ink; null if there is none.
 *
 * @param {Plane} ink
 * @returns {Box | null}
 */
export function findInkBox(ink) {
  const { width, height, data } = ink;
  let left = width;
  let right = -1;
  let top = -1;
  let bottom = -1;
  for (let y = 0; y < height; y += 1) {
    const start = y * width;
    // Only what lies beyond the columns known so far can make the box wider.
    let x = 0;
    while (x < width && !data[start + x]) x += 1;
    if (x === width) continue;
    if (top < 0) top = y;
    bottom = y;
    if (x < left) left = x;
    let end = width - 1;
    while (end > right && !data[start + end]) end -= 1;
    if (end > right) right = end;
  }
  return top < 0 ? null : { top, bottom: bottom + 1, left, right: right + 1 };
}

/** @returns {number} the longer side of the box of the ink, in pixels; 0 if there is none */
export function measureExtent(/** @type {Plane} */ ink) {
  const box = findInkBox(ink);
  return box ? Math.max(box.bottom - box.top, box.right - box.left) : 0;
}

/**
 * @param {Plane} plane
 * @param {Box} box
 * @returns {Plane} a copy of what is in the box
 */
export function cropPlane({ width, data }, { top, bottom, left, right }) {
  const part = makePlane(right - left, bottom - top);
  for (let y = top; y < bottom; y += 1) {
    part.data.set(data.subarray(y * width + left, y * width + right), (y - top) * part.width);
  }
  return part;
}

/**
 * @param {Plane} ink
 * @returns {Plane} ink without the empty rows and columns around it; it must not be empty
 */
export function cropToInk(ink) {
  const box = /** @type {Box} */ (findInkBox(ink));
  const isWhole = box.top === 0 && box.left === 0 && box.bottom === ink.height
    && box.right === ink.width;
  return isWhole ? ink : cropPlane(ink, box);
}
