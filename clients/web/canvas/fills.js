// @ts-check
import {
  assignColours, countContacts, findColours, measureDistanceAt, sampleInk,
} from "./colours.js";
import { measureSquares, UNIT } from "./distances.js";
import { compareColours } from "./paper.js";
import { findEnds, makePlane, measureExtent } from "./planes.js";
import { findQuantile } from "./quantiles.js";

/** @typedef {import("./planes.js").Plane} Plane */
/** @typedef {import("./planes.js").Picture} Picture */
/** @typedef {import("./paper.js").Colour} Colour */
/** @typedef {import("./frames.js").Sheet} Sheet */
/** @typedef {import("./colours.js").Palette} Palette */

const JUDGED_SIDE = 512;
const MIN_THICKNESS = 2.5;
const MIN_OUTLINED = 0.6;
const MIN_EXPOSED = 0.25;
const MAX_WASHED = 4;
const MIN_WASH_CONTACT = 0.25;
const MAX_WASH_OUTSIDE = 0.1;
const MAX_SLOPE_STEP = 48;
const MIN_SLOPE_CONTACT = 0.3;
const MIN_BORDER_SHARE = 0.07;
const MIN_GROUND_SHARE = 0.4;
const MIN_GROUND_EXTENT = 0.8;
const MAX_PALE = 0.4;
const MIN_EXTENT = 0.4;
const DEPTH_QUANTILE = 80;

/**
 * Return the ink of a canvas without its areas of colour, if it has strokes of another colour.
 *
 * @param {Sheet} sheet
 * @param {Plane} ink what may be strokes
 * @returns {Plane} `ink` itself if there is nothing to leave out
 */
export function keepStrokes({ picture, paper }, ink) {
  const colours = findColours(sampleInk(picture, ink), paper);
  if (colours.length < 2) return ink;
  const step = Math.ceil(Math.max(ink.width, ink.height) / JUDGED_SIDE);
  const palette = assignColours(picture, step, [paper, ...colours]);
  const { strokes, grounds } = sortColours(palette);
  if (!grounds.length || !strokes.length) return ink;
  const kept = keepNearStrokes(
    picture, ink,
    strokes.map((number) => palette.colours[number]),
    [0, ...grounds].map((number) => palette.colours[number]),
  );
  return isDrawing(kept, ink, palette, grounds) ? kept : ink;
}

/** Return which colours are strokes, and which are grounds, fills or a watermark. */
function sortColours(/** @type {Palette} */ palette) {
  const { colours } = palette;
  const numbers = colours.map((_, number) => number).slice(1);
  const away = colours.map((colour) => compareColours(colour, colours[0]));
  const farthest = Math.max(...away);
  const faint = numbers.filter((number) => away[number] <= MAX_PALE * farthest);
  const areasOf = colours.map((_, number) => selectColours(palette, [number]));
  const depths = areasOf.map(measureThickness);
  const pen = Math.min(...numbers.filter((number) => !faint.includes(number)).map((number) => depths[number]));
  const areas = numbers.filter((number) => depths[number] >= MIN_THICKNESS * pen);
  const pale = faint.filter((number) => !areas.includes(number));
  const contacts = countContacts(palette);
  const painted = numbers.filter((number) => isGround(areasOf[number]));
  const grounds = [...painted, ...followSlopes(colours, contacts, painted, areas)];
  const inked = numbers.filter((number) => !grounds.includes(number) && !pale.includes(number));
  const fills = inked.filter((number) => isFill(number, inked, contacts));
  if (inked.length <= MAX_WASHED) {
    const loose = inked.filter((number) => !fills.includes(number)
      && isWash(number, inked, areasOf, away, contacts));
    fills.push(...loose);
  }
  const isLeftOut = (/** @type {number} */ number) => [grounds, pale, fills].some(
    (list) => list.includes(number),
  );
  return {
    strokes: numbers.filter((number) => !isLeftOut(number)),
    grounds: numbers.filter(isLeftOut),
  };
}

/**
 * @param {Palette} palette
 * @param {number[]} numbers
 * @returns {Plane} where the pixels have one of these colours
 */
function selectColours({ width, height, nearest }, numbers) {
  const area = makePlane(width, height);
  nearest.forEach((number, place) => {
    if (numbers.includes(number)) area.data[place] = 1;
  });
  return area;
}

/** @returns {number} how deep the pixels of an area mostly lie in it, in pixels */
function measureThickness(/** @type {Plane} */ area) {
  if (!area.data.includes(1)) return 0;
  const squares = measureSquares(area).filter((square) => square > 0);
  const parts = squares.map((square) => Math.floor(UNIT * Math.sqrt(square) + 0.5));
  return findQuantile(parts, DEPTH_QUANTILE) / UNIT;
}

/** Return whether a colour covers much of the border, or nearly the whole canvas. */
function isGround(/** @type {Plane} */ area) {
  if (measureBorderShare(area) >= MIN_BORDER_SHARE) return true;
  const { width, height, data } = area;
  const covered = data.reduce((sum, inked) => sum + inked, 0);
  if (covered / data.length < MIN_GROUND_SHARE) return false;
  const { across, down } = findExtent(area);
  return Math.min((across.last - across.first) / width, (down.last - down.first) / height)
    >= MIN_GROUND_EXTENT;
}

/** @returns {number} the share of the border that belongs to an area; the corners count twice */
function measureBorderShare(/** @type {Plane} */ { width, height, data }) {
  let count = 0;
  for (let x = 0; x < width; x += 1) count += data[x] + data[(height - 1) * width + x];
  for (let y = 0; y < height; y += 1) count += data[y * width] + data[y * width + width - 1];
  return count / (2 * (width + height));
}

/** Return the first and the last column, and row, of an area that is not empty. */
function findExtent(/** @type {Plane} */ { width, height, data }) {
  const columns = new Uint8Array(width);
  const rows = new Uint8Array(height);
  data.forEach((inked, place) => {
    if (!inked) return;
    columns[place % width] = 1;
    rows[Math.floor(place / width)] = 1;
  });
  const none = { first: 0, last: 0 };
  return { across: findEnds(columns) ?? none, down: findEnds(rows) ?? none };
}

/**
 * Return the areas that are ground too, as their colour goes over into that of a ground.
 *
 * @param {Colour[]} colours
 * @param {number[][]} contacts
 * @param {number[]} grounds
 * @param {number[]} areas
 */
function followSlopes(colours, contacts, grounds, areas) {
  const known = [0, ...grounds];
  let count = 0;
  while (known.length > count) {
    count = known.length;
    for (const number of areas) {
      const beside = sum(known
        .filter((other) => compareColours(colours[number], colours[other]) <= MAX_SLOPE_STEP)
        .map((other) => contacts[number][other]));
      const least = MIN_SLOPE_CONTACT * sum(contacts[number]);
      if (!known.includes(number) && least > 0 && beside >= least) known.push(number);
    }
  }
  return known.slice(1 + grounds.length);
}

/** @returns {number} */
function sum(/** @type {number[]} */ values) {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * Return whether strokes of one colour lie between a colour and the paper.
 *
 * @param {number} number
 * @param {number[]} strokes
 * @param {number[][]} contacts
 */
function isFill(number, strokes, contacts) {
  const outlines = strokes.filter((other) => other !== number
    && contacts[other][0] >= MIN_EXPOSED * sum(contacts[other]));
  const outlined = Math.max(0, ...outlines.map((other) => contacts[number][other]));
  const least = MIN_OUTLINED * sum(contacts[number]);
  return least > 0 && outlined >= least;
}

/**
 * Return whether a colour was laid loosely below an outline that contrasts more with the paper.
 *
 * @param {number} number
 * @param {number[]} strokes
 * @param {Plane[]} areas of all colours
 * @param {number[]} away the distance of each colour from the paper
 * @param {number[][]} contacts
 */
function isWash(number, strokes, areas, away, contacts) {
  const stronger = strokes.filter((other) => away[other] > away[number]);
  if (!stronger.length) return false;
  const outline = stronger.reduce((most, other) => (
    contacts[number][other] > contacts[number][most] ? other : most
  ));
  const least = MIN_WASH_CONTACT * sum(contacts[number]);
  if (least <= 0 || least > contacts[number][outline]) return false;
  const inner = findExtent(areas[number]);
  const outer = findExtent(areas[outline]);
  return isWithin(inner.across, outer.across) && isWithin(inner.down, outer.down);
}

/**
 * @param {{first: number, last: number}} inner
 * @param {{first: number, last: number}} outer
 */
function isWithin(inner, outer) {
  const slack = MAX_WASH_OUTSIDE * (outer.last - outer.first);
  return inner.first >= outer.first - slack && inner.last <= outer.last + slack;
}

/**
 * Return the ink that is nearer to the colour of a stroke than to that of any ground.
 *
 * @param {Picture} picture
 * @param {Plane} ink
 * @param {Colour[]} strokes
 * @param {Colour[]} grounds
 */
function keepNearStrokes({ data }, ink, strokes, grounds) {
  const kept = makePlane(ink.width, ink.height);
  for (let place = 0; place < kept.data.length; place += 1) {
    if (!ink.data[place]) continue;
    const toStrokes = measureLeastDistance(data, 4 * place, strokes);
    kept.data[place] = toStrokes < measureLeastDistance(data, 4 * place, grounds) ? 1 : 0;
  }
  return kept;
}

/**
 * @param {ArrayLike<number>} data
 * @param {number} start
 * @param {Colour[]} colours
 */
function measureLeastDistance(data, start, colours) {
  let least = Infinity;
  for (const colour of colours) least = Math.min(least, measureDistanceAt(data, start, colour));
  return least;
}

/**
 * Return whether what is kept extends far enough, compared with all ink but the grounds.
 *
 * @param {Plane} kept
 * @param {Plane} ink
 * @param {Palette} palette
 * @param {number[]} grounds
 */
function isDrawing(kept, ink, palette, grounds) {
  const extent = measureExtent(kept);
  if (!extent) return false;
  if (measureBorderShare(selectColours(palette, grounds)) >= MIN_BORDER_SHARE) return true;
  return extent >= MIN_EXTENT * measureExtent(ink);
}
