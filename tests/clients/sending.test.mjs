// Sending a correction: what Firebase's REST APIs are sent, and that each part arrives once.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { afterEach, beforeEach, test } from "node:test";

import { connectFirebase, Delivery } from "../../clients/web/sending.js";

const PNG = new Blob([Uint8Array.of(137, 80, 78, 71)], { type: "image/png" });
const FIELDS = {
  drawingId: "d1",
  confidence: 1,
  status: "pending",
  strokes: [{ x: [1, 2.5], y: [3, 4] }],
};

let server;
let requests;
let answers;
let connected;

beforeEach(async () => {
  [requests, answers] = [[], []];
  server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const { method, url, headers } = request;
    requests.push({ method, url, headers, body: Buffer.concat(parts).toString("latin1") });
    const answer = answers.shift() ?? 200;
    if (answer === "cut") return request.socket.destroy();
    response.writeHead(answer).end("{}");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  const firebase = { project: "game", bucket: "game.appspot.com", storage: url, firestore: url };
  connected = connectFirebase({ ...firebase, token: async () => "id-token" }, fetch);
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const deliver = (fields = FIELDS) =>
  new Delivery(
    fields,
    () => connected.sendCanvas("drawings/corrections/d1.png", PNG),
    (whole) => connected.sendDocument("d1", whole),
  );

test("the canvas is sent first, as Firebase's own client sends it", async () => {
  await deliver().send("sun");
  const [canvas, written] = requests;
  assert.equal(canvas.url, "/v0/b/game.appspot.com/o?name=drawings%2Fcorrections%2Fd1.png");
  assert.equal(canvas.headers.authorization, "Firebase id-token");
  assert.equal(canvas.headers["x-goog-upload-protocol"], "multipart");
  assert.match(canvas.body, /"contentType":"image\/png"[^]*Content-Type: image\/png\r\n\r\n\x89PNG\r\n--/);
  assert.equal(written.headers.authorization, "Bearer id-token");
});

test("the document is created, never replaced, with the server's time", async () => {
  await deliver().send("sun");
  const { url, body } = requests[1];
  assert.equal(url, "/v1/projects/game/databases/(default)/documents:commit");
  const number = (doubleValue) => ({ doubleValue });
  const strokes = {
    arrayValue: {
      values: [
        {
          mapValue: {
            fields: {
              x: { arrayValue: { values: [number(1), number(2.5)] } },
              y: { arrayValue: { values: [number(3), number(4)] } },
            },
          },
        },
      ],
    },
  };
  assert.deepEqual(JSON.parse(body).writes, [
    {
      update: {
        name: "projects/game/databases/(default)/documents/corrections/d1",
        fields: {
          drawingId: { stringValue: "d1" },
          confidence: { doubleValue: 1 },
          status: { stringValue: "pending" },
          strokes,
          correctedLabel: { stringValue: "sun" },
        },
      },
      updateTransforms: [{ fieldPath: "timestamp", setToServerValue: "REQUEST_TIME" }],
      currentDocument: { exists: false },
    },
  ]);
});

test("a correction that is sent twice arrives once, and its first label stays", async () => {
  const delivery = deliver();
  await Promise.all([delivery.send("sun"), delivery.send("tree")]);
  await delivery.send("cat");
  assert.equal(requests.length, 2);
  assert.match(requests[1].body, /"correctedLabel":\{"stringValue":"sun"\}/);
});

test("after a failure only what is missing is sent, with the label that the player says now", async () => {
  answers = [200, 500, 200];
  const delivery = deliver();
  await assert.rejects(delivery.send("sun"), { code: "unavailable" });
  await delivery.send("sun");
  assert.deepEqual(requests.map(({ url }) => url.slice(0, 3)), ["/v0", "/v1", "/v1"]);
});

test("before the document was sent the player may say something else", async () => {
  answers = [500, 200, 200];
  const delivery = deliver();
  await assert.rejects(delivery.send("sun"), { code: "unavailable" });
  await delivery.send("tree");
  assert.match(requests[2].body, /"correctedLabel":\{"stringValue":"tree"\}/);
});

test("a document that is there already counts as sent", async () => {
  answers = [412, 409];
  await deliver().send("sun");
});

test("what was lost on the way and is refused when it is repeated has arrived", async () => {
  answers = ["cut", 403, "cut", 403];
  const delivery = deliver();
  await assert.rejects(delivery.send("sun"), { code: "offline" });
  await assert.rejects(delivery.send("sun"), { code: "offline" });
  await delivery.send("sun");
  assert.equal(requests.length, 4);
});

test("a player who may not write is told so each time", async () => {
  answers = [403, 403];
  const delivery = deliver();
  await assert.rejects(delivery.send("sun"), { code: "refused", message: /status 403/ });
  await assert.rejects(delivery.send("sun"), { code: "refused" });
});

test("a game's own functions are called in the same order and may fail in the same ways", async () => {
  const calls = [];
  const failures = [new Error("network"), null, Object.assign(new Error(), { code: "unavailable" })];
  const own = (name) => async (fields) => {
    calls.push(fields ? `${name} ${fields.correctedLabel}` : name);
    const failure = failures.shift();
    if (failure) throw failure;
  };
  const delivery = new Delivery({}, () => own("canvas")(), own("document"));
  await assert.rejects(delivery.send("sun"), /network/);
  await assert.rejects(delivery.send("sun"), { code: "unavailable" });
  failures.unshift(Object.assign(new Error(), { code: "permission-denied" }));
  await delivery.send("sun"); // Firebase's own client says that it is there
  assert.deepEqual(calls, ["canvas", "canvas", "document sun", "document sun"]);
});
