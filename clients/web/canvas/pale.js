// @ts-check
import { makePlane, measureExtent, takeAbove } from "./planes.js";

/** @typedef {import("./planes.js").Plane} Plane */
/** @typedef {import("./frames.js").Sheet} Sheet */

const MAX_PALE = 0.4;
const MIN_PALE_SHARE = 0.1;
const EDGE = 3;
const MIN_EXTENT = 0.4;

/**
 * Return ink without what is far paler than the rest, if the rest is the greater part.
 *
 * @param {Sheet} sheet
 * @param {Plane} ink
 */
export function dropPale({ strength, strongest }, ink) {
  const limit = Math.floor(MAX_PALE * strongest);
  let all = 0;
  let pale = 0;
  for (let place = 0; place < ink.data.length; place += 1) {
    all += ink.data[place];
    if (ink.data[place] && strength.data[place] <= limit) pale += 1;
  }
  if (pale < MIN_PALE_SHARE * all) return ink;
  const strong = takeAbove(strength, limit);
  for (let place = 0; place < ink.data.length; place += 1) strong.data[place] &= ink.data[place];
  if (measureExtent(strong) < MIN_EXTENT * measureExtent(ink)) return ink;
  let kept = strong;
  for (let step = 0; step < EDGE; step += 1) kept = growByOne(kept);
  for (let place = 0; place < kept.data.length; place += 1) kept.data[place] &= ink.data[place];
  return kept;
}

/** @returns {Plane} the ink and the pixels beside, above and below it */
function growByOne(/** @type {Plane} */ { width, height, data }) {
  const grown = makePlane(width, height);
  for (let y = 0, place = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, place += 1) {
      if (!data[place]) continue;
      grown.data[place] = 1;
      if (x > 0) grown.data[place - 1] = 1;
      if (x + 1 < width) grown.data[place + 1] = 1;
      if (y > 0) grown.data[place - width] = 1;
      if (y + 1 < height) grown.data[place + width] = 1;
    }
  }
  return grown;
}
