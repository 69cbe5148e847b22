// Reads a model's weights and drawings as JSON, and prints the web client's probabilities.
import { text } from "node:stream/consumers";

import { predict, readWeights, replaceHead } from "../../clients/web/model.js";

const { weights, head, drawings } = JSON.parse(await text(process.stdin));
const bytes = (base64) => new Uint8Array(Buffer.from(base64, "base64"));
const model = readWeights(bytes(weights).buffer);
const other = replaceHead(model, bytes(head).buffer);
const answer = (used) => drawings.map((drawing) => Array.from(predict(used, bytes(drawing))));
console.log(JSON.stringify({ own: answer(model), other: answer(other) }));
