"""Publish a model as a version: number, files, manifest, and last the status `ready`.

A version that is not `ready` cannot be released, so no client reads an incomplete one.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import NamedTuple, TypeAlias

from pipeline.errors import InvalidModel, ObjectExists
from pipeline.ports import ArtefactStore, ModelRegistry
from pipeline.records.runs import Decision
from pipeline.records.versions import (
    FIRST_VERSION,
    ModelMetrics,
    ModelVersion,
    VersionFile,
    VersionNumber,
    VersionStatus,
)
from pipeline.signing.keys import SigningKey
from pipeline.storage_paths import VERSION_FILE, VERSIONS_FOLDER, version_of
from pipeline.versions.contents import MakeFile
from pipeline.versions.describing import make_manifest
from pipeline.versions.documents import parse_numbers
from pipeline.versions.signatures import sign_manifest

log = logging.getLogger(__name__)

NUMBER_ATTEMPTS = 3
"""Numbers that a publication tries, where Storage holds other files than it writes."""

CONTENT_TYPES = {
    ".h5": "application/x-hdf5",
    ".json": "application/json",
    ".html": "text/html; charset=utf-8",
    ".bin": "application/octet-stream",
    ".onnx": "application/octet-stream",
    ".tflite": "application/octet-stream",
}

ChooseNumber: TypeAlias = Callable[[Sequence[VersionNumber]], VersionNumber]
"""Picks the number of a new version from those that exist."""


class Publication(NamedTuple):
    """What is published.

    run_id: the run, or the baseline, that publishes; it gets one version, however often it tries.
    files: by name, where `{version}` stands for the version's number; stored in this order.
    metrics: the figures that the game shows.
    parent: the champion that it was compared with; None for the first baseline. baseline: the one
    whose backbone it has; None for a baseline, which has its own.
    categories: the names of the classes, by label.
    signer: the key that signs the manifest; None: nothing is signed.
    """

    run_id: str
    choose_number: ChooseNumber
    files: Mapping[str, MakeFile]
    metrics: ModelMetrics
    parent: str | None
    dataset_revision: int
    categories: Sequence[str]
    gate: Decision | None = None
    baseline: str | None = None
    signer: SigningKey | None = None


def next_patch(existing: Sequence[VersionNumber]) -> VersionNumber:
    """Return the number of a retrain: the next PATCH above all that exist, released or not."""
    return max(existing, default=FIRST_VERSION).next_patch()


def next_baseline(existing: Sequence[VersionNumber]) -> VersionNumber:
    """Return the number of a baseline: v1.0.0, later the next MINOR."""
    return max(existing).next_minor() if existing else FIRST_VERSION


def publish(
    publication: Publication, artefacts: ArtefactStore, models: ModelRegistry
) -> ModelVersion:
    """Publish a version and return it, `ready`. This does not release it.

    The order makes it safe: a document that says `publishing`; the files, the manifest last, each
    read back and compared; then `ready`. Stopped anywhere and repeated with an equal publication,
    it ends in the same version with the same bytes.

    A number under whose path Storage holds other files is passed over: those may be the owner's own
    model. If such a file comes between, the number is given up, and the next is taken.

    Raises:
        InvalidModel: Storage holds other bytes than were written, under several numbers.
    """
    taken = find_taken_numbers(artefacts)
    draft = ModelVersion(
        version="",
        storage_path="",
        created_at=datetime.now(UTC).replace(microsecond=0),
        parent=publication.parent,
        baseline=publication.baseline,
        dataset_revision=publication.dataset_revision,
        categories=list(publication.categories),
        run_id=publication.run_id,
        gate=publication.gate,
    )
    for _ in range(NUMBER_ATTEMPTS):
        reserved = models.reserve(
            publication.run_id, _passing_over(taken, publication.choose_number), draft
        )
        if reserved.status is not VersionStatus.PUBLISHING:
            return reserved
        # The metrics and the gate's decision are taken from the publication, not as Firestore
        # returns them: a repetition must write the same bytes.
        described = {
            "metrics": publication.metrics,
            "gate": publication.gate,
            "categories": list(publication.categories),
        }
        try:
            files = store_files(
                reserved.model_copy(update=described),
                publication.files,
                artefacts,
                publication.signer,
            )
        except InvalidModel as fault:
            log.warning("%s is given up: %s", reserved.version, fault)
            models.give_up(reserved.version, by=publication.run_id, why=str(fault))
            continue
        return models.commit(reserved.version, files, publication.metrics)
    raise InvalidModel(
        f"the files of a version did not read back as they were written, under {NUMBER_ATTEMPTS} "
        f"numbers: find out what else writes to {VERSIONS_FOLDER} in Storage, "
        "then request another run"
    )


def find_taken_numbers(artefacts: ArtefactStore) -> set[VersionNumber]:
    """Return the numbers under whose path Storage holds any object, also of another program."""
    folders = {version_of(stored.path) for stored in artefacts.list(VERSIONS_FOLDER)}
    return set(parse_numbers(folders))


def _passing_over(taken: Collection[VersionNumber], choose: ChooseNumber) -> ChooseNumber:
    """Return a function that chooses as `choose` does, but none of the numbers in `taken`."""

    def choose_free(existing: Sequence[VersionNumber]) -> VersionNumber:
        number = choose(existing)
        while number in taken:
            number = choose([*existing, number])
        return number

    return choose_free


def store_files(
    version: ModelVersion,
    files: Mapping[str, MakeFile],
    artefacts: ArtefactStore,
    signer: SigningKey | None = None,
) -> list[VersionFile]:
    """Store the files of a version, each created once and read back, then manifest and signature.

    Returns the files and the manifest. Signatures are not among them: later ones may be added.

    Raises:
        InvalidModel: Storage holds other bytes than were written.
    """
    contents: dict[str, bytes] = {}
    for name, make in files.items():
        contents[name.format(version=version.version)] = make(version)
    stored = [_store(version.version, name, data, artefacts) for name, data in contents.items()]
    manifest = make_manifest(version, contents)
    stored.append(_store(version.version, "manifest.json", manifest, artefacts))
    if signer is not None:
        _store(version.version, *sign_manifest(manifest, signer), artefacts)
    return stored


def _store(version: str, name: str, data: bytes, artefacts: ArtefactStore) -> VersionFile:
    path = VERSION_FILE.fill(version=version, name=name)
    # An earlier attempt may have stored it; the comparison tells whether it wrote the same.
    with suppress(ObjectExists):
        artefacts.create(path, data, CONTENT_TYPES[PurePosixPath(name).suffix])
    expected = VersionFile.of(path, data)
    if VersionFile.of(path, artefacts.read(path)) != expected:
        raise InvalidModel(f"{path} in Storage is not what was written: another program wrote it")
    return expected
