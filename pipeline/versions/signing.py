"""Sign versions that are published already: with the first key, or with a new one (rotation)."""

from collections.abc import Sequence
from contextlib import suppress

from pipeline.errors import InvalidModel, ObjectExists, ObjectMissing, VersionNotReady
from pipeline.ports import ArtefactStore, ModelRegistry
from pipeline.records.versions import ModelVersion, VersionStatus
from pipeline.signing.keys import PublicKey, SigningKey
from pipeline.storage_paths import VERSION_FILE, is_signature, manifest_path
from pipeline.versions.files import require_files
from pipeline.versions.signatures import find_valid_signer, sign_manifest


def sign_version(version: ModelVersion, artefacts: ArtefactStore, signer: SigningKey) -> bool:
    """Sign a ready version, after all its files were read; return whether it was not signed before.

    A signature of the same key that is damaged is replaced. Repeating it changes nothing.

    Raises:
        VersionNotReady: it is not ready, or its files are not what was published.
        InvalidModel: what was stored did not read back.
    """
    if version.status is not VersionStatus.READY:
        raise VersionNotReady(
            f"{version.version} is {version.status}; only a ready version is signed"
        )
    files = [file for file in version.files if not is_signature(file.path)]
    require_files(version.model_copy(update={"files": files}), artefacts)
    manifest = artefacts.read(manifest_path(version.version))
    name, data = sign_manifest(manifest, signer)
    path = VERSION_FILE.fill(version=version.version, name=name)
    with suppress(ObjectMissing):
        if artefacts.read(path) == data:
            return False
        artefacts.delete(path)
    with suppress(ObjectExists):  # another process repairs it too
        artefacts.create(path, data, "application/json")
    if artefacts.read(path) != data:
        raise InvalidModel(f"{path} in Storage is not what was written: another program wrote it")
    return True


def list_ready(models: ModelRegistry) -> list[ModelVersion]:
    """Return all versions that are ready, the highest number first."""
    return [model for model in models.list() if model.status is VersionStatus.READY]


def find_signer(
    version: ModelVersion, artefacts: ArtefactStore, trusted: Sequence[PublicKey]
) -> PublicKey | None:
    """Return a trusted key that has signed a ready version; None if none has."""
    try:
        manifest = artefacts.read(manifest_path(version.version))
    except ObjectMissing:
        return None
    return find_valid_signer(version.version, manifest, trusted, artefacts)
