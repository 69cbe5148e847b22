// @ts-check
/**
 * Return the value below which so many hundredths of the values lie, rounded half up; between two
 * values in proportion.
 *
 * @param {Int32Array | Uint8Array} values whole numbers, one at least
 * @param {number} hundredths 0 to 100
 */
export function findQuantile(values, hundredths) {
  const ordered = values.slice().sort();
  const place = Math.floor(hundredths * (ordered.length - 1) / 100);
  const rest = hundredths * (ordered.length - 1) % 100;
  const low = ordered[place];
  const high = ordered[Math.min(place + 1, ordered.length - 1)];
  return low + Math.floor(((high - low) * rest + 50) / 100);
}
