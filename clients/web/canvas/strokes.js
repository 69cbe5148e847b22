// @ts-check
import { centreDrawing, SIDE } from "./centring.js";
import { InvalidDrawing } from "./errors.js";
import { BOX_SIDE, PAPER_SIDE, PEN_WIDTH } from "./pen.js";
import { BOX, resizePlane } from "./resizing.js";
import { drawLines } from "./round_pen.js";
import { makeMalformed, readStrokes } from "./stroke_formats.js";

/** @typedef {[number, number]} Point x and y */

const MIN_SIZE = 1e-6;
const MAX_COORDINATE = 1e9;

/**
 * Render strokes as Google renders them to a bitmap, and centre the result.
 *
 * @param {unknown} strokes in one of the forms that a correction may have them in, such as
 *   `[{x: [...], y: [...]}, ...]`; in any scale, y pointing down; at most 500 strokes and 20,000
 *   points
 * @returns {Uint8Array} 784 bytes, 0 is paper, 255 is full ink
 * @throws {InvalidDrawing} `malformed_strokes` if they are not such a list; `blank` without a point
 */
export function renderStrokes(strokes) {
  const inked = readStrokes(strokes).map(checkPoints).filter((points) => points.length);
  if (!inked.length) throw new InvalidDrawing("blank", "the strokes hold no point");
  const [across, down] = [0, 1].map((axis) => findRange(inked, axis));
  const size = Math.max(across.high - across.low, down.high - down.low);
  // A single touch of the pen has no size and cannot be scaled. It becomes a dot.
  const scale = size > MIN_SIZE ? BOX_SIDE / size : 1;
  const place = (/** @type {number} */ value, /** @type {{low: number, high: number}} */ range) => (
    (value - (range.low + range.high) / 2) * scale + PAPER_SIDE / 2
  );
  const placed = inked.map((points) => points.map(([x, y]) => (
    /** @type {Point} */ ([place(x, across), place(y, down)])
  )));
  const sheet = drawLines(placed, PAPER_SIDE, PEN_WIDTH);
  return centreDrawing(resizePlane(sheet, SIDE, SIDE, BOX).data);
}

/**
 * @param {{x: unknown[], y: unknown[]}} stroke
 * @returns {Point[]}
 */
function checkPoints({ x, y }) {
  const isCoordinate = (/** @type {unknown} */ value) => (
    typeof value === "number" && Math.abs(value) <= MAX_COORDINATE
  );
  if (![...x, ...y].every(isCoordinate)) {
    throw makeMalformed(`a stroke's x and y hold finite numbers, none beyond ${MAX_COORDINATE}`);
  }
  return x.map((value, index) => /** @type {Point} */ ([value, y[index]]));
}

/**
 * @param {Point[][]} lines
 * @param {number} axis
 */
function findRange(lines, axis) {
  let low = Infinity;
  let high = -Infinity;
  for (const point of lines.flat()) {
    low = Math.min(low, point[axis]);
    high = Math.max(high, point[axis]);
  }
  return { low, high };
}
