// Reads {folder, canvases: [{width, height}], strokes: [...]} as JSON, the pixels of canvas n from the
// file n in the folder; prints what canvas.js makes of each: 784 bytes in hexadecimal, or the reason.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { InvalidDrawing, normalizeCanvas, renderStrokes, RULE } from "../../clients/web/canvas.js";

const { folder, canvases, strokes } = JSON.parse(await text(process.stdin));

function describe(make) {
  try {
    return Buffer.from(make()).toString("hex");
  } catch (error) {
    if (!(error instanceof InvalidDrawing)) throw error;
    return error.reason;
  }
}

const drawn = [];
for (const [index, { width, height }] of canvases.entries()) {
  const data = new Uint8ClampedArray(await readFile(join(folder, String(index))));
  const before = performance.now();
  const result = describe(() => normalizeCanvas({ width, height, data }));
  drawn.push({ result, milliseconds: performance.now() - before });
}
const rendered = strokes.map((drawing) => describe(() => renderStrokes(drawing)));
console.log(JSON.stringify({ rule: RULE, drawn, rendered }));
