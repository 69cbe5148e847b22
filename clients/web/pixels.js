/** Read the pixels of a canvas, and write them as PNG. */

import { RedrawError } from "./problems.js";

const MOST_PNG_BYTES = 256 * 1024;

/** Return the pixels of a canvas, as ImageData, or those that were given. */
export function readPixels(source) {
  if (source?.data && source.width && source.height) return source;
  if (!source?.getContext) {
    throw new RedrawError("no-canvas", "that is neither a canvas nor ImageData");
  }
  return source
    .getContext("2d", { willReadFrequently: true })
    .getImageData(0, 0, source.width, source.height);
}

/**
 * Return a PNG of pixels, as Blob.
 *
 * @throws {RedrawError} `too-large`, or the browser cannot make one.
 */
export async function encodePng({ data, width, height }) {
  if (typeof document === "undefined") {
    throw new RedrawError("no-canvas", "a PNG can be made in a page alone");
  }
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d").putImageData(new ImageData(data, width, height), 0, 0);
  const png = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  if (png === null) throw new RedrawError("no-canvas", "the browser cannot write the canvas as PNG");
  if (png.size > MOST_PNG_BYTES) {
    throw new RedrawError(
      "too-large",
      `the canvas has ${png.size} bytes as PNG, at most ${MOST_PNG_BYTES} are taken: ` +
        "use a smaller canvas",
    );
  }
  return png;
}
