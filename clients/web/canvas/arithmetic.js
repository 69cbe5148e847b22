// @ts-check
// Python's arithmetic where JavaScript's differs.

/** Round to the nearest integer; a half goes to the even one, as Python's round and np.rint do. */
export function roundHalfToEven(/** @type {number} */ value) {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

/** @returns {number} */
export function roundHalfUp(/** @type {number} */ value) {
  return Math.floor(value + 0.5);
}

/**
 * Return the middle value, or the mean of the two in the middle.
 *
 * @param {Uint8Array | Float64Array} values at least one; they are sorted in place
 */
export function findMedian(values) {
  values.sort();
  const half = values.length >> 1;
  return values.length % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}
