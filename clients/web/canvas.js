// @ts-check
// Turn a player's canvas, or strokes, into the drawing that Redraw makes of them.
//
// The rule, and why each step is there, is written down in docs/canvas.md. The modules in canvas/
// have the names and the order of those in pipeline/drawings/, so that a change there shows what
// must change here; tests/clients/ compares the two byte for byte.
import { readBitmap } from "./canvas/bitmaps.js";
import { centreDrawing, centreIdempotently } from "./canvas/centring.js";
import { InvalidDrawing } from "./canvas/errors.js";
import { findInk } from "./canvas/ink.js";
import { layOnSheets } from "./canvas/layers.js";
import { redrawWithStandardPen } from "./canvas/pen.js";
import { limitSize } from "./canvas/pixel_budget.js";
import { isScribble } from "./canvas/scribble.js";
import { removeSpecks } from "./canvas/specks.js";

export { InvalidDrawing };
export { renderStrokes } from "./canvas/strokes.js";

/** The number of the rule, which a version's manifest names too (docs/canvas.md). */
export const RULE = 2;

/**
 * Turn a player's canvas into a drawing: 28 x 28 bytes, 0 is paper, 255 is full ink.
 *
 * @param {{width: number, height: number, data: Uint8ClampedArray | Uint8Array}} canvas what
 *   `CanvasRenderingContext2D.getImageData` returns: four bytes a pixel, red, green, blue and alpha
 * @returns {Uint8Array} 784 bytes
 * @throws {InvalidDrawing} `blank` if it holds no ink; `scribble` if its ink is noise;
 *   `unreadable_image` if it is too large
 */
export function normalizeCanvas(canvas) {
  for (const sheet of layOnSheets(limitSize(canvas))) {
    const bitmap = readBitmap(sheet);
    if (bitmap) return centreIdempotently(bitmap);
    const ink = findInk(sheet);
    if (ink) return normalizeInk(ink);
  }
  throw new InvalidDrawing("blank", "the canvas is empty");
}

/** @returns {Uint8Array} the drawing of the ink of a canvas */
function normalizeInk(/** @type {import("./canvas/planes.js").Plane} */ ink) {
  const shape = removeSpecks(ink);
  if (isScribble(shape)) {
    throw new InvalidDrawing(
      "scribble", "the canvas is covered with noise; there is no drawing in it",
    );
  }
  return centreDrawing(redrawWithStandardPen(shape));
}
