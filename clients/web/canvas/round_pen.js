// @ts-check
import { makePlane } from "./planes.js";

/** @typedef {import("./planes.js").Plane} Plane */
/** @typedef {[number, number]} Point x and y, in pixels */

const FULL = 255;

/**
 * Draw strokes with a round pen: through all points of each, and round at its ends.
 *
 * @param {Point[][]} strokes the pen stays on the paper everywhere
 * @param {number} side of the paper, in pixels
 * @param {number} width of the pen, even
 * @returns {Plane} 255 where it draws
 */
export function drawLines(strokes, side, width) {
  const corners = makePlane(side + 1, side + 1);
  for (const points of strokes) {
    points.forEach((point, index) => {
      markCorner(corners, point[0], point[1]);
      if (index) followPiece(corners, points[index - 1], point);
    });
  }
  return thickenCorners(corners, width / 2);
}

/**
 * Mark the corners of pixels along the straight piece between two points, without its end.
 *
 * @param {Plane} corners
 * @param {Point} start
 * @param {Point} end
 */
function followPiece(corners, start, end) {
  const right = end[0] - start[0];
  const down = end[1] - start[1];
  const steps = Math.ceil(Math.max(Math.abs(right), Math.abs(down)));
  for (let step = 0; step < steps; step += 1) {
    const share = step / steps;
    markCorner(corners, start[0] + right * share, start[1] + down * share);
  }
}

/**
 * @param {Plane} corners
 * @param {number} x
 * @param {number} y
 */
function markCorner({ width, data }, x, y) {
  data[Math.floor(y + 0.5) * width + Math.floor(x + 0.5)] = 1;
}

/**
 * Return the pixels whose middle is at most `reach` from a corner.
 *
 * @param {Plane} corners
 * @param {number} reach
 */
function thickenCorners(corners, reach) {
  const ink = makePlane(corners.width - 1, corners.height - 1);
  // Pixels in this row above and below a corner are row + 1/2 away; so many to both sides are near.
  const wide = Array.from({ length: reach }, (_, row) => (
    Math.floor(Math.sqrt(reach ** 2 - (row + 0.5) ** 2) + 0.5)
  ));
  corners.data.forEach((isMarked, place) => {
    if (!isMarked) return;
    const x = place % corners.width;
    const y = Math.floor(place / corners.width);
    wide.forEach((half, row) => {
      for (const start of [(y + row) * ink.width + x, (y - row - 1) * ink.width + x]) {
        ink.data.fill(FULL, start - half, start + half);
      }
    });
  });
  return ink;
}
