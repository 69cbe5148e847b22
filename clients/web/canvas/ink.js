// @ts-check
import { findCaptions } from "./captions.js";
import { INK_THRESHOLD } from "./centring.js";
import { dropRemnants, findCorners } from "./corners.js";
import { findDots } from "./dots.js";
import { keepStrokes } from "./fills.js";
import { layOn, peelFrames } from "./frames.js";
import { dropPale } from "./pale.js";
import { findMiddleColour } from "./paper.js";
import { labelPieces } from "./pieces.js";
import { countPixels, findMaximum, makePlane, measureExtent, takeAbove } from "./planes.js";
import { CUBIC, resizePlane } from "./resizing.js";
import { removeRuling } from "./ruling.js";

/** @typedef {import("./planes.js").Plane} Plane */
/** @typedef {import("./planes.js").Picture} Picture */
/** @typedef {import("./frames.js").Sheet} Sheet */

const SMALL_SIDE = 48;
const ENLARGED_SIDE = 256;
const MIN_SMALL_INK_SHARE = 0.45;
const MAX_CARD_INK = 0.3;
const MIN_EXTENT = 0.2;

/**
 * Return which pixels of a canvas are ink, or null if there is none.
 *
 * @param {Picture} picture opaque
 * @returns {Plane | null} of what the canvas has inside of its frames; larger if that is small
 */
export function findInk(picture) {
  const peeled = peelFrames(picture);
  if (Math.max(picture.width, picture.height) <= SMALL_SIDE) {
    return peeled.ink.data.includes(1) ? enlargeInk(peeled.strength) : null;
  }
  const isPeeled = peeled.picture !== picture;
  const sheet = cutCorners(peeled);
  if (isPeeled) sheet.ink = dropRemnants(sheet.ink);
  if (!sheet.ink.data.includes(1)) return null;
  return dropPrint(dropPale(sheet, keepStrokes(sheet, removeRuling(sheet))));
}

/** Return ink without dots of the paper and without words, unless hardly a drawing is left. */
function dropPrint(/** @type {Plane} */ ink) {
  const { labels, pieces } = labelPieces(ink);
  const printed = new Set([
    ...findDots(pieces, Math.max(ink.width, ink.height)), ...findCaptions(pieces, ink.height),
  ].map(({ number }) => number));
  if (!printed.size) return ink;
  const without = makePlane(ink.width, ink.height);
  labels.forEach((label, place) => {
    without.data[place] = label && !printed.has(label) ? 1 : 0;
  });
  return measureExtent(without) >= MIN_EXTENT * Math.min(ink.width, ink.height) ? without : ink;
}

/** Return the sheet with what is behind its rounded corners turned to paper. */
function cutCorners(/** @type {Sheet} */ sheet) {
  const found = findCorners(sheet.picture);
  if (!found) return sheet;
  const paper = findMiddleColour(found.ring);
  const { width, height } = sheet.picture;
  const data = sheet.picture.data.slice();
  found.behind.data.forEach((isBehind, place) => {
    if (isBehind) data.set(paper, 4 * place);
  });
  const without = layOn({ width, height, data }, paper);
  const count = countPixels(without.ink);
  return count > 0 && count <= MAX_CARD_INK * width * height ? without : sheet;
}

/** @returns {Plane} the ink of a small canvas, enlarged */
function enlargeInk(/** @type {Plane} */ strength) {
  const times = Math.floor(ENLARGED_SIDE / Math.max(strength.width, strength.height));
  const enlarged = resizePlane(strength, strength.width * times, strength.height * times, CUBIC);
  const limit = Math.max(INK_THRESHOLD, MIN_SMALL_INK_SHARE * findMaximum(enlarged.data));
  return takeAbove(enlarged, limit);
}
