"""Load what guessing needs of a published version: weights.bin by its manifest, without HDF5.

This is what the web client does (`clients/web/versions.js`): the signature of the manifest is
checked where keys are trusted, the size and the sha256 of the weights always.
"""

import logging
from collections.abc import Sequence
from typing import NamedTuple

from pydantic import ValidationError

from pipeline.drawings.rule import FIRST_RULE, RULE_VERSION
from pipeline.errors import InvalidModel, ObjectTooLarge
from pipeline.formats.weights import read_weights
from pipeline.model.predict import Predictor
from pipeline.ports import ArtefactStore
from pipeline.records.versions import VersionFile
from pipeline.signing.keys import PublicKey
from pipeline.storage_paths import VERSION_FILE, manifest_path
from pipeline.versions.asking import AskingPolicy
from pipeline.versions.manifest import Manifest, read_manifest
from pipeline.versions.signatures import find_valid_signer

MOST_MANIFEST_BYTES = 4 * 1024 * 1024
WEIGHTS_NAME = "weights.bin"

log = logging.getLogger(__name__)


class ServedVersion(NamedTuple):
    """A version that guesses: its number, its classes, when to ask, and its weights."""

    version: str
    categories: tuple[str, ...]
    policy: AskingPolicy
    model: Predictor


def load_served(
    version: str, artefacts: ArtefactStore, trusted: Sequence[PublicKey] = ()
) -> ServedVersion:
    """Return a version, of which every byte that counts was checked.

    Args:
        version: its number, as the release or its trial names it.
        artefacts: Storage.
        trusted: keys, one of which must have signed the manifest; none: no signature is needed.

    Raises:
        InvalidModel: something in it is damaged, forged, or of a kind that this Redraw does not
            know.
        ObjectMissing: Storage lacks the manifest or the weights.
        Unavailable: Storage does not answer.
    """
    data = _read(artefacts, manifest_path(version), MOST_MANIFEST_BYTES)
    if trusted and find_valid_signer(version, data, trusted, artefacts) is None:
        raise InvalidModel(
            f"none of the trusted keys has signed the manifest of {version}: sign it with "
            f"`redraw keys sign {version}` if you know that it is Redraw's, or promote another "
            "version"
        )
    manifest = read_manifest(data)
    if manifest.version != version:
        raise InvalidModel(f"the manifest of {version} is that of {manifest.version}")
    rule = manifest.preprocessing.get("rule", FIRST_RULE)
    if rule != RULE_VERSION:
        # Answers are collected, and versions judged, by the rule of this Redraw as well.
        log.warning(
            "%s was made with rule %s for canvases, and guesses those of rule %s",
            version, rule, RULE_VERSION,
        )  # fmt: skip
    model = read_weights(_read_weights(manifest, artefacts))
    if len(manifest.categories) != len(model.head_bias):
        raise InvalidModel(f"{version} has another number of classes than of their names")
    return ServedVersion(version, tuple(manifest.categories), _read_policy(manifest), model)


def _read_weights(manifest: Manifest, artefacts: ArtefactStore) -> bytes:
    path = VERSION_FILE.fill(version=manifest.version, name=WEIGHTS_NAME)
    listed = next((file for file in manifest.files if file.path == path), None)
    if listed is None:
        raise InvalidModel(f"the manifest of {manifest.version} lists no {WEIGHTS_NAME}")
    data = _read(artefacts, path, listed.size)
    if VersionFile.of(path, data) != listed:
        raise InvalidModel(f"{path} in Storage is not what was published")
    return data


def _read(artefacts: ArtefactStore, path: str, most: int) -> bytes:
    try:
        return artefacts.read(path, max_bytes=most)
    except ObjectTooLarge:
        raise InvalidModel(f"{path} in Storage is larger than what was published") from None


def _read_policy(manifest: Manifest) -> AskingPolicy:
    try:
        return AskingPolicy.from_document(manifest.asking)
    except ValidationError as fault:
        raise InvalidModel(
            f"the manifest of {manifest.version} does not say when to ask: "
            f"{fault.errors()[0]['msg']}"
        ) from None
