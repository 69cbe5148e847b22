/** Send a correction to Firebase by its REST APIs: the canvas to Storage, a document to Firestore. */

import { request } from "./fetching.js";
import { RedrawError } from "./problems.js";

const THERE_ALREADY = [409, 412];
/** Codes of errors by which Firebase, or its SDK, says that a write is not allowed. */
const REFUSALS = ["refused", "permission-denied", "already-exists", "storage/unauthorized"];

/**
 * Return the two functions that a correction needs, for a Firebase project.
 *
 * @param {{project: string, bucket: string, token?: () => Promise<string>, collection?: string,
 *   storage?: string, firestore?: string}} firebase `token` resolves to the player's ID token;
 *   emulators need none. `storage` and `firestore` are the addresses of emulators.
 * @param {Function} fetch as the browser's.
 */
export function connectFirebase(firebase, fetch) {
  const {
    project,
    bucket,
    token,
    collection = "corrections",
    storage = "https://firebasestorage.googleapis.com",
    firestore = "https://firestore.googleapis.com",
  } = firebase;
  const database = `projects/${project}/databases/(default)`;
  const authorize = async (kind) => (token ? { Authorization: `${kind} ${await token()}` } : {});
  return {
    async sendCanvas(path, png) {
      const boundary = `redraw-${crypto.randomUUID()}`;
      const metadata = JSON.stringify({ name: path, contentType: "image/png" });
      const head = `--${boundary}\r\nContent-Type: application/json; charset=utf-8\r\n\r\n`;
      const middle = `\r\n--${boundary}\r\nContent-Type: image/png\r\n\r\n`;
      await post(fetch, `${storage}/v0/b/${bucket}/o?name=${encodeURIComponent(path)}`, {
        headers: {
          ...(await authorize("Firebase")),
          "X-Goog-Upload-Protocol": "multipart",
          "Content-Type": `multipart/related; boundary=${boundary}`,
        },
        body: new Blob([head, metadata, middle, png, `\r\n--${boundary}--`]),
      });
    },
    async sendDocument(id, fields) {
      const write = {
        update: { name: `${database}/documents/${collection}/${id}`, fields: encode(fields) },
        updateTransforms: [{ fieldPath: "timestamp", setToServerValue: "REQUEST_TIME" }],
        currentDocument: { exists: false },
      };
      await post(fetch, `${firestore}/v1/${database}/documents:commit`, {
        headers: { ...(await authorize("Bearer")), "Content-Type": "application/json" },
        body: JSON.stringify({ writes: [write] }),
      });
    },
  };
}

/** Return the fields of a correction's document, but for `correctedLabel` and `timestamp`. */
export function describeCorrection(guess, player, session, strokes) {
  return {
    drawingId: guess.id,
    sessionId: session,
    originalPrediction: guess.label,
    confidence: guess.confidence,
    userId: player,
    modelVersion: guess.version,
    imageStoragePath: `drawings/corrections/${guess.id}.png`,
    status: "pending",
    asked: guess.ask?.reason ?? "none",
    ...(guess.ask ? { askedChance: guess.ask.chance } : {}),
    ...(strokes ? { strokes } : {}),
  };
}

/**
 * A correction on its way: what was sent is not sent again, however often it is tried.
 *
 * If an answer was lost, it is not known whether the write arrived. A repetition is then refused by
 * security rules, which let a player create and not replace; so it counts as arrived.
 */
export class Delivery {
  #fields;
  #canvas;
  #document;
  #sending = null;

  /**
   * @param {object} fields of the document, but for `correctedLabel`.
   * @param {() => Promise<void>} sendCanvas stores the canvas.
   * @param {(fields: object) => Promise<void>} sendDocument creates the document.
   */
  constructor(fields, sendCanvas, sendDocument) {
    this.#fields = fields;
    this.#canvas = { send: sendCanvas, state: "new" };
    this.#document = { send: () => sendDocument(this.#fields), state: "new" };
  }

  /** Send what is left; reject if that fails. The first label that was sent stays. */
  send(label) {
    if (this.#document.state === "new" && !this.#sending) {
      this.#fields = { ...this.#fields, correctedLabel: label };
    }
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = null;
    });
    return this.#sending;
  }

  async #sendAll() {
    for (const step of [this.#canvas, this.#document]) {
      if (step.state === "done") continue;
      try {
        await step.send();
      } catch (error) {
        const isRefused = REFUSALS.includes(error.code);
        if (!isRefused || step.state !== "unknown") {
          if (!isRefused && error.code !== "rejected") step.state = "unknown";
          throw error;
        }
      }
      step.state = "done";
      step.send = null; // with it the pixels go
    }
  }
}

async function post(fetch, url, options) {
  const response = await request(fetch, url, { method: "POST", ...options });
  if (response.ok || THERE_ALREADY.includes(response.status)) return;
  const said = await response.text().catch(() => "");
  const code = response.status < 500 && response.status !== 429 ? "refused" : "unavailable";
  throw new RedrawError(
    code,
    `${new URL(url).host} does not take the correction: status ${response.status} ` +
      said.replace(/\s+/g, " ").slice(0, 300),
  );
}

/** Return fields as Firestore's REST API writes them. */
function encode(fields) {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, encodeValue(value)]),
  );
}

function encodeValue(value) {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "number") return { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(encodeValue) } };
  return { mapValue: { fields: encode(value) } };
}
