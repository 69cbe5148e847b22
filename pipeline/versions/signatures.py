"""Sign the manifest of a version, and check signatures.

A signature is a file of its own, `signature-{keyId}.json` beside the manifest. So a version can be
signed by several keys, and by a new one long after it was published: that is how keys rotate.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pipeline.canonical_json import dump_json
from pipeline.errors import ObjectMissing, ObjectTooLarge
from pipeline.ports import ArtefactStore
from pipeline.records.base import Record
from pipeline.signing.keys import PublicKey, SigningKey
from pipeline.storage_paths import SIGNATURE_NAME, VERSION_FILE

FORMAT, ALGORITHM = 1, "Ed25519"
MOST_BYTES = 1000
"""A signature file has about 300 bytes."""


class Signature(Record):
    """What a signature file holds; `signature` is the base64 of 64 bytes."""

    format: int
    algorithm: str
    key_id: str
    manifest_sha256: str
    signature: str


class CheckedSignature(NamedTuple):
    """A signature file: whose it is, what is wrong with it, and whether its key is known."""

    path: str
    key_id: str
    problem: str | None
    known: bool


def name_signature(key_id: str) -> str:
    """Return the name of the file with a key's signature."""
    return f"signature-{key_id}.json"


def sign_manifest(manifest: bytes, key: SigningKey) -> tuple[str, bytes]:
    """Return the name and the bytes of the file with a key's signature of a manifest.

    The same key and manifest give the same bytes: Ed25519 draws no random number.
    """
    signature = Signature(
        format=FORMAT,
        algorithm=ALGORITHM,
        key_id=key.public.id,
        manifest_sha256=hashlib.sha256(manifest).hexdigest(),
        signature=base64.b64encode(key.sign(manifest)).decode(),
    )
    return name_signature(key.public.id), dump_json(signature.document())


def find_fault(data: bytes, manifest: bytes, key_id: str, key: PublicKey | None) -> str | None:
    """Return what is wrong with a signature of a manifest; None if nothing is found.

    Args:
        data: the bytes of the signature file.
        manifest: the bytes of the manifest.
        key_id: the key that the file is named for.
        key: that key. None if it is not known: then all but the signature itself is checked.
    """
    try:
        fields = json.loads(data)
        signature = Signature.model_validate(fields)
        raw = base64.b64decode(signature.signature, validate=True)
    except ValueError:
        return "is no signature file"
    written = base64.b64encode(raw).decode()
    expected = (FORMAT, ALGORITHM, key_id, hashlib.sha256(manifest).hexdigest(), written)
    fault = None
    if dump_json(fields) != data:
        fault = "is not written as Redraw writes it"
    elif (found := tuple(signature.document().values())) != expected:
        names = ("format", "algorithm", "key", "manifest", "base64")
        wrong = next(
            name for name, *pair in zip(names, found, expected, strict=True) if len(set(pair)) > 1
        )
        fault = f"is about another {wrong}"
    elif key is not None and not key.has_signed(manifest, raw):
        fault = f"is not a signature of this manifest by the key {key.id}"
    return fault


def check_signatures(
    version: str,
    manifest: bytes,
    names: Iterable[str],
    trusted: Sequence[PublicKey],
    artefacts: ArtefactStore,
) -> list[CheckedSignature]:
    """Check the signature files of a version, in the order of their names.

    Whether one by a key that is not trusted is genuine cannot be checked: it counts for nothing.

    Args:
        version: its number, as text.
        manifest: the bytes of its manifest.
        names: of the files in its folder; other files are left out.
        trusted: the keys whose signatures count.
        artefacts: Storage.
    """
    keys = {key.id: key for key in trusted}
    checked = []
    for name in sorted(names):
        match = SIGNATURE_NAME.fullmatch(name)
        if match is None:
            continue
        path, key = VERSION_FILE.fill(version=version, name=name), keys.get(match[1])
        problem = _check_stored(path, manifest, match[1], key, artefacts)
        checked.append(CheckedSignature(path, match[1], problem, key is not None))
    return checked


def find_valid_signer(
    version: str, manifest: bytes, trusted: Sequence[PublicKey], artefacts: ArtefactStore
) -> PublicKey | None:
    """Return the first trusted key that has signed a version's manifest; None: none has."""
    return next(
        (
            key
            for key in trusted
            if _check_stored(
                VERSION_FILE.fill(version=version, name=name_signature(key.id)),
                manifest,
                key.id,
                key,
                artefacts,
            )
            is None
        ),
        None,
    )


def _check_stored(
    path: str, manifest: bytes, key_id: str, key: PublicKey | None, artefacts: ArtefactStore
) -> str | None:
    try:
        data = artefacts.read(path, MOST_BYTES)
    except ObjectMissing:
        return "is missing in Storage"
    except ObjectTooLarge:
        return "is too large to be a signature"
    return find_fault(data, manifest, key_id, key)
