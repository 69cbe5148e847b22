/** Paint strokes as the pad shows them, and pictures of them and of what the model saw. */

const PEN = 10; // of 512: about Google's pen, once the drawing is 28 pixels wide
const PAPER = "#ffffff";
const INK = "#1d1d1f";
const SIDE = 28; // of what the model saw

export const PAD_SIDE = 512;

/** Paint strokes on white paper. A stroke is a list of [x, y], in pixels of the pad. */
export function paintStrokes(context, strokes) {
  context.fillStyle = PAPER;
  context.fillRect(0, 0, PAD_SIDE, PAD_SIDE);
  Object.assign(context, { lineWidth: PEN, lineCap: "round", lineJoin: "round", strokeStyle: INK });
  for (const stroke of strokes) {
    context.beginPath();
    context.moveTo(...stroke[0]);
    for (const point of stroke.slice(1)) context.lineTo(...point);
    // A line of no length is a dot, which not every browser draws.
    if (stroke.length === 1) context.lineTo(stroke[0][0] + 0.01, stroke[0][1]);
    context.stroke();
  }
}

/** Return a canvas as large as the pad with these strokes. */
export function makeCanvas(strokes) {
  const canvas = newCanvas(PAD_SIDE);
  paintStrokes(canvas.getContext("2d", { willReadFrequently: true }), strokes);
  return canvas;
}

/** Return the address of a small picture of strokes. */
export function pictureStrokes(strokes, side = 168) {
  const canvas = newCanvas(side);
  canvas.getContext("2d").drawImage(makeCanvas(strokes), 0, 0, side, side);
  return canvas.toDataURL();
}

/** Return the address of a picture of a drawing, 784 bytes: ink is dark, as on paper. */
export function pictureDrawing(drawing) {
  return makeDrawing(drawing).toDataURL();
}

/** Paint a drawing, 784 bytes, pixel by pixel. */
export function paintDrawing(context, drawing, side) {
  context.imageSmoothingEnabled = false;
  context.drawImage(makeDrawing(drawing), 0, 0, side, side);
}

function makeDrawing(drawing) {
  const canvas = newCanvas(SIDE);
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(SIDE, SIDE);
  drawing.forEach((value, i) => {
    const grey = 255 - value;
    pixels.data.set([grey, grey, grey, 255], 4 * i);
  });
  context.putImageData(pixels, 0, 0);
  return canvas;
}

function newCanvas(side) {
  return Object.assign(document.createElement("canvas"), { width: side, height: side });
}
