"""Load the model and the asking policy of a published version."""

import json
import logging

from pipeline.errors import InvalidModel, NotFound, UnreadableDocument
from pipeline.model.file import load_predictor
from pipeline.model.predict import Predictor
from pipeline.ports import ArtefactStore, ModelRegistry
from pipeline.records.versions import ModelVersion, VersionStatus
from pipeline.storage_paths import VERSION_FILE, manifest_path, model_path
from pipeline.versions.asking import AskingPolicy
from pipeline.versions.manifest import read_manifest

log = logging.getLogger(__name__)


def find_baseline(version: ModelVersion, models: ModelRegistry) -> str:
    """Return the baseline whose backbone a version has, which may be the version itself.

    A version records it. Only where an early one does not, its parents are followed, so the number
    of versions does not matter. Where the document of an ancestor is missing, cannot be read or is
    not Redraw's, the one after it counts. A new baseline has a parent too, the champion that it was
    compared with, and never leads to that one's baseline.
    """
    while version.baseline is None and version.parent is not None:
        try:
            parent = models.get(version.parent)
        except (NotFound, UnreadableDocument) as error:
            log.warning("the baseline is not found, %s counts: %s", version.version, error)
            break
        if parent.status is VersionStatus.FOREIGN:
            break
        version = parent
    return version.baseline or version.version


def load_version(version: ModelVersion, artefacts: ArtefactStore) -> tuple[bytes, Predictor]:
    """Return the model file of a published version, and its predictor.

    Raises:
        InvalidModel: the file does not have the sha256 that the version's document and its manifest
            tell, or these two differ, or the document tells none.
    """
    path, manifest = model_path(version.version), manifest_path(version.version)
    recorded = {file.path: file for file in version.files}
    if path not in recorded:
        raise InvalidModel(
            f"models/{version.version} lists no file {path}: promote another version"
        )
    sha256 = recorded[path].sha256
    if manifest in recorded:
        told = read_manifest(artefacts.read(manifest, max_bytes=recorded[manifest].size))
        if recorded[path] not in told.files:
            raise InvalidModel(
                f"{manifest} and models/{version.version} tell different digests of {path}: "
                f"`redraw verify {version.version}` says more; promote another version"
            )
    data = artefacts.read(path)
    return data, load_predictor(data, sha256)


def read_policy(version: str, artefacts: ArtefactStore) -> AskingPolicy:
    """Return when to ask players about the guesses of a published version.

    Raises:
        ObjectMissing: the version has no asking policy.
    """
    path = VERSION_FILE.fill(version=version, name="asking.json")
    return AskingPolicy.from_document(json.loads(artefacts.read(path)))
