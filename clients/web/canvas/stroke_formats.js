// @ts-check
import { InvalidDrawing } from "./errors.js";

/** @typedef {{x: unknown[], y: unknown[]}} Columns lists of the same length, not yet checked */

const MAX_STROKES = 500;
const MAX_POINTS = 20_000;
const MAX_JSON = 1024 * 1024;
const COLUMNS = [2, 3];

/**
 * Return the x and the y of the points of each stroke, not yet checked to be numbers.
 *
 * @param {unknown} strokes a list of strokes, or the same as JSON text, or as a map with the
 *   positions as keys. A stroke is a map with the lists `x` and `y`; `[[x, ...], [y, ...]]`, perhaps
 *   with times behind; a list of points, or a map with a list `points`. A point is a map with `x`
 *   and `y`, or a list `[x, y]`.
 * @returns {Columns[]}
 */
export function readStrokes(strokes) {
  const listed = readList(typeof strokes === "string" ? parseJson(strokes) : strokes);
  if (!listed || listed.length > MAX_STROKES) {
    throw makeMalformed(`strokes are a list of at most ${MAX_STROKES}`);
  }
  const columns = listed.map(readStroke);
  if (columns.reduce((sum, { x }) => sum + x.length, 0) > MAX_POINTS) {
    throw makeMalformed(`strokes have at most ${MAX_POINTS} points in all`);
  }
  return columns;
}

/** Return the error for strokes that cannot be read. */
export function makeMalformed(/** @type {string} */ message) {
  return new InvalidDrawing("malformed_strokes", message);
}

/** @returns {Columns} */
function readStroke(/** @type {unknown} */ stroke) {
  const points = isMap(stroke) && Object.hasOwn(stroke, "points") ? stroke.points : stroke;
  const columns = readColumns(stroke) ?? readPoints(readList(points));
  if (!columns) throw makeMalformed("a stroke has the lists x and y, or is a list of points");
  if (columns.x.length !== columns.y.length || columns.x.length > MAX_POINTS) {
    throw makeMalformed(
      `a stroke's x and y are lists of the same length, at most ${MAX_POINTS}`,
    );
  }
  return columns;
}

/** @returns {Columns | null} of a stroke that has x and y apart */
function readColumns(/** @type {unknown} */ stroke) {
  let [x, y] = hasPlace(stroke) ? [stroke.x, stroke.y] : [null, null];
  if (!hasPlace(stroke)) {
    const columns = readList(stroke);
    if (!columns || !COLUMNS.includes(columns.length)) return null;
    [x, y] = columns;
  }
  return Array.isArray(x) && Array.isArray(y) ? { x, y } : null;
}

/** @returns {Columns | null} of a stroke that is a list of points */
function readPoints(/** @type {unknown[] | null} */ points) {
  if (!points || points.length > MAX_POINTS) return null;
  const columns = { x: /** @type {unknown[]} */ ([]), y: /** @type {unknown[]} */ ([]) };
  for (const point of points) {
    if (hasPlace(point)) {
      columns.x.push(point.x);
      columns.y.push(point.y);
    } else if (Array.isArray(point) && point.length > 1) {
      columns.x.push(point[0]);
      columns.y.push(point[1]);
    } else {
      return null;
    }
  }
  return columns;
}

/** @returns {unknown[] | null} a list, also one written as a map with the keys "0", "1", "2", ... */
function readList(/** @type {unknown} */ value) {
  if (Array.isArray(value)) return value;
  if (!isMap(value)) return null;
  const { length } = Object.keys(value);
  const keys = Array.from({ length }, (_, position) => String(position));
  return length && keys.every((key) => Object.hasOwn(value, key)) ? keys.map((key) => value[key]) : null;
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isMap(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * @param {unknown} value
 * @returns {value is {x: unknown, y: unknown}}
 */
function hasPlace(value) {
  return isMap(value) && Object.hasOwn(value, "x") && Object.hasOwn(value, "y");
}

/** @returns {unknown} */
function parseJson(/** @type {string} */ text) {
  if (text.length > MAX_JSON) throw makeMalformed("strokes as text are longer than a document can be");
  try {
    return JSON.parse(text);
  } catch {
    throw makeMalformed("strokes are text, but not JSON");
  }
}
