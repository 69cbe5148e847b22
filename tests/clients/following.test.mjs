// Following the release: questions with the tag, trials, faults, and what goes on without an answer.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { findHighest, isInTrial } from "../../clients/web/asking.js";
import { predict, readWeights } from "../../clients/web/model.js";
import { Redraw } from "../../clients/web/redraw.js";
import { fileUrl, makeDrawing, makeVersion, pathOf, Service } from "./service.mjs";

const first = await makeVersion("v1.0.0");
const second = await makeVersion("v1.0.1", { like: first });
const TRIAL = { version: "v1.0.1", share: 1, salt: "v1.0.1-3", kind: "shadow" };
const gone = (send) => send(410);

let service;
let problems;
let versions;
let opened = [];

beforeEach(async () => {
  service = await new Service().start();
  service.add("v1.0.0", first);
  service.add("v1.0.1", second);
  service.point("v1.0.0");
  [problems, versions] = [[], []];
});

afterEach(async () => {
  for (const redraw of opened.splice(0)) redraw.stop();
  await service.stop();
});

async function open(options = {}) {
  const redraw = new Redraw({
    service: service.url,
    player: "ada",
    onproblem: (problem) => problems.push(problem?.code ?? null),
    onversion: (version) => versions.push(version),
    ...options,
  });
  opened.push(redraw);
  await redraw.ready;
  return redraw;
}

const models = new Map(
  [first, second].map((files) => [
    files,
    readWeights(new Uint8Array(files.get("weights.bin")).buffer),
  ]),
);
const guessOf = (files, drawing) => findHighest(predict(models.get(files), drawing));

/** A drawing on which both versions agree, or one on which they do not. */
function findDrawing(agree) {
  for (let seed = 1; seed < 100; seed++) {
    const drawing = makeDrawing(seed);
    if ((guessOf(first, drawing) === guessOf(second, drawing)) === agree) return drawing;
  }
  throw new Error("there is no such drawing");
}

test("a release that has not changed costs one question with its tag, and nothing else", async () => {
  const redraw = await open();
  service.takeNames();
  assert.equal(await redraw.check(), false);
  assert.equal(service.requests.length, 1);
  assert.match(service.requests[0].headers["if-none-match"], /^"[0-9a-f]+"$/);
});

test("a promotion and a rollback are followed", async () => {
  const redraw = await open();
  for (const version of ["v1.0.1", "v1.0.0"]) {
    service.point(version);
    assert.equal(await redraw.check(), true);
    assert.equal((await redraw.guess(makeDrawing())).version, version);
  }
  assert.deepEqual(versions, ["v1.0.0", "v1.0.1", "v1.0.0"]);
});

test("without an answer it goes on with what it has, says so once, and says when all is well", async () => {
  const redraw = await open();
  service.answers.set("/v1/release", (_send, request) => request.destroy());
  await redraw.check();
  await redraw.check();
  assert.equal((await redraw.guess(makeDrawing())).version, "v1.0.0");
  assert.equal(redraw.problem.code, "offline");
  service.answers.clear();
  await redraw.check();
  assert.equal(redraw.problem, null);
  assert.deepEqual(problems, ["offline", null]);
});

for (const [status, code] of [[404, "no-release"], [500, "unavailable"], [503, "unavailable"]]) {
  test(`a release that is answered with ${status} changes nothing`, async () => {
    const redraw = await open();
    service.answers.set("/v1/release", (send) => send(status, "{}"));
    await redraw.check();
    assert.deepEqual([redraw.version, redraw.problem.code], ["v1.0.0", code]);
  });
}

for (const text of ["{", "null", "{}", '{"version": 1}', '{"version": "v1.0.1", "trial": {}}']) {
  test(`a release that says ${text} changes nothing`, async () => {
    const redraw = await open();
    service.answers.set("/v1/release", (send) => send(200, text));
    await redraw.check();
    assert.deepEqual([redraw.version, redraw.problem.code], ["v1.0.0", "bad-release"]);
  });
}

test("a manifest somewhere else is not fetched", async () => {
  const redraw = await open();
  for (const path of ["runs/run-1/manifest.json", pathOf("v1.0.0", "manifest.json"), "../x"]) {
    service.release = { version: "v1.0.1", manifestPath: path };
    await redraw.check();
    assert.deepEqual([redraw.version, redraw.problem.code], ["v1.0.0", "bad-release"]);
  }
});

for (const name of ["manifest.json", "head.bin"]) {
  for (const [status, code] of [[404, "not-found"], [410, "withdrawn"], [500, "unavailable"]]) {
    test(`${name} answered with ${status} keeps the old version, and is tried again`, async () => {
      const redraw = await open();
      service.point("v1.0.1");
      service.answers.set(fileUrl("v1.0.1", name), (send) => send(status));
      await redraw.check();
      assert.deepEqual([redraw.version, redraw.problem.code], ["v1.0.0", code]);
      service.answers.clear();
      await redraw.check();
      assert.deepEqual([redraw.version, redraw.problem], ["v1.0.1", null]);
    });
  }
}

test("a release that moves on while its files are fetched is followed at once", async () => {
  const redraw = await open();
  service.add("v1.0.2", await makeVersion("v1.0.2", { like: first }));
  service.point("v1.0.1");
  service.answers.set(fileUrl("v1.0.1", "head.bin"), (send) => {
    service.point("v1.0.2"); // the owner withdraws the version at this moment
    send(410);
  });
  await redraw.check();
  assert.deepEqual([redraw.version, redraw.problem, problems], ["v1.0.2", null, []]);
});

test("a guess that began with a version ends with it", async () => {
  const redraw = await open();
  service.point("v1.0.1");
  const guesses = [];
  const checking = redraw.check();
  for (let i = 0; i < 30; i++) {
    guesses.push(await redraw.guess(makeDrawing()));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await checking;
  guesses.push(await redraw.guess(makeDrawing()));
  for (const guess of guesses) {
    const files = guess.version === "v1.0.0" ? first : second;
    assert.equal(guess.label, redraw.categories[guessOf(files, makeDrawing())]);
  }
  assert.equal(guesses.at(-1).version, "v1.0.1");
});

test("in a shadow the released version's guess is shown, and a difference is asked about", async () => {
  service.point("v1.0.0", TRIAL);
  const redraw = await open();
  await redraw.check();
  const differs = await redraw.guess(findDrawing(false));
  assert.equal(differs.version, "v1.0.0");
  assert.deepEqual(differs.ask, { reason: "disagreement", chance: 1 });
  assert.notEqual(differs.other, differs.label);
  const agrees = await redraw.guess(findDrawing(true));
  assert.deepEqual([agrees.ask, agrees.other], [null, null]);
});

test("in a canary the version on trial is shown", async () => {
  service.point("v1.0.0", { ...TRIAL, kind: "canary" });
  const redraw = await open();
  await redraw.check();
  const guess = await redraw.guess(findDrawing(false));
  assert.deepEqual([guess.version, guess.ask], ["v1.0.1", null]);
});

test("who is not in a trial does not load its version", async () => {
  const trial = { ...TRIAL, share: 0.5 };
  service.point("v1.0.0", trial);
  for (const player of ["ada", "bob", "cleo", "dan", "eve", null]) {
    service.takeNames();
    const redraw = await open({ player });
    await redraw.check();
    const isIn = player !== null && (await isInTrial(trial, player));
    const loads = service.requests.some(({ url }) => url.includes("v1.0.1"));
    assert.equal(loads, isIn, player);
  }
});

test("a player who signs in later is in the trial from then on", async () => {
  service.point("v1.0.0", TRIAL);
  let player = null;
  const redraw = await open({ player: () => player });
  assert.equal((await redraw.guess(findDrawing(false))).ask, null);
  player = "ada";
  await redraw.check();
  assert.equal((await redraw.guess(findDrawing(false))).ask.reason, "disagreement");
});

test("a version on trial that cannot be loaded is as no trial", async () => {
  service.point("v1.0.0", TRIAL);
  service.answers.set(fileUrl("v1.0.1", "head.bin"), gone);
  const redraw = await open();
  await redraw.check();
  assert.equal((await redraw.guess(findDrawing(false))).ask, null);
  assert.equal(redraw.problem.code, "withdrawn");
});

test("a version that comes out of its trial is not fetched again", async () => {
  service.point("v1.0.0", TRIAL);
  const redraw = await open();
  await redraw.check();
  service.takeNames();
  service.point("v1.0.1");
  assert.equal(await redraw.check(), true);
  assert.deepEqual(service.takeNames(), ["release"]);
});

test("files may come from elsewhere", async () => {
  const elsewhere = await new Service().start();
  elsewhere.add("v1.0.0", first);
  const files = (path) => `${elsewhere.url}${fileUrl("v1.0.0", path.split("/").at(-1))}`;
  await open({ files });
  assert.deepEqual(service.takeNames(), ["release"]);
  await elsewhere.stop();
});

test("the audit and the margin are asked about as the signed manifest says", async () => {
  for (const [change, expected] of [
    [{ audit: 1 }, { reason: "audit", chance: 1 }],
    [{ commonThreshold: 2 }, { reason: "margin", chance: 1 }],
    [{ audit: 0.999999 }, { reason: "audit", chance: 0.999999 }],
  ]) {
    const asking = { version: "v2.0.0", audit: 0, thresholds: {}, commonThreshold: 0, ...change };
    service.add("v2.0.0", await makeVersion("v2.0.0", { change: { asking } }));
    service.point("v2.0.0");
    const redraw = await open();
    assert.deepEqual((await redraw.guess(makeDrawing())).ask, expected);
  }
});

test("an error in a game's own function does not end the looks at the release", async (context) => {
  const logged = context.mock.method(console, "error", () => undefined);
  const fail = () => {
    throw new Error("a defect of the game");
  };
  const redraw = await open({ onversion: fail, onproblem: fail });
  service.answers.set("/v1/release", (send) => send(500));
  await redraw.check();
  service.answers.clear();
  service.point("v1.0.1");
  assert.equal(await redraw.check(), true);
  assert.equal(logged.mock.callCount(), 4); // two versions, a problem and its end
});
