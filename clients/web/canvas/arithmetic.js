// @ts-check
// Python's arithmetic where JavaScript's differs.

/** Round to the nearest integer; a half goes to the even one, as Python's round and np.rint do. */
export function roundHalfToEven(/** @type {number} */ value) {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

/**
 * Return the value below which a share of the values lies, interpolated linearly in the steps of
 * np.quantile.
 *
 * @param {Float64Array | Uint8Array} values at least one; they are sorted in place
 * @param {number} share 0 to 1
 */
export function findQuantile(values, share) {
  values.sort();
  const place = (values.length - 1) * share;
  const before = Math.floor(place);
  const low = values[before];
  const high = values[Math.min(before + 1, values.length - 1)];
  const weight = place - before;
  return weight < 0.5 ? low + (high - low) * weight : high - (high - low) * (1 - weight);
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
