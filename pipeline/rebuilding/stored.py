"""Read what Storage holds of a version that is to be rebuilt."""

from pathlib import PurePosixPath
from typing import NamedTuple

from pydantic import ValidationError

from pipeline.errors import InvalidModel, NotRebuildable, ObjectMissing
from pipeline.ports import ArtefactStore
from pipeline.records.lineage import Lineage
from pipeline.records.versions import VersionFile, VersionNumber
from pipeline.storage_paths import VERSION_FILE, is_signature, version_folder
from pipeline.versions.manifest import Manifest, read_manifest

LINEAGE, MANIFEST = "lineage.json", "manifest.json"


class StoredVersion(NamedTuple):
    """A version as Storage holds it.

    files: by name, without signatures. problems: by the name of a file, what is wrong with it.
    """

    version: str
    lineage: Lineage
    files: dict[str, bytes]
    problems: dict[str, str]

    @property
    def model_name(self) -> str:
        """The name of its Keras file."""
        return f"quickdraw_{self.version}.h5"

    @property
    def model(self) -> bytes | None:
        """Its Keras file; None if Storage has lost or changed it."""
        return None if self.model_name in self.problems else self.files.get(self.model_name)


def read_stored(version: str, artefacts: ArtefactStore) -> StoredVersion:
    """Return a version's files, each compared with the digest in its manifest.

    Raises:
        NotRebuildable: there is no lineage, or none that can be read.
        RedrawError: it is no version number.
    """
    VersionNumber.parse(version)  # a lineage may name anything as its parent
    folder = version_folder(version)
    files = {
        PurePosixPath(stored.path).name: artefacts.read(stored.path)
        for stored in artefacts.list(f"{folder}/")
        if not is_signature(stored.path)
    }
    if LINEAGE not in files:
        raise NotRebuildable(
            f"{folder}/{LINEAGE} is missing in Storage: a version without it cannot be rebuilt"
        )
    try:
        lineage = Lineage.model_validate_json(files[LINEAGE])
    except ValidationError as error:
        problem = " ".join(str(error.errors()[0]["msg"]).split())
        raise NotRebuildable(
            f"{folder}/{LINEAGE} cannot be read ({problem}): restore it from a backup"
        ) from None
    if lineage.version != version:
        raise NotRebuildable(
            f"{folder}/{LINEAGE} is about {lineage.version}: restore it from a backup"
        )
    return StoredVersion(version, lineage, files, _find_problems(files))


def read_file(version: str, name: str, artefacts: ArtefactStore) -> bytes | None:
    """Return a file of a version that its manifest vouches for; None if it is not there so."""
    try:
        manifest = read_manifest(artefacts.read(VERSION_FILE.fill(version=version, name=MANIFEST)))
        path = VERSION_FILE.fill(version=version, name=name)
        listed = next((file for file in manifest.files if file.path == path), None)
        data = artefacts.read(path)
    except (ObjectMissing, InvalidModel):
        return None
    return data if listed == VersionFile.of(path, data) else None


def _find_problems(files: dict[str, bytes]) -> dict[str, str]:
    if MANIFEST not in files:
        return {MANIFEST: "is missing in Storage"}
    try:
        manifest: Manifest = read_manifest(files[MANIFEST])
    except InvalidModel as fault:
        return {MANIFEST: f"is damaged in Storage: {fault}"}
    problems = {}
    for listed in manifest.files:
        name = PurePosixPath(listed.path).name
        if name not in files:
            problems[name] = "is missing in Storage"
        elif VersionFile.of(listed.path, files[name]) != listed:
            problems[name] = "in Storage is not what the manifest lists: it was changed"
    return problems
