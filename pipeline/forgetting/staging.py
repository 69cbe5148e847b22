"""Find what ended runs have left in Storage that players, or a fit with their rows, went into."""

import logging
from collections.abc import Collection, Iterable

from pipeline.corrections.batches import Batch
from pipeline.errors import InvalidDataset, NotFound, ObjectMissing, UnreadableDocument
from pipeline.ports import ArtefactStore, RunStore
from pipeline.storage_kinds import Deletion
from pipeline.storage_paths import BATCH, CHALLENGER, RUN_ASKING, RUNS_FOLDER, classify_path, run_of

log = logging.getLogger(__name__)

FITTED = (CHALLENGER, RUN_ASKING)
"""What a run makes of its fit."""


def list_staging(artefacts: ArtefactStore, besides: str) -> list[str]:
    """Return the paths of what all runs but one have stored; all of these have ended.

    Args:
        artefacts: Storage.
        besides: the run in the slot: no other one is under way.
    """
    paths = (stored.path for stored in artefacts.list(RUNS_FOLDER))
    return [path for path in paths if run_of(path) != besides]


def choose_staging(paths: Iterable[str], fitted: Collection[str]) -> list[str]:
    """Return those objects of ended runs that hold players' data, or a fit with the player.

    Args:
        paths: of the objects.
        fitted: the runs whose challenger was fitted with the player's rows.
    """
    chosen = []
    for path in paths:
        kind = classify_path(path)
        holds = kind and kind.player_data and kind.deletion is Deletion.AFTER_RUN
        if holds or (kind in FITTED and run_of(path) in fitted):
            chosen.append(path)
    return chosen


def find_fitted(paths: Iterable[str], first: int, runs: RunStore) -> list[str]:
    """Return the runs that may have fitted a head to a revision.

    Args:
        paths: of what runs have stored.
        first: the revision; later ones hold its rows too.
        runs: their documents. A run whose document is gone, or says no revision, counts.
    """
    names = sorted({run_of(path) for path in paths if classify_path(path) in FITTED})
    return [name for name in names if _may_hold(name, first, runs)]


def _may_hold(name: str, first: int, runs: RunStore) -> bool:
    try:
        revision = runs.get(name).revision
    except (NotFound, UnreadableDocument):
        return True
    return revision is None or revision >= first


def find_collected(
    paths: Iterable[str], player: str, artefacts: ArtefactStore
) -> tuple[set[str], set[str]]:
    """Return the ids and the canvases of a player's corrections in what runs have collected.

    Their documents may be gone since. What cannot be read is passed over: it is deleted anyway.

    Args:
        paths: of what runs have stored.
        player: the hashed id.
        artefacts: Storage.
    """
    ids, canvases = set[str](), set[str]()
    for path in paths:
        if classify_path(path) is not BATCH:
            continue
        try:
            found = Batch.load(artefacts.read(path)).corrections
        except (InvalidDataset, ObjectMissing) as fault:
            log.warning("%s is passed over: %s", path, fault)
            continue
        mine = [each for each in found if each.player == player]
        ids.update(each.id for each in mine)
        canvases.update(each.path for each in mine if each.path)
    return ids, canvases
