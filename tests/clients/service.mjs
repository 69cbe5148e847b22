// A service for tests: it gives out a release and the files of versions, and can be made to fail.
import { createCipheriv, createHash, webcrypto } from "node:crypto";
import { createServer } from "node:http";

import { RULE } from "../../clients/web/canvas.js";

const HEAD = 4 * 20 * 1601;
export const CATEGORIES = Array.from({ length: 20 }, (_, i) => `class-${i}`);
const SHAPES = [[3, 3, 1, 32], [32], [3, 3, 32, 64], [64], [1600, 20], [20]];
const NAMES = ["conv1/kernel", "conv1/bias", "conv2/kernel", "conv2/bias", "dense/kernel", "dense/bias"];

export async function makeKey() {
  const { privateKey, publicKey } = await webcrypto.subtle.generateKey("Ed25519", true, ["sign"]);
  const raw = Buffer.from(await webcrypto.subtle.exportKey("raw", publicKey));
  const id = sha256(raw).slice(0, 16);
  const sign = async (bytes) =>
    Buffer.from(await webcrypto.subtle.sign("Ed25519", privateKey, bytes)).toString("base64");
  return { text: raw.toString("base64"), id, sign };
}

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
export const pathOf = (version, name) => `models/production/${version}/${name}`;

/** Return weights that are the same for a version each time: the keystream of a cipher. */
function makeWeights(version) {
  const cipher = createCipheriv("aes-256-ctr", sha256(version).slice(0, 32), Buffer.alloc(16));
  const bytes = cipher.update(Buffer.alloc(50836));
  return Buffer.from(Float32Array.from(bytes, (byte) => (byte - 128) / 700).buffer);
}

/** Return the names and bytes of a version's files, signed by `signers`. */
export async function makeVersion(version, { like, signers = [], change = {} } = {}) {
  const weights = makeWeights(version);
  if (like) like.get("weights.bin").copy(weights, 0, 0, weights.length - HEAD);
  const files = new Map([
    ["weights.bin", weights],
    ["head.bin", weights.subarray(weights.length - HEAD)],
  ]);
  const manifest = {
    format: 1,
    version,
    categories: CATEGORIES,
    files: [...files].map(([name, bytes]) => ({
      path: pathOf(version, name),
      size: bytes.length,
      sha256: sha256(bytes),
    })),
    model: {
      backboneDigest: sha256(weights.subarray(0, weights.length - HEAD)),
      layers: NAMES.map((name, i) => ({ name, shape: SHAPES[i], dtype: "float32" })),
    },
    preprocessing: { rule: RULE },
    asking: { version, audit: 0, thresholds: {}, commonThreshold: 0 },
    ...change,
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  files.set("manifest.json", bytes);
  for (const key of signers) files.set(`signature-${key.id}.json`, await signManifest(bytes, key));
  return files;
}

export async function signManifest(bytes, key, change = {}) {
  const signed = {
    format: 1,
    algorithm: "Ed25519",
    keyId: key.id,
    manifestSha256: sha256(bytes),
    signature: await key.sign(bytes),
    ...change,
  };
  return Buffer.from(JSON.stringify(signed));
}

/** A running service. `answers` maps a path to a function that answers instead of the usual one. */
export class Service {
  versions = new Map();
  release = null;
  requests = [];
  answers = new Map();

  async start() {
    this.server = createServer((request, response) => this.#answer(request, response));
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  add(version, files) {
    this.versions.set(version, files);
    return files;
  }

  point(version, trial = null) {
    const manifestPath = pathOf(version, "manifest.json");
    this.release = {
      version,
      manifestPath,
      trial: trial && { manifestPath: pathOf(trial.version, "manifest.json"), ...trial },
    };
  }

  /** The names of the files that were asked for since the last call. */
  takeNames() {
    const names = this.requests.map(({ url }) => url.split("/").at(-1));
    this.requests = [];
    return names;
  }

  #answer(request, response) {
    const { url, headers } = request;
    this.requests.push({ url, headers });
    const send = (status, body = "", more = {}) => response.writeHead(status, more).end(body);
    const other = this.answers.get(url);
    if (other) return other(send, request, response);
    if (url === "/v1/release") {
      if (!this.release) return send(404);
      const body = JSON.stringify(this.release);
      const etag = `"${sha256(body)}"`;
      if (headers["if-none-match"] === etag) return send(304, "", { ETag: etag });
      return send(200, body, { ETag: etag });
    }
    const [, , , version, , name] = url.split("/");
    const file = this.versions.get(version)?.get(name);
    return file ? send(200, file) : send(404);
  }
}

export const fileUrl = (version, name) => `/v1/models/${version}/files/${name}`;

/** A drawing of one block; other seeds give other ones. */
export function makeDrawing(seed = 1) {
  const [left, top] = [(seed * 5) % 21, (seed * 7) % 20];
  const [right, bottom] = [left + 2 + (seed % 8), top + 2 + ((seed * 3) % 9)];
  return Uint8Array.from({ length: 784 }, (_, i) => {
    const [x, y] = [i % 28, Math.floor(i / 28)];
    return x >= left && x < right && y >= top && y < bottom ? 255 : 0;
  });
}
