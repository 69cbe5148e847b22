"""Write a new edition of the log, without some corrections: this is how a player is forgotten.

Revisions keep their numbers, also those that lose all of their rows. Each names its parent's
digest, so from the first one that loses a row on all have other digests than before.
"""

import json
from collections.abc import Collection, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.dataset.additions import Additions, dump_additions
from pipeline.dataset.log import Log, read_revision
from pipeline.errors import InvalidDataset, ObjectExists
from pipeline.log_paths import additions_path
from pipeline.ports import ArtefactStore
from pipeline.progress import OnProgress, silent
from pipeline.storage_paths import BASE_DIGEST, EDITION_MARK

ROWS = (
    "images", "labels", "ids", "players", "splits", "guesses", "confidences", "versions", "asked",
    "chances",
)  # fmt: skip
"""The columns of additions: one entry for each row."""
TEXTS = ("ids", "players", "splits", "versions")


class FoundRow(NamedTuple):
    """A row of the log that is to go: its correction, its split, and the revision that added it."""

    correction_id: str
    split: str
    revision: int


def find_rows(
    artefacts: ArtefactStore,
    log: Log,
    player: str,
    ids: Collection[str] = (),
    on_progress: OnProgress = silent,
) -> list[FoundRow]:
    """Find the rows of a player in all revisions in Storage.

    Args:
        artefacts: Storage.
        log: its listing, without gaps.
        player: the hashed id.
        ids: of corrections that are the player's, whatever the log says.
        on_progress: called after each revision.
    """
    wanted = {*ids}
    found = []
    for additions in _read_all(artefacts, log, on_progress):
        names, splits = additions.ids.tolist(), additions.splits.tolist()
        found += [
            FoundRow(name, splits[row], additions.revision)
            for row, name in enumerate(names)
            if additions.players[row] == player or name in wanted
        ]
    return found


def write_edition(
    artefacts: ArtefactStore,
    log: Log,
    edition: int,
    ids: Collection[str],
    on_progress: OnProgress = silent,
) -> None:
    """Store all revisions in a new edition, without these corrections. It may be repeated.

    It does not count before `complete_edition`.

    Args:
        artefacts: Storage.
        log: the listing of the edition that counts.
        edition: the number of the new one.
        ids: of the corrections to leave out.
        on_progress: called after each revision.

    Raises:
        InvalidDataset: Storage holds something else under one of the new paths.
    """
    parent = _read_base_digest(artefacts, log)
    for additions in _read_all(artefacts, log, on_progress):
        kept = drop_rows(additions, np.isin(additions.ids, [*ids]))._replace(parent=parent)
        path = additions_path(log.name, edition, kept.revision)
        _create_same(artefacts, path, dump_additions(kept))
        parent = kept.digest


def complete_edition(artefacts: ArtefactStore, log: Log, edition: int) -> None:
    """Store the mark of an edition, of which all revisions are stored: from now on it counts.

    Args:
        artefacts: Storage.
        log: the listing of the edition that counted until now.
        edition: the new one.
    """
    mark = {"edition": edition, "before": log.edition, "revisions": log.last}
    path = EDITION_MARK.fill(dataset=log.name, edition=edition)
    _create_same(artefacts, path, json.dumps(mark).encode())


def drop_rows(additions: Additions, dropped: NDArray[np.bool_]) -> Additions:
    """Return additions without some rows, as if they had never been there.

    Args:
        additions: of a revision, n rows.
        dropped: bool `(n,)`.
    """
    columns = {name: getattr(additions, name)[~dropped] for name in ROWS}
    # NumPy's texts are as wide as the longest: what is gone must not show in that either.
    for name in TEXTS:
        columns[name] = np.array(columns[name].tolist(), np.str_)
    return additions._replace(**columns)


def _read_all(artefacts: ArtefactStore, log: Log, on_progress: OnProgress) -> Iterator[Additions]:
    """Yield the additions of all revisions, each compared with the digest of its parent."""
    parent = _read_base_digest(artefacts, log) if log.last else ""
    for number in range(1, log.last + 1):
        additions = read_revision(artefacts, log, number, parent)
        yield additions
        parent = additions.digest
        on_progress("reading the log in Storage", number, log.last)


def _read_base_digest(artefacts: ArtefactStore, log: Log) -> str:
    return artefacts.read(BASE_DIGEST.fill(dataset=log.name)).decode().strip()


def _create_same(artefacts: ArtefactStore, path: str, data: bytes) -> None:
    """Create an object, or find that it is there with the same bytes."""
    try:
        artefacts.create(path, data)
    except ObjectExists:
        if artefacts.read(path) != data:
            raise InvalidDataset(
                f"{path} in Storage is not what this run writes: another program wrote it; delete "
                "the object, and repeat the run"
            ) from None
