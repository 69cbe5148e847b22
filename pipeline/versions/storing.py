"""Store the files of a version, each once, and take back those of a number that is given up."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import PurePosixPath

from pipeline.errors import InvalidModel, ObjectExists, ObjectMissing, ObjectTooLarge
from pipeline.ports import ArtefactStore
from pipeline.progress import OnProgress, silent
from pipeline.records.versions import ModelVersion, VersionFile
from pipeline.signing.keys import SigningKey
from pipeline.storage_paths import VERSION_FILE
from pipeline.versions.content_types import CONTENT_TYPES
from pipeline.versions.contents import MakeFile
from pipeline.versions.describing import make_manifest
from pipeline.versions.signatures import sign_manifest


def make_contents(
    version: ModelVersion, files: Mapping[str, MakeFile], signer: SigningKey | None = None
) -> dict[str, bytes]:
    """Return the bytes of all files of a version by name, in the order in which they are stored.

    The manifest, which lists the others, follows them, and its signature is the last.

    Args:
        version: with its number.
        files: by name, where `{version}` stands for the number.
        signer: the key that signs the manifest; None: nothing is signed.
    """
    contents = {name.format(version=version.version): make(version) for name, make in files.items()}
    manifest = make_manifest(version, contents)
    signature = [] if signer is None else [sign_manifest(manifest, signer)]
    return dict([*contents.items(), ("manifest.json", manifest), *signature])


def list_contents(version: str, contents: Mapping[str, bytes]) -> list[VersionFile]:
    """Return path, size and sha256 of each file, in their order."""
    return [
        VersionFile.of(VERSION_FILE.fill(version=version, name=name), data)
        for name, data in contents.items()
    ]


def store_contents(
    version: str,
    contents: Mapping[str, bytes],
    artefacts: ArtefactStore,
    on_progress: OnProgress = silent,
) -> dict[str, bytes]:
    """Create each file once, read it back and compare; return what was read, by name.

    Raises:
        InvalidModel: Storage holds other bytes than were to be written.
    """
    read = {}
    for done, (name, data) in enumerate(contents.items()):
        on_progress(f"storing the files of {version}", done, len(contents))
        read[name] = _store(version, name, data, artefacts)
    on_progress(f"checking the files of {version}")
    return read


def _store(version: str, name: str, data: bytes, artefacts: ArtefactStore) -> bytes:
    path = VERSION_FILE.fill(version=version, name=name)
    # An earlier attempt may have stored it; the comparison tells whether it wrote the same.
    with suppress(ObjectExists):
        artefacts.create(path, data, CONTENT_TYPES[PurePosixPath(name).suffix])
    try:
        read = artefacts.read(path)
    except ObjectMissing:
        raise InvalidModel(f"{path} was deleted from Storage after it was written") from None
    if read != data:
        raise InvalidModel(f"{path} in Storage is not what was written: another program wrote it")
    return read


def delete_stored(files: Iterable[VersionFile], artefacts: ArtefactStore) -> list[str]:
    """Delete the objects that are these very files, and return their paths.

    One with other bytes was written by another program, and is left alone.
    """
    deleted = []
    for file in files:
        with suppress(ObjectMissing, ObjectTooLarge):
            data = artefacts.read(file.path, max_bytes=file.size)
            if VersionFile.of(file.path, data) == file:
                artefacts.delete(file.path)
                deleted.append(file.path)
    return deleted
