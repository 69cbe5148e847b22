// @ts-check
/** @typedef {import("./planes.js").Plane} Plane */

export const UNIT = 256; // distances are counted in so many parts of a pixel

/**
 * Find for each pixel the nearest one that is 0, by Maurer's algorithm
 * (https://doi.org/10.1109/TPAMI.2003.1177156), in the steps of SciPy's distance_transform_edt, so
 * that of several at the same distance the same one is found.
 *
 * @param {Plane} shape
 * @returns {{rows: Int32Array, columns: Int32Array}} the place of that pixel; -1 and -1 if none is 0
 */
export function findNearest({ width, height, data }) {
  const rows = findNearestInColumns(width, height, data);
  const columns = new Int32Array(width * height).fill(-1);
  const line = new Int32Array(width); // the row of the nearest pixel in each column
  const kept = new Int32Array(width); // the columns whose pixel is nearest somewhere in this row
  for (let y = 0; y < height; y += 1) {
    const start = y * width;
    line.set(rows.subarray(start, start + width));
    const count = keepNearest(line, kept, y);
    for (let x = 0, k = 0; x < width && count; x += 1) {
      let distance = square(kept[k] - x) + square(line[kept[k]] - y);
      while (k + 1 < count) {
        const next = square(kept[k + 1] - x) + square(line[kept[k + 1]] - y);
        if (distance <= next) break;
        distance = next;
        k += 1;
      }
      rows[start + x] = line[kept[k]];
      columns[start + x] = kept[k];
    }
  }
  return { rows, columns };
}

/**
 * Return the Euclidean distance of each pixel from the nearest one that is 0, squared.
 *
 * @param {Plane} shape
 * @returns {Int32Array}
 */
export function measureSquares(shape) {
  const { width, height } = shape;
  const { rows, columns } = findNearest(shape);
  for (let y = 0, place = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, place += 1) {
      rows[place] = square(rows[place] - y) + square(columns[place] - x);
    }
  }
  return rows;
}

/** @returns {number} */
function square(/** @type {number} */ value) {
  return value * value;
}

/**
 * Return for each pixel the row of the nearest 0 in its column, the upper one of two; -1 if none.
 *
 * @param {number} width
 * @param {number} height
 * @param {Uint8Array} data
 */
function findNearestInColumns(width, height, data) {
  const rows = new Int32Array(width * height);
  const above = new Int32Array(width).fill(-1);
  for (let y = 0, place = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, place += 1) {
      if (!data[place]) above[x] = y;
      rows[place] = above[x];
    }
  }
  const below = above.fill(-1);
  for (let y = height - 1, place = width * height - 1; y >= 0; y -= 1) {
    for (let x = width - 1; x >= 0; x -= 1, place -= 1) {
      if (!data[place]) below[x] = y;
      if (below[x] >= 0 && (rows[place] < 0 || below[x] - y < y - rows[place])) {
        rows[place] = below[x];
      }
    }
  }
  return rows;
}

/**
 * Write to `kept` the columns whose pixels are nearest to some pixel of row `y`.
 *
 * @param {Int32Array} line the row of each column's pixel; -1 if it has none
 * @param {Int32Array} kept
 * @param {number} y
 * @returns {number} how many they are
 */
function keepNearest(line, kept, y) {
  let count = 0;
  for (let x = 0; x < line.length; x += 1) {
    if (line[x] < 0) continue;
    const third = square(line[x] - y);
    while (count >= 2) {
      const a = kept[count - 1] - kept[count - 2];
      const b = x - kept[count - 1];
      const first = square(line[kept[count - 2]] - y);
      const second = square(line[kept[count - 1]] - y);
      if ((a + b) * second - b * first - a * third - a * b * (a + b) <= 0) break;
      count -= 1;
    }
    kept[count] = x;
    count += 1;
  }
  return count;
}

/** @returns {Int32Array} the roots of 0, 1, ... up to `largest`, in parts of a pixel, rounded */
export function tabulateRoots(/** @type {number} */ largest) {
  return Int32Array.from({ length: largest + 1 }, (_, square) => (
    Math.floor(UNIT * Math.sqrt(square) + 0.5)
  ));
}
