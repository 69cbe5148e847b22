"""Give up the number of a version that is not finished, and delete what was stored for it."""

import logging

from pipeline.errors import InvalidDataset, RedrawError
from pipeline.ports import ArtefactStore, ModelRegistry
from pipeline.records.runs import Lease
from pipeline.records.versions import ModelVersion, VersionStatus
from pipeline.versions.intent import read_intent
from pipeline.versions.storing import delete_stored

log = logging.getLogger(__name__)


def give_up(
    version: ModelVersion,
    why: str,
    artefacts: ArtefactStore,
    models: ModelRegistry,
    *,
    lease: Lease | None = None,
    by: str | None = None,
) -> ModelVersion:
    """Give up the number of a version, then delete what its publication has stored.

    Stopped in between, the version is among `unfinished`, and the janitor goes on with `clear`.

    Args:
        version: one that is being published.
        why: the reason, in a line.
        artefacts: Storage.
        models: the registry.
        lease: of the run that publishes; None if no worker can go on with it.
        by: who gives it up; None: its run.
    """
    given_up = models.give_up(
        version.version, by=by or version.run_id, why=why, lease=lease, clear=True
    )
    if given_up.clearing:
        clear(given_up, artefacts, models)
    return given_up


def give_up_reserved(
    run_id: str, why: str, artefacts: ArtefactStore, models: ModelRegistry, *, lease: Lease
) -> None:
    """Give up the numbers that a run has reserved and not made ready, see `give_up`.

    Repeated after a fault, it goes on where it was stopped.
    """
    for version in models.unfinished().records:
        if version.run_id != run_id:
            continue
        if version.clearing:
            clear(version, artefacts, models)
        else:
            give_up(version, why, artefacts, models, lease=lease)


def clear(version: ModelVersion, artefacts: ArtefactStore, models: ModelRegistry) -> list[str]:
    """Delete what the publication of a version that was given up has stored; return the paths.

    If its note is damaged, nothing proves what it stored, so nothing is deleted.
    """
    try:
        intent = read_intent(version, artefacts)
    except InvalidDataset as fault:
        log.warning("what %s has stored is not deleted: %s", version.version, fault)
        intent = None
    deleted = [] if intent is None else delete_stored(intent.files, artefacts)
    models.mark_cleared(version.version)
    return deleted


def take_back(version: ModelVersion, artefacts: ArtefactStore, models: ModelRegistry) -> None:
    """Delete what a publisher has stored after the number was given up, as it lost its lease.

    It slept, and others ended its publication. A version that has become ready is left alone. A
    fault is noted in the log: the publisher stops anyway.
    """
    try:
        ended = models.get(version.version)
        if ended.status is VersionStatus.WITHDRAWN and not ended.files:
            clear(ended, artefacts, models)
    except RedrawError as fault:
        log.warning("what %s has stored is not deleted: %s", version.version, fault)
