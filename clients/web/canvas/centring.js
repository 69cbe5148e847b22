// @ts-check
export const SIDE = 28;
export const INK_THRESHOLD = 25;
const CENTRE = 14;

/**
 * Roll a drawing so that the centroid of its ink is at (14, 14).
 *
 * @param {Uint8Array} drawing 784 bytes
 */
export function centreDrawing(drawing) {
  let count = 0;
  let rows = 0;
  let columns = 0;
  for (let place = 0; place < drawing.length; place += 1) {
    if (drawing[place] <= INK_THRESHOLD) continue;
    count += 1;
    rows += Math.floor(place / SIDE);
    columns += place % SIDE;
  }
  if (!count) return drawing.slice();
  return rollDrawing(drawing, CENTRE - Math.floor(rows / count), CENTRE - Math.floor(columns / count));
}

/**
 * Centre a drawing, and leave it unchanged if it has been centred before.
 *
 * @param {Uint8Array} drawing 784 bytes
 */
export function centreIdempotently(drawing) {
  const rows = new Array(SIDE).fill(0);
  const columns = new Array(SIDE).fill(0);
  for (let place = 0; place < drawing.length; place += 1) {
    if (drawing[place] <= INK_THRESHOLD) continue;
    rows[Math.floor(place / SIDE)] += 1;
    columns[place % SIDE] += 1;
  }
  return rollDrawing(drawing, chooseShift(rows), chooseShift(columns));
}

/**
 * @param {Uint8Array} drawing
 * @param {number} down negative is up
 * @param {number} right negative is to the left
 */
function rollDrawing(drawing, down, right) {
  const rolled = new Uint8Array(SIDE * SIDE);
  for (let y = 0; y < SIDE; y += 1) {
    for (let x = 0; x < SIDE; x += 1) {
      rolled[wrap(y + down) * SIDE + wrap(x + right)] = drawing[y * SIDE + x];
    }
  }
  return rolled;
}

/** @returns {number} 0 to 27 */
function wrap(/** @type {number} */ place) {
  return ((place % SIDE) + SIDE) % SIDE;
}

/** @returns {number} how far to roll along one axis */
function chooseShift(/** @type {number[]} */ profile) {
  const total = profile.reduce((sum, count) => sum + count, 0);
  if (!total) return 0;
  /** @type {Map<number, number>} the shift that centres the drawing if it begins at this cut */
  const shifts = new Map();
  for (let cut = 0; cut < SIDE; cut += 1) {
    if (profile[cut] && profile[wrap(cut - 1)]) continue;
    let sum = 0;
    for (let place = 0; place < SIDE; place += 1) sum += place * profile[wrap(cut + place)];
    shifts.set(cut, CENTRE - Math.floor(sum / total) - cut);
  }
  if (!shifts.size || [...shifts.values()].some((shift) => shift % SIDE === 0)) return 0;
  return /** @type {number} */ (shifts.get(shifts.has(0) ? 0 : findWidestGap(profile)));
}

/** @returns {number} the middle of the longest run of blank rows, across the edge too */
function findWidestGap(/** @type {number[]} */ profile) {
  const inked = profile.flatMap((count, line) => (count ? [line] : []));
  let widest = 0;
  let start = 0;
  inked.forEach((line, index) => {
    const gap = (inked[index + 1] ?? inked[0] + SIDE) - line;
    if (gap > widest) {
      widest = gap;
      start = line;
    }
  });
  return wrap(start + Math.floor((widest + 1) / 2));
}
