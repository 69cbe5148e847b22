// Loading: only what a trusted key has signed, and every byte as the manifest says.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { predict, readWeights } from "../../clients/web/model.js";
import { Redraw } from "../../clients/web/redraw.js";
import { fileUrl, makeDrawing, makeKey, makeVersion, Service, signManifest } from "./service.mjs";

const key = await makeKey();
const other = await makeKey();
const first = await makeVersion("v1.0.0", { signers: [key] });
const second = await makeVersion("v1.0.1", { like: first, signers: [key] });

let service;
let problems;
let opened = [];

beforeEach(async () => {
  service = await new Service().start();
  service.add("v1.0.0", first);
  service.add("v1.0.1", second);
  service.point("v1.0.0");
  problems = [];
});

afterEach(async () => {
  for (const redraw of opened.splice(0)) redraw.stop();
  await service.stop();
});

function open(options = {}) {
  const onproblem = (problem) => problems.push(problem?.code ?? null);
  const redraw = new Redraw({ service: service.url, keys: [key.text], onproblem, ...options });
  opened.push(redraw);
  return redraw;
}

/** Publish a damaged v1.0.1 over a sound v1.0.0, and return what the client says. */
async function meetDamage(files, options) {
  service.point("v1.0.0");
  const redraw = open(options);
  await redraw.ready;
  service.add("v1.0.1", files);
  service.point("v1.0.1");
  assert.equal(await redraw.check(), false);
  assert.equal(redraw.version, "v1.0.0", "the old version stays");
  assert.equal((await redraw.guess(makeDrawing())).version, "v1.0.0");
  return redraw.problem.code;
}

test("a signed version is loaded, and guesses as its weights say", async () => {
  const redraw = open();
  await redraw.ready;
  const guess = await redraw.guess(makeDrawing());
  const expected = predict(readWeights(new Uint8Array(first.get("weights.bin")).buffer), makeDrawing());
  const best = expected.indexOf(Math.max(...expected));
  assert.equal(guess.label, redraw.categories[best]);
  assert.equal(guess.confidence, expected[best]);
  assert.deepEqual(guess.top[0], { label: guess.label, confidence: guess.confidence });
  assert.equal(guess.top.length, 3);
  assert.deepEqual(problems, []);
});

test("nothing is guessed before a version is loaded", async () => {
  service.release = null;
  const redraw = open();
  await redraw.check();
  await assert.rejects(redraw.guess(makeDrawing()), { code: "not-ready" });
  assert.equal(redraw.problem.code, "no-release");
});

test("of a version with the same backbone only the head is fetched", async () => {
  const redraw = open();
  await redraw.ready;
  service.takeNames();
  service.point("v1.0.1");
  assert.equal(await redraw.check(), true);
  const names = service.takeNames();
  assert.ok(names.includes("head.bin") && !names.includes("weights.bin"), names.join());
  const expected = predict(readWeights(new Uint8Array(second.get("weights.bin")).buffer), makeDrawing());
  assert.equal((await redraw.guess(makeDrawing())).confidence, Math.max(...expected));
});

test("of a version with another backbone the weights are fetched", async () => {
  service.add("v1.1.0", await makeVersion("v1.1.0", { signers: [key] }));
  const redraw = open();
  await redraw.ready;
  service.takeNames();
  service.point("v1.1.0");
  await redraw.check();
  assert.ok(service.takeNames().includes("weights.bin"));
  assert.equal(redraw.version, "v1.1.0");
});

for (const name of ["manifest.json", "head.bin", `signature-${key.id}.json`]) {
  test(`a flipped byte anywhere in ${name} is noticed`, async () => {
    const whole = second.get(name);
    const places = new Set([0, 1, whole.length >> 1, whole.length - 1]);
    for (let i = 0; i < 20; i++) places.add(Math.floor(Math.random() * whole.length));
    const redraw = open();
    await redraw.ready;
    service.point("v1.0.1");
    for (const place of places) {
      const bytes = Buffer.from(whole);
      bytes[place] ^= 1 << place % 8;
      service.add("v1.0.1", new Map(second).set(name, bytes));
      await redraw.check();
      assert.equal(redraw.version, "v1.0.0", `byte ${place}`);
      assert.ok(
        ["wrong-digest", "wrong-signature"].includes(redraw.problem.code),
        `byte ${place}: ${redraw.problem.code}`,
      );
    }
  });
}

test("a flipped byte in weights.bin is noticed, and nothing is guessed with it", async () => {
  const bytes = Buffer.from(first.get("weights.bin"));
  bytes[100] ^= 1;
  service.add("v1.0.0", new Map(first).set("weights.bin", bytes));
  const redraw = open();
  await redraw.check();
  assert.equal(redraw.problem.code, "wrong-digest");
  assert.equal(redraw.version, null);
});

test("truncated and lengthened files are noticed", async () => {
  const head = second.get("head.bin");
  const shorter = new Map(second).set("head.bin", head.subarray(4));
  assert.equal(await meetDamage(shorter), "wrong-size");
  const longer = new Map(second).set("head.bin", Buffer.concat([head, Buffer.alloc(1_000_000)]));
  assert.equal(await meetDamage(longer), "wrong-size");
});

test("a connection that is cut in the middle of a file changes nothing", async () => {
  service.answers.set(fileUrl("v1.0.1", "head.bin"), (_send, _request, response) => {
    response.writeHead(200, { "Content-Length": second.get("head.bin").length });
    response.write(second.get("head.bin").subarray(0, 1000), () => response.destroy());
  });
  assert.equal(await meetDamage(second), "offline");
});

test("an unsigned version is refused by a client with keys", async () => {
  assert.equal(await meetDamage(await makeVersion("v1.0.1", { like: first })), "unsigned");
});

test("a version that another key has signed is refused", async () => {
  assert.equal(await meetDamage(await makeVersion("v1.0.1", { signers: [other] })), "unsigned");
  // Under the name of the trusted key it is refused too.
  const forged = await makeVersion("v1.0.1", { like: first });
  const signature = await signManifest(forged.get("manifest.json"), other, { keyId: key.id });
  forged.set(`signature-${key.id}.json`, signature);
  assert.equal(await meetDamage(forged), "wrong-signature");
});

test("a signature of another manifest is refused", async () => {
  const moved = new Map(second);
  moved.set(`signature-${key.id}.json`, first.get(`signature-${key.id}.json`));
  assert.equal(await meetDamage(moved), "wrong-signature");
});

test("the manifest of another version is refused, though it is signed", async () => {
  assert.equal(await meetDamage(first), "bad-manifest");
});

test("one of several keys is enough, so keys can be exchanged", async () => {
  const redraw = open({ keys: [other.text, key.text] });
  await redraw.ready;
  assert.equal(redraw.version, "v1.0.0");
});

test("without keys an unsigned version is loaded, and still no damaged one", async () => {
  assert.equal(await meetDamage(new Map(second).set("head.bin", Buffer.alloc(128_080)), { keys: [] }), "wrong-digest");
  service.add("v1.0.1", await makeVersion("v1.0.1", { like: first }));
  const redraw = opened[0];
  await redraw.check();
  assert.equal(redraw.version, "v1.0.1");
});

test("a browser without Ed25519 says so, and takes a function that has it", async (context) => {
  const { subtle } = globalThis.crypto;
  const importKey = context.mock.method(subtle, "importKey", () => {
    throw new DOMException("Unrecognized name", "NotSupportedError");
  });
  const redraw = open();
  await redraw.check();
  assert.equal(redraw.problem.code, "no-ed25519");
  const asked = [];
  const able = open({
    ed25519: async (publicKey, signature, bytes) => {
      asked.push([publicKey.length, signature.length, bytes.length]);
      return true;
    },
  });
  await able.ready;
  assert.deepEqual(asked, [[32, 64, first.get("manifest.json").length]]);
  importKey.mock.restore();
});

test("text that is no key is named", async () => {
  for (const text of ["no key", key.text.slice(4), ""]) {
    const redraw = open({ keys: [text] });
    await redraw.check();
    assert.match(redraw.problem.message, /is no public key/);
  }
});

for (const [what, change, code] of [
  ["a format of the future", { format: 2 }, "bad-manifest"],
  ["no asking policy", { asking: null }, "bad-manifest"],
  ["no files", { files: [] }, "bad-manifest"],
  ["a network with other layers", { model: { backboneDigest: "", layers: [] } }, "bad-model"],
  ["another rule for canvases", { preprocessing: { rule: 99 } }, "other-rule"],
  ["no rule for canvases", { preprocessing: {} }, "other-rule"],
  ["fewer names than classes", { categories: ["sun", "tree"] }, "bad-model"],
]) {
  test(`a signed manifest with ${what} is refused`, async () => {
    assert.equal(await meetDamage(await makeVersion("v1.0.1", { signers: [key], change })), code);
  });
}

test("a manifest that is no JSON is refused", async () => {
  for (const text of ["{", "null", "[]", '"v1.0.1"']) {
    const bytes = Buffer.from(text);
    const files = new Map([["manifest.json", bytes]]);
    files.set(`signature-${key.id}.json`, await signManifest(bytes, key));
    assert.equal(await meetDamage(files), "bad-manifest");
  }
});
