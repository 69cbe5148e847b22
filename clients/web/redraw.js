/**
 * Redraw in a game: guess what a player draws, ask where it helps, and send corrections.
 *
 *     const redraw = new Redraw({ service: "https://redraw.example", keys: ["..."], player: uid });
 *     await redraw.ready;
 *     const guess = await redraw.guess(canvas);
 *     if (guess.ask) await redraw.correct(guess, answer);
 *
 * It loads the released version, checks each byte of it, and exchanges it between two guesses when
 * another one is released. It needs no other library and no build step.
 */

import { connectService } from "./answering.js";
import { decideAsking, findHighest, isInTrial } from "./asking.js";
import { InvalidDrawing, normalizeCanvas, RULE } from "./canvas.js";
import { predict } from "./model.js";
import { encodePng, readPixels } from "./pixels.js";
import { Polling } from "./polling.js";
import { RedrawError } from "./problems.js";
import { fetchRelease } from "./release.js";
import { connectFirebase, Delivery, describeCorrection } from "./sending.js";
import { loadVersion } from "./versions.js";

export { InvalidDrawing, RedrawError };

const SECONDS = 60;
const TOP = 3;
const ID = /^[A-Za-z0-9_-]{1,128}$/;

export class Redraw {
  /** Resolves when the first version is loaded; nothing can be guessed before. */
  ready;
  /** What is wrong at the moment, a RedrawError; null: nothing. */
  problem = null;

  #options;
  #current = null; // {shown, shadow, loaded}: replaced as a whole, so no guess sees half of each
  #followed = null; // {release, etag, player}: what was loaded without a problem
  #checking = null;
  #polling;
  #setReady;
  #guesses = new WeakMap();
  #deliveries = new Map();
  #session = newId();

  /**
   * Begin to load the released version.
   *
   * @param {object} options
   * @param {string} options.service the address of Redraw's service.
   * @param {string[]} [options.keys] public keys (32 bytes in base64), one of which must have signed
   *   a version. Without keys, digests show damage, but not forgery.
   * @param {string | null | (() => string | null)} [options.player] the player's Firebase uid.
   * @param {object} [options.firebase] `{project, bucket, token}`, where `token` is a function that
   *   resolves to the player's ID token: corrections go through Firebase's REST APIs.
   * @param {() => Promise<string>} [options.token] instead of `firebase`: resolves to the player's
   *   ID token; corrections go to the service, which writes them.
   * @param {() => Promise<string>} [options.appCheck] with `token`: resolves to an App Check token.
   * @param {(fields: object, png: Blob) => Promise<unknown>} [options.sendAnswer] instead of `token`:
   *   sends the fields of the correction and the canvas to a server of the game, which takes both.
   * @param {(path: string, png: Blob) => Promise<void>} [options.sendCanvas] instead of `firebase`:
   *   stores the canvas under `path`.
   * @param {(id: string, fields: object) => Promise<void>} [options.sendDocument] instead of
   *   `firebase`: creates `corrections/{id}`, with the server's time as `timestamp`.
   * @param {(path: string) => string} [options.files] returns the URL of a file in Storage; by
   *   default the service gives it out.
   * @param {number} [options.seconds] between two looks at the release.
   * @param {(problem: RedrawError | null) => void} [options.onproblem] is told what begins to be
   *   wrong, and null when all is well again. By default the console is told.
   * @param {(version: string) => void} [options.onversion] is told which version guesses from now on.
   * @param {Function} [options.ed25519] `(key, signature, bytes) => Promise<boolean>`, for browsers
   *   that cannot check signatures themselves.
   * @param {Function} [options.fetch] instead of the browser's.
   */
  constructor({ service, ...options }) {
    if (!globalThis.crypto?.subtle) {
      throw new RedrawError("insecure-page", "Redraw needs a page that came over HTTPS, or localhost");
    }
    const address = service.replace(/\/+$/, "");
    const fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
    this.#options = {
      keys: [],
      player: null,
      seconds: SECONDS,
      files: (path) => `${address}/v1/models/${path.split("/")[2]}/files/${path.split("/")[3]}`,
      onproblem: (problem) => problem && console.warn(`Redraw: ${problem.message}`),
      onversion: () => undefined,
      ...(options.firebase ? connectFirebase(options.firebase, fetch) : {}),
      sendAnswer:
        options.token && connectService(address, options.token, options.appCheck, fetch),
      ...options,
      fetch,
      release: `${address}/v1/release`,
      rule: RULE,
    };
    this.ready = new Promise((resolve) => {
      this.#setReady = resolve;
    });
    this.#polling = new Polling(() => this.#look(), this.#options.seconds);
  }

  /** The version whose guesses the player sees; null before it is loaded. */
  get version() {
    return this.#current?.shown.version ?? null;
  }

  /** The names of the classes of that version. */
  get categories() {
    return this.#current?.shown.categories ?? [];
  }

  /**
   * Guess what a canvas shows.
   *
   * @param {HTMLCanvasElement | OffscreenCanvas | ImageData | Uint8Array} source the canvas; or a
   *   drawing of 784 bytes, of which no correction can be sent.
   * @param {{id?: string}} [options] the id of the drawing. Give the same id for all guesses about
   *   one drawing: whether the player is asked depends on it. By default each guess has its own.
   * @returns {Promise<{id: string, label: string, confidence: number,
   *   top: {label: string, confidence: number}[], version: string,
   *   ask: null | {reason: string, chance: number}, other: string | null, drawing: Uint8Array}>}
   *   `ask` says why to ask the player what was drawn, null: do not ask. `other` is the class that
   *   a version on trial guesses, where it differs. `drawing` is what the model saw, 28 x 28.
   * @throws {InvalidDrawing} the canvas shows no drawing; its `reason` says why.
   */
  async guess(source, { id = newId() } = {}) {
    const current = this.#current;
    if (current === null) {
      throw new RedrawError("not-ready", "no version is loaded yet: wait for `redraw.ready`");
    }
    if (!ID.test(id)) throw new RedrawError("refused", "an id has letters, digits, _ and - alone");
    const image = source instanceof Uint8Array ? null : readPixels(source);
    const drawing = image === null ? source : normalizeCanvas(image);
    const { shown, shadow } = current;
    const probabilities = predict(shown.model, drawing);
    const tried = shadow && predict(shadow.model, drawing);
    const best = findHighest(probabilities);
    const ask = await decideAsking(shown.asking, probabilities, shown.categories, id, tried);
    const ranked = Array.from(probabilities, (confidence, i) => [confidence, i])
      .sort(([a, i], [b, j]) => b - a || i - j)
      .map(([confidence, i]) => ({ label: shown.categories[i], confidence }));
    const guess = Object.freeze({
      id,
      label: shown.categories[best],
      confidence: probabilities[best],
      top: ranked.slice(0, TOP),
      version: shown.version,
      ask,
      other: tried && findHighest(tried) !== best ? shadow.categories[findHighest(tried)] : null,
      drawing,
    });
    this.#guesses.set(guess, { image, categories: shown.categories });
    return guess;
  }

  /**
   * Send what the player says that a drawing shows, also if the guess was right.
   *
   * A drawing has one correction: called again for the same one, this sends only what has not
   * arrived yet, and changes nothing that has.
   *
   * @param {object} guess what `guess` returned.
   * @param {string} label one of the classes.
   * @param {{strokes?: {x: number[], y: number[]}[]}} [options] what the canvas was drawn with.
   * @returns {Promise<{id: string, status: "pending"}>}
   * @throws {RedrawError} it has not arrived; call this again to go on with it.
   */
  async correct(guess, label, { strokes } = {}) {
    const known = this.#guesses.get(guess);
    if (!known) throw new RedrawError("refused", "that is no guess of this Redraw");
    if (!known.categories.includes(label)) {
      throw new RedrawError("bad-label", `${JSON.stringify(label)} is no class of ${guess.version}`);
    }
    if (!this.#deliveries.has(guess.id)) {
      this.#deliveries.set(guess.id, this.#prepare(guess, known.image, strokes));
    }
    await this.#deliveries.get(guess.id).send(label);
    return { id: guess.id, status: "pending" };
  }

  /** Look at the release now; resolves when that is done, with whether the version has changed. */
  async check() {
    await this.#checking; // what it read may be from before this call
    const before = this.version;
    await this.#look();
    return this.version !== before;
  }

  /** Look at the release no more; what is loaded goes on guessing. */
  stop() {
    this.#polling.stop();
  }

  #prepare(guess, image, strokes) {
    const { sendAnswer, sendCanvas, sendDocument } = this.#options;
    const player = this.#player();
    if (image === null) throw new RedrawError("no-canvas", "a correction needs the canvas");
    if (sendAnswer) {
      return new Delivery(
        describeCorrection(guess, player, this.#session, strokes),
        async () => undefined, // the canvas goes with the rest
        async (whole) => sendAnswer(whole, await encodePng(image)),
      );
    }
    if (!player) throw new RedrawError("no-player", "a correction needs the player's uid: `player`");
    if (!sendCanvas || !sendDocument) {
      throw new RedrawError("nowhere-to-send", "give `token`, `firebase`, or two functions");
    }
    const fields = describeCorrection(guess, player, this.#session, strokes);
    return new Delivery(
      fields,
      async () => sendCanvas(fields.imageStoragePath, await encodePng(image)),
      (whole) => sendDocument(guess.id, whole),
    );
  }

  #player() {
    const { player } = this.#options;
    return typeof player === "function" ? player() : player;
  }

  /** Look at the release; all who call this meanwhile share one look. */
  #look() {
    this.#checking ??= this.#readRelease()
      .then(
        () => null,
        (error) => (error instanceof RedrawError ? error : describeDefect(error)),
      )
      .then((problem) => {
        this.#checking = null;
        const isNew = problem?.message !== this.problem?.message;
        this.problem = problem;
        if (isNew) tell(this.#options.onproblem, problem);
        return { failed: problem !== null, retryAfter: problem?.retryAfter };
      });
    return this.#checking;
  }

  async #readRelease(again = true) {
    const { fetch, release: url } = this.#options;
    const player = this.#player();
    const changed = await fetchRelease(fetch, url, this.#followed?.etag ?? null).catch(
      async (error) => {
        if (error.code === "offline" && this.#current === null) await this.#recall(player);
        throw error; // the service is asked again
      },
    );
    if (changed === null && player === this.#followed.player) return;
    const { release, etag } = changed ?? this.#followed;
    try {
      await this.#follow(release, player);
    } catch (error) {
      this.#followed = null; // so that the next look does not end with "unchanged"
      // The release may have moved on while its files were fetched.
      if (!again || !["withdrawn", "not-found"].includes(error.code)) throw error;
      await this.#readRelease(false);
      return;
    }
    this.#followed = { release, etag, player };
  }

  /** Guess with the version that the browser has kept since an earlier visit, if it has. */
  async #recall(player) {
    const { fetch, release: url } = this.#options;
    const kept = await fetchRelease(fetch, url, null, "force-cache").catch(() => null);
    if (kept) await this.#follow({ ...kept.release, trial: null }, player);
  }

  /** Load what the release names, and then guess with it. */
  async #follow(release, player) {
    const loaded = this.#current?.loaded ?? [];
    const load = async (named, others) =>
      others.find((other) => other.version === named.version) ??
      (await loadVersion(named, others, this.#options));
    const champion = await load(release, loaded);
    let next = { shown: champion, shadow: null, loaded: [champion] };
    try {
      if (release.trial && player && (await isInTrial(release.trial, player))) {
        const tried = await load(release.trial, [champion, ...loaded]);
        const roles =
          release.trial.kind === "canary" ? { shown: tried } : { shown: champion, shadow: tried };
        next = { ...next, ...roles, loaded: [champion, tried] };
      }
    } finally {
      this.#show(next); // without the trial, if that could not be loaded
    }
  }

  #show(next) {
    const before = this.version;
    this.#current = next;
    this.#setReady();
    if (this.version !== before) tell(this.#options.onversion, this.version);
  }
}

/** Call a function of the game; an error in it must not end the looks at the release. */
function tell(listener, value) {
  try {
    listener(value);
  } catch (error) {
    console.error(error);
  }
}

function describeDefect(cause) {
  return new RedrawError("unavailable", `an error in Redraw itself: ${cause.message}`, { cause });
}

function newId() {
  return crypto.randomUUID().replaceAll("-", "");
}
