// Polling: how often the release is looked at, when the page is hidden, and after failures.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { Polling } from "../../clients/web/polling.js";

let looks;
let answer;
let page;
let polling;

/** Let a time pass, second by second, and what it starts run. */
async function pass(context, seconds) {
  for (let i = 0; i < seconds; i++) {
    context.mock.timers.tick(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function start(context, seconds = 60) {
  context.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const look = async () => {
    looks += 1;
    return answer;
  };
  polling = new Polling(look, seconds);
  await new Promise((resolve) => setImmediate(resolve));
}

beforeEach(() => {
  [looks, answer] = [0, { failed: false }];
  page = new EventTarget();
  page.hidden = false;
  globalThis.document = page;
});

afterEach(() => {
  polling.stop();
  delete globalThis.document;
});

function hide(hidden) {
  page.hidden = hidden;
  page.dispatchEvent(new Event("visibilitychange"));
}

test("it looks at once, and then about once in each pause", async (context) => {
  await start(context);
  assert.equal(looks, 1);
  await pass(context, 600);
  assert.ok(looks >= 10 && looks <= 12, String(looks));
});

test("a hidden page does not look; shown again it looks once", async (context) => {
  await start(context);
  hide(true);
  await pass(context, 600);
  assert.equal(looks, 1);
  hide(false);
  await pass(context, 1);
  assert.equal(looks, 2);
});

test("a page that is hidden for a moment does not look sooner", async (context) => {
  await start(context);
  await pass(context, 10);
  hide(true);
  hide(false);
  await pass(context, 1);
  assert.equal(looks, 1);
});

test("after failures the pause doubles, up to ten minutes", async (context) => {
  answer = { failed: true };
  await start(context);
  await pass(context, 3600);
  // After about 120, 240, 480 seconds, and then every 600 seconds.
  assert.ok(looks >= 7 && looks <= 10, String(looks));
  answer = { failed: false };
  await pass(context, 700);
  const before = looks;
  await pass(context, 600);
  assert.ok(looks - before >= 8, "all is well again, so it looks as often as before");
});

test("a server that says when to ask again is not asked before", async (context) => {
  answer = { failed: true, retryAfter: 1000 };
  await start(context);
  await pass(context, 990);
  assert.equal(looks, 1);
  await pass(context, 20);
  assert.equal(looks, 2);
});

test("a timer that comes too early ends nothing", async (context) => {
  // Browsers leave out fractions of milliseconds; this clock goes by seconds.
  await start(context);
  const later = globalThis.setTimeout;
  globalThis.setTimeout = (call, milliseconds) => later(call, milliseconds > 2000 ? milliseconds - 2000 : milliseconds);
  polling.stop();
  polling = new Polling(async () => ((looks += 1), answer), 60);
  await pass(context, 600);
  globalThis.setTimeout = later;
  assert.ok(looks >= 10, String(looks));
});

test("a clock that is set back does not keep it from looking", async (context) => {
  await start(context);
  context.mock.timers.setTime(Date.now() + 3_600_000);
  page.dispatchEvent(new Event("visibilitychange"));
  await pass(context, 1);
  assert.equal(looks, 2);
  const now = Date.now();
  context.mock.method(Date, "now", () => now - 3_600_000);
  await pass(context, 120);
  assert.ok(looks >= 3, String(looks));
});

test("stopped, it looks no more, whatever happens", async (context) => {
  await start(context);
  polling.stop();
  hide(true);
  hide(false);
  await pass(context, 600);
  assert.equal(looks, 1);
});
