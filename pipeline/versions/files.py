"""Watch over the files of published versions: a game loads them long after they were stored."""

from collections.abc import Iterable

from pipeline.errors import ObjectMissing, ObjectTooLarge, VersionNotReady
from pipeline.ports import ArtefactStore
from pipeline.records.storage import StoredObject
from pipeline.records.versions import ModelVersion, VersionFile
from pipeline.storage_paths import version_folder


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


def require_files(version: ModelVersion, artefacts: ArtefactStore) -> None:
    """Read all files of a version, as a game would, before it is released.

    Raises:
        VersionNotReady: a file is missing, or is not what was published.
    """
    if not version.files:
        raise VersionNotReady(f"{version.version} names no files: promote another version")
    problems = find_damaged(version.files, artefacts)
    if problems:
        raise VersionNotReady(
            f"{version.version} cannot be released, {'; '.join(problems)}: "
            "restore the object from a backup, or promote another version"
        )


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
