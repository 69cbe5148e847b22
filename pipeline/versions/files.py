"""Watch over the files of published versions: a game loads them long after they were stored."""

from collections.abc import Iterable, Sequence

from pipeline.errors import InvalidModel, ObjectMissing, ObjectTooLarge, VersionNotReady
from pipeline.ports import ArtefactStore
from pipeline.records.storage import StoredObject
from pipeline.records.versions import ModelVersion, VersionFile
from pipeline.signing.keys import PublicKey
from pipeline.storage_paths import is_signature, manifest_path, version_folder
from pipeline.versions.manifest import compare_manifest, read_manifest
from pipeline.versions.signatures import find_valid_signer


def list_files_of(version: str, artefacts: ArtefactStore) -> dict[str, StoredObject]:
    """List what Storage holds of a version, by path: one request."""
    return {stored.path: stored for stored in artefacts.list(f"{version_folder(version)}/")}


def find_lost(version: ModelVersion, objects: dict[str, StoredObject]) -> list[str]:
    """Return what is wrong with the files of a version, without reading them: one line each.

    Args:
        version: a ready one.
        objects: what Storage holds, by path.
    """
    if not version.files:
        return [f"{version.version} names no files"]
    return [
        problem
        for file in version.files
        if (problem := _compare_size(file, objects.get(file.path)))
    ]


def find_damaged(files: Iterable[VersionFile], artefacts: ArtefactStore) -> list[str]:
    """Read files of a version and compare their sha256; return what is wrong, one line each."""
    return [problem for file in files if (problem := _compare_content(file, artefacts))]


def require_files(
    version: ModelVersion, artefacts: ArtefactStore, trusted: Sequence[PublicKey] = ()
) -> None:
    """Read all files of a version, as a game would, before it is released.

    Args:
        version: a ready one.
        artefacts: Storage.
        trusted: one of these keys must have signed its manifest; none: no signature is required.
            So a version that another program wrote into Firestore and Storage is not released.

    Raises:
        VersionNotReady: a file is missing, or is not what was published; the manifest tells
            something else than the version's document; or the signature is missing or not valid.
    """
    if not version.files:
        raise VersionNotReady(f"{version.version} names no files: promote another version")
    # Where a signature is required, a damaged one of another key does no harm.
    files = [file for file in version.files if not (trusted and is_signature(file.path))]
    problems = find_damaged(files, artefacts)
    if problems:
        raise VersionNotReady(
            f"{version.version} cannot be released, {'; '.join(problems)}: "
            "restore the object from a backup, or promote another version"
        )
    path = manifest_path(version.version)
    if path not in {file.path for file in version.files}:
        problems = [f"its document lists no {path}"] if trusted else []
    else:
        problems = find_manifest_faults(version, artefacts.read(path))
    if problems:
        raise VersionNotReady(
            f"{version.version} cannot be released, {'; '.join(problems)}: "
            "another program changed it; promote another version"
        )
    require_signature(version.version, artefacts, trusted)


def require_signature(
    version: str, artefacts: ArtefactStore, trusted: Sequence[PublicKey]
) -> PublicKey | None:
    """Return the trusted key that has signed a version's manifest; None where none is required.

    Raises:
        VersionNotReady: none of the trusted keys has signed it.
    """
    if not trusted:
        return None
    manifest = artefacts.read(manifest_path(version))
    signer = find_valid_signer(version, manifest, trusted, artefacts)
    if signer is None:
        raise VersionNotReady(
            f"{version} cannot be released, none of the trusted keys "
            f"({', '.join(key.id for key in trusted)}) has signed its manifest: if you know that "
            f"it is Redraw's, sign it with `redraw keys sign {version}`, or promote another version"
        )
    return signer


def find_manifest_faults(version: ModelVersion, data: bytes) -> list[str]:
    """Return what is wrong with a version's manifest, and where its document tells other things."""
    try:
        return compare_manifest(version, read_manifest(data))
    except InvalidModel as fault:
        return [str(fault)]


def _compare_size(file: VersionFile, stored: StoredObject | None) -> str | None:
    if stored is None:
        return f"{file.path} is missing in Storage"
    if stored.size != file.size:
        return f"{file.path} has {stored.size} bytes in Storage, not {file.size}"
    return None


def _compare_content(file: VersionFile, artefacts: ArtefactStore) -> str | None:
    try:
        data = artefacts.read(file.path, max_bytes=file.size)
    except ObjectMissing:
        return f"{file.path} is missing in Storage"
    except ObjectTooLarge:
        return f"{file.path} in Storage is larger than what was published"
    if VersionFile.of(file.path, data) != file:
        return f"{file.path} in Storage is not what was published"
    return None
