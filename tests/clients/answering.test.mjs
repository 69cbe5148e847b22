// Sending a correction through the service: what it is sent, and what its answers mean.
import assert from "node:assert/strict";
import { test } from "node:test";

import { connectService } from "../../clients/web/answering.js";
import { Delivery, describeCorrection } from "../../clients/web/sending.js";

const PNG = new Blob([Uint8Array.from({ length: 70_000 }, (_, i) => i % 251)]);
const GUESS = {
  id: "d1",
  label: "cat",
  confidence: 0.5,
  version: "v1.0.0",
  ask: { reason: "margin", chance: 1 },
};
const STROKES = [{ x: [1, 2.5], y: [3, 4] }];

/** A service that gives these answers, one after the other, and keeps what it was asked. */
function serve(...answers) {
  const asked = [];
  const fetch = async (url, options) => {
    asked.push({ url, ...options });
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { asked, fetch };
}

const problem = (status, headers = {}) =>
  new Response(JSON.stringify({ detail: "what is wrong" }), { status, headers });
const deliver = (send) =>
  new Delivery(
    describeCorrection(GUESS, "ann", "session-1", STROKES),
    async () => undefined,
    (fields) => send(fields, PNG),
  );

test("one request has the fields of the correction, the canvas, and the player's tokens", async () => {
  const { asked, fetch } = serve(new Response("{}", { status: 201 }));
  const send = connectService("https://redraw.example", async () => "id", async () => "app", fetch);
  await deliver(send).send("sun");
  const [{ url, method, headers, body }] = asked;
  assert.deepEqual([asked.length, method, url], [1, "POST", "https://redraw.example/v1/corrections"]);
  assert.deepEqual(headers, {
    Authorization: "Bearer id",
    "Content-Type": "application/json",
    "X-Firebase-AppCheck": "app",
  });
  const { canvas, ...fields } = JSON.parse(body);
  assert.deepEqual(fields, {
    drawingId: "d1",
    sessionId: "session-1",
    originalPrediction: "cat",
    confidence: 0.5,
    modelVersion: "v1.0.0",
    asked: "margin",
    askedChance: 1,
    strokes: STROKES,
    correctedLabel: "sun",
  });
  assert.deepEqual(Buffer.from(canvas, "base64"), Buffer.from(await PNG.arrayBuffer()));
});

test("what was lost on the way is sent again with the first label, and what is there counts", async () => {
  const { asked, fetch } = serve(new Error("cut"), new Response("{}", { status: 200 }));
  const delivery = deliver(connectService("", async () => "id", undefined, fetch));
  await assert.rejects(delivery.send("sun"), { code: "offline" });
  await delivery.send("tree");
  await delivery.send("tree");
  assert.deepEqual(asked.map(({ body }) => JSON.parse(body).correctedLabel), ["sun", "sun"]);
});

test("a refusal after a lost answer does not count as arrived", async () => {
  for (const status of [401, 403, 409, 413, 422]) {
    const { fetch } = serve(new Error("cut"), problem(status));
    const delivery = deliver(connectService("", async () => "id", undefined, fetch));
    await assert.rejects(delivery.send("sun"), { code: "offline" });
    await assert.rejects(delivery.send("sun"), { code: "rejected", message: /what is wrong/ });
  }
});

test("after a refusal the player may say something else", async () => {
  const { asked, fetch } = serve(problem(422), new Response("{}", { status: 201 }));
  const delivery = deliver(connectService("", async () => "id", undefined, fetch));
  await assert.rejects(delivery.send("sun"), { code: "rejected" });
  await delivery.send("tree");
  assert.equal(JSON.parse(asked[1].body).correctedLabel, "tree");
});

test("a service that asks for patience says for how long", async () => {
  for (const status of [429, 503]) {
    const { fetch } = serve(problem(status, { "Retry-After": "7" }), new Response("{}"));
    const delivery = deliver(connectService("", async () => "id", undefined, fetch));
    await assert.rejects(delivery.send("sun"), { code: "unavailable", retryAfter: 7 });
    await delivery.send("sun");
  }
});
