/** Check that one of the trusted keys has signed a manifest (Ed25519, by WebCrypto). */

import { fetchBytes, sha256 } from "./fetching.js";
import { RedrawError } from "./problems.js";

const MOST_BYTES = 4096;

/**
 * Return if one of the keys has signed the manifest.
 *
 * @param {Uint8Array} manifest its exact bytes.
 * @param {string[]} keys the trusted public keys: 32 bytes each, in base64.
 * @param {(name: string) => string} locate returns the URL of a file of the version.
 * @param {{fetch: Function, ed25519?: Function}} options `ed25519(key, signature, bytes)` checks a
 *   signature where the browser cannot; it resolves to a boolean.
 * @throws {RedrawError} no trusted key has signed it, or the browser cannot check.
 */
export async function checkSignature(manifest, keys, locate, { fetch, ed25519 = verify }) {
  let found = null;
  for (const key of keys.map(readKey)) {
    const keyId = (await sha256(key)).slice(0, 16);
    let bytes;
    try {
      bytes = await fetchBytes(fetch, locate(`signature-${keyId}.json`), MOST_BYTES);
    } catch (error) {
      if (error.code !== "not-found") throw error;
      continue; // another of the keys may have signed it
    }
    found = keyId;
    const signature = readSignature(bytes, keyId, await sha256(manifest));
    if (signature !== null && (await ed25519(key, signature, manifest))) return;
  }
  if (found === null) {
    throw new RedrawError("unsigned", `${locate("manifest.json")} is signed by no trusted key`);
  }
  throw new RedrawError(
    "wrong-signature",
    `${locate("manifest.json")} is not what the key ${found} has signed`,
  );
}

/** Return the signature in a signature file; null if it is none of this key over this manifest. */
function readSignature(bytes, keyId, manifestSha256) {
  try {
    const said = JSON.parse(new TextDecoder().decode(bytes));
    const fits =
      said.format === 1 &&
      said.algorithm === "Ed25519" &&
      said.keyId === keyId &&
      said.manifestSha256 === manifestSha256;
    if (!fits) return null;
    const signature = decodeBase64(said.signature);
    // The last character has bits that stand for nothing: only one of its spellings is taken.
    return btoa(String.fromCharCode(...signature)) === said.signature ? signature : null;
  } catch {
    return null;
  }
}

function readKey(text) {
  try {
    const key = decodeBase64(text);
    if (key.length === 32) return key;
  } catch {
    // It is no base64: the same error.
  }
  throw new RedrawError("wrong-signature", `${JSON.stringify(text)} is no public key in base64`);
}

function decodeBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

async function verify(key, signature, bytes) {
  let imported;
  try {
    imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  } catch (cause) {
    throw new RedrawError(
      "no-ed25519",
      "this browser cannot check Ed25519 signatures: give `ed25519`, a function that does",
      { cause },
    );
  }
  return crypto.subtle.verify("Ed25519", imported, signature, bytes);
}
