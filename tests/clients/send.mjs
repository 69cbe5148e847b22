// Reads a correction as JSON, sends its document to Firestore, and prints the code of each failure.
import { text } from "node:stream/consumers";

import { connectFirebase } from "../../clients/web/sending.js";

const { firestore, project, token, tries } = JSON.parse(await text(process.stdin));
const options = { project, bucket: "none", firestore, ...(token && { token: async () => token }) };
const { sendDocument } = connectFirebase(options, fetch);
const codes = [];
for (const [id, fields] of tries) {
  codes.push(await sendDocument(id, fields).then(() => null, (error) => error.code));
}
console.log(JSON.stringify(codes));
