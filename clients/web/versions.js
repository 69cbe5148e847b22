/** Load a version: manifest, signature, and as many of its weights as are new. */

import { fetchBytes, sha256 } from "./fetching.js";
import { readWeights, replaceHead } from "./model.js";
import { RedrawError } from "./problems.js";
import { checkSignature } from "./signatures.js";

const MOST_MANIFEST_BYTES = 4 * 1024 * 1024;
const MOST_WEIGHTS_BYTES = 4 * 1024 * 1024;
const PATH = /^models\/production\/(v[0-9]+\.[0-9]+\.[0-9]+)\/[^/]+$/;
const LAYERS = ["conv1/kernel", "conv1/bias", "conv2/kernel", "conv2/bias", "dense/kernel", "dense/bias"];

/**
 * Load a version and check every byte of it.
 *
 * @param {{version: string, manifestPath: string}} named as the release, or its trial, names it.
 * @param {object[]} loaded versions whose backbone may be used again.
 * @param {{fetch: Function, files: (path: string) => string, keys: string[], rule: number,
 *   ed25519?: Function}} options `files` returns the URL of a path in Storage; `rule` is the number
 *   of the rule by which this client prepares canvases.
 * @returns {Promise<{version: string, categories: string[], asking: object, manifest: object,
 *   model: object}>}
 * @throws {RedrawError} something is missing, damaged, or not what a trusted key has signed.
 */
export async function loadVersion({ version, manifestPath }, loaded, options) {
  if (PATH.exec(manifestPath)?.[1] !== version) {
    throw new RedrawError("bad-release", `the release names ${version}, but ${manifestPath}`);
  }
  const folder = manifestPath.slice(0, manifestPath.lastIndexOf("/") + 1);
  const locate = (name) => options.files(folder + name);
  const url = options.files(manifestPath);
  const bytes = await fetchBytes(options.fetch, url, MOST_MANIFEST_BYTES);
  if (options.keys.length) await checkSignature(bytes, options.keys, locate, options);
  const manifest = readManifest(bytes, version, url);
  const rule = manifest.preprocessing?.rule;
  if (rule !== options.rule) {
    throw new RedrawError(
      "other-rule",
      `${version} wants canvases prepared by rule ${rule}, and this client knows rule ` +
        `${options.rule}: take the redraw.js that came with it`,
    );
  }
  const model = await loadModel(manifest, folder, loaded, options);
  if (model.bias.length !== manifest.categories.length) {
    throw new RedrawError("bad-model", `${version} has another number of classes than names`);
  }
  return { version, categories: manifest.categories, asking: manifest.asking, manifest, model };
}

function readManifest(bytes, version, url) {
  let manifest;
  try {
    manifest = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new RedrawError("bad-manifest", `${url} is no JSON: ${cause.message}`, { cause });
  }
  if (manifest?.format !== 1) {
    throw new RedrawError("bad-manifest", `${url} has a format that this client does not know`);
  }
  if (manifest.version !== version) {
    throw new RedrawError("bad-manifest", `${url} is of ${manifest.version}, not of ${version}`);
  }
  const { asking, categories, files, model } = manifest;
  const isWhole =
    Array.isArray(files) &&
    Array.isArray(categories) &&
    categories.length >= 2 &&
    typeof asking?.thresholds === "object" &&
    typeof asking?.commonThreshold === "number" &&
    Array.isArray(model?.layers);
  if (!isWhole) throw new RedrawError("bad-manifest", `${url} lacks what a client needs`);
  if (String(model.layers.map((layer) => layer.name)) !== String(LAYERS)) {
    throw new RedrawError("bad-model", `${version} has a network that this client does not know`);
  }
  return manifest;
}

/** Return the weights; only those of the head are fetched if the backbone is there already. */
async function loadModel(manifest, folder, loaded, options) {
  const digest = manifest.model.backboneDigest;
  const alike = loaded.find((other) => other.manifest.model.backboneDigest === digest);
  const head = manifest.files.find((file) => file.path === `${folder}head.bin`);
  const whole = manifest.files.find((file) => file.path === `${folder}weights.bin`);
  const file = alike && head ? head : whole;
  if (!file) {
    throw new RedrawError("bad-manifest", `${manifest.version} has no weights.bin for web clients`);
  }
  const bytes = await fetchFile(file, options);
  try {
    return file === head ? replaceHead(alike.model, bytes.buffer) : readWeights(bytes.buffer);
  } catch (cause) {
    throw new RedrawError("bad-model", `${file.path}: ${cause.message}`, { cause });
  }
}

async function fetchFile({ path, size, sha256: digest }, { fetch, files }) {
  if (!(size > 0 && size <= MOST_WEIGHTS_BYTES)) {
    throw new RedrawError("bad-manifest", `the manifest says that ${path} has ${size} bytes`);
  }
  const bytes = await fetchBytes(fetch, files(path), size);
  if (bytes.length !== size) {
    throw new RedrawError("wrong-size", `${path} has ${bytes.length} bytes, not ${size}`);
  }
  if ((await sha256(bytes)) !== digest) {
    throw new RedrawError("wrong-digest", `${path} has another sha256 than the manifest says`);
  }
  return bytes;
}
