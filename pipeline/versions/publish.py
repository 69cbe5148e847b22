"""Publish a model as a version: number, files, manifest, check, and last `ready` and the release.

A version that is not `ready` cannot be released, so no client reads an incomplete one.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, TypeAlias

from pipeline.drawings import Images
from pipeline.errors import DamagedFormat, InvalidModel, ReleaseMoved
from pipeline.formats.check import check_files
from pipeline.ports import ArtefactStore, ModelRegistry
from pipeline.progress import OnProgress, silent
from pipeline.records.releases import Promotion
from pipeline.records.runs import Decision, Lease
from pipeline.records.versions import (
    FIRST_VERSION,
    ModelMetrics,
    ModelVersion,
    VersionFile,
    VersionNumber,
    VersionStatus,
)
from pipeline.run_errors import LeaseLost
from pipeline.signing.keys import SigningKey
from pipeline.storage_paths import VERSIONS_FOLDER, version_of
from pipeline.versions.contents import MakeFile
from pipeline.versions.documents import parse_numbers
from pipeline.versions.files import require_files
from pipeline.versions.giving_up import give_up, take_back
from pipeline.versions.intent import Intent, note_intent
from pipeline.versions.storing import list_contents, make_contents, store_contents

log = logging.getLogger(__name__)

NUMBER_ATTEMPTS = 3
"""Numbers that a publication tries, where Storage holds other files than it writes."""

ChooseNumber: TypeAlias = Callable[[Sequence[VersionNumber]], VersionNumber]
"""Picks the number of a new version from those that exist."""
CheckFiles: TypeAlias = Callable[[Mapping[str, bytes], Images], list[str]]
"""Loads files, given by name, and says how they differ from the model on these drawings."""


class Publication(NamedTuple):
    """What is published.

    run_id: the run, or the baseline, that publishes; it gets one version, however often it tries.
    files: by name, where `{version}` stands for the version's number; stored in this order.
    metrics: the figures that the game shows.
    parent: the champion that it was compared with; None for the first baseline. baseline: the one
    whose backbone it has; None for a baseline, which has its own.
    categories: the names of the classes, by label.
    golden: uint8 `(n, 28, 28)`: base drawings on which all files must guess alike.
    lease: of the run; None for the first baseline, which is no run. promotion: how the version is
    released in the transaction that makes it ready; None: it is not released.
    signer: the key that signs the manifest; None: nothing is signed.
    """

    run_id: str
    choose_number: ChooseNumber
    files: Mapping[str, MakeFile]
    metrics: ModelMetrics
    parent: str | None
    dataset_revision: int
    categories: Sequence[str]
    golden: Images
    gate: Decision | None = None
    baseline: str | None = None
    lease: Lease | None = None
    promotion: Promotion | None = None
    signer: SigningKey | None = None


class Published(NamedTuple):
    """The version, which is ready; and why it was not released although it was to be, or None."""

    version: ModelVersion
    not_released: str | None = None


def next_patch(existing: Sequence[VersionNumber]) -> VersionNumber:
    """Return the number of a retrain: the next PATCH above all that exist, released or not."""
    return max(existing, default=FIRST_VERSION).next_patch()


def next_baseline(existing: Sequence[VersionNumber]) -> VersionNumber:
    """Return the number of a baseline: v1.0.0, later the next MINOR."""
    return max(existing).next_minor() if existing else FIRST_VERSION


def publish(
    publication: Publication,
    artefacts: ArtefactStore,
    models: ModelRegistry,
    check: CheckFiles = check_files,
    on_progress: OnProgress = silent,
) -> Published:
    """Publish a version, and release it if the publication says so.

    The order makes it safe: a document that says `publishing`; a note of what will be stored; the
    files, the manifest behind them, each read back and compared; all of them loaded in a fresh
    process; then, in one transaction, `ready` and the release. Stopped anywhere and repeated with
    an equal publication, it ends in the same version with the same bytes.

    A number under whose path Storage holds other files is passed over: those may be the owner's own
    model. If such a file comes between, the number is given up, and the next is taken.

    Args:
        publication: what is published.
        artefacts: Storage.
        models: the registry.
        check: loads the files as clients would, see `pipeline.formats.check`.
        on_progress: called before each file is stored, and before all are checked. What it raises
            ends the publication, and leaves its number reserved.

    Raises:
        InvalidModel: Storage holds other bytes than were written, under several numbers; or a file
            does not guess as the model does.
        VersionNotReady: the version was ready before, and one of its files is missing or damaged.
        LeaseLost: the run was taken over, or has ended.
        Unavailable: a store does not answer, or the files could not be checked now.
    """
    taken = find_taken_numbers(artefacts)
    choose = _passing_over(taken, publication.choose_number)
    for _ in range(NUMBER_ATTEMPTS):
        reserved = models.reserve(
            publication.run_id, choose, _draft(publication), lease=publication.lease
        )
        try:
            published = _publish_as(
                reserved, publication, artefacts, models, check, on_progress=on_progress
            )
        except LeaseLost:
            take_back(reserved, artefacts, models)
            raise
        if published is not None:
            return published
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


def _draft(publication: Publication) -> ModelVersion:
    return ModelVersion(
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


def _publish_as(
    reserved: ModelVersion,
    publication: Publication,
    artefacts: ArtefactStore,
    models: ModelRegistry,
    check: CheckFiles,
    *,
    on_progress: OnProgress,
) -> Published | None:
    """Publish under a number that is reserved; None if it had to be given up."""
    if reserved.status is not VersionStatus.PUBLISHING:
        if publication.promotion is not None:
            signer = publication.signer
            require_files(reserved, artefacts, () if signer is None else [signer.public])
        return _commit(reserved, reserved.files, publication, models)
    try:
        intent = _store(reserved, publication, artefacts, check, on_progress)
    except DamagedFormat as fault:
        give_up(reserved, str(fault), artefacts, models, lease=publication.lease)
        raise
    except InvalidModel as fault:
        log.warning("%s is given up: %s", reserved.version, fault)
        give_up(reserved, str(fault), artefacts, models, lease=publication.lease)
        return None
    return _commit(reserved, intent.files, publication, models)


def _store(
    reserved: ModelVersion,
    publication: Publication,
    artefacts: ArtefactStore,
    check: CheckFiles,
    on_progress: OnProgress,
) -> Intent:
    """Note, store and check the files of a version whose number is reserved.

    Raises:
        InvalidModel: Storage holds other bytes than were to be written.
        DamagedFormat: a file does not guess as the model does.
    """
    # The metrics and the gate's decision are taken from the publication, not as Firestore returns
    # them: a repetition must write the same bytes.
    described = {
        "metrics": publication.metrics,
        "gate": publication.gate,
        "categories": list(publication.categories),
    }
    contents = make_contents(
        reserved.model_copy(update=described), publication.files, publication.signer
    )
    files = list_contents(reserved.version, contents)
    wanted = Intent(files, publication.metrics, publication.golden)
    intent = note_intent(reserved, wanted, artefacts)
    if list(intent.files) != files:
        raise InvalidModel(
            f"an earlier attempt wrote other files as {reserved.version}: Redraw, or a setting, was"
            " changed in between"
        )
    read = store_contents(reserved.version, contents, artefacts, on_progress)
    problems = check(read, intent.golden)
    if problems:
        raise DamagedFormat(
            f"{reserved.version} is not published, {'; '.join(problems)}: this is a defect of "
            "Redraw, report it"
        )
    return intent


def _commit(
    version: ModelVersion,
    files: Sequence[VersionFile],
    publication: Publication,
    models: ModelRegistry,
) -> Published:
    """End the publication: the version is ready, and released unless another one was meanwhile."""
    number, metrics, lease = version.version, publication.metrics, publication.lease
    if publication.promotion is not None:
        try:
            made = models.commit(
                number, files, metrics, lease=lease, promotion=publication.promotion
            )
        except ReleaseMoved as moved:
            return Published(models.commit(number, files, metrics, lease=lease), str(moved))
        return Published(made)
    return Published(models.commit(number, files, metrics, lease=lease))
