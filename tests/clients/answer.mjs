// Reads answers as JSON, sends them to the service as redraw.js does, and prints each failure's code.
import { text } from "node:stream/consumers";

import { connectService } from "../../clients/web/answering.js";
import { describeCorrection } from "../../clients/web/sending.js";

const { service, png, tries } = JSON.parse(await text(process.stdin));
const canvas = new Blob([Buffer.from(png, "base64")]);
const codes = [];
for (const { token, guess, label, strokes } of tries) {
  const send = connectService(service, async () => token, undefined, fetch);
  const fields = { ...describeCorrection(guess, "ann", "session-1", strokes), correctedLabel: label };
  codes.push(await send(fields, canvas).then(() => null, (error) => error.code));
}
console.log(JSON.stringify(codes));
