"""Find out what the local file of the data set holds, and whether it is what was written."""

import logging
import shutil
from pathlib import Path
from typing import NamedTuple

from pipeline.dataset.hdf5 import describe, read_base_digest, read_edition
from pipeline.dataset.verification import compute_digests
from pipeline.dataset.verified import (
    StoredRevision,
    Verified,
    is_intact,
    read_record,
    record_path,
    write_record,
)
from pipeline.errors import DatasetDamaged, InvalidDataset
from pipeline.files import follow_link
from pipeline.progress import OnProgress

logger = logging.getLogger(__name__)

FEATURES_FOLDER, TRAINING_FOLDER = "features", "rebaseline"
"""Beside the file: features of its drawings, and what a training of a baseline has learned."""


class LocalFile(NamedTuple):
    """What is known about the local file.

    last: the newest revision that it holds.
    digests: of its revisions, 0 first; empty if they are unknown.
    stored: the objects in Storage that are known to have these digests.
    intact: whether its rows have these digests.
    """

    last: int
    digests: list[str]
    stored: dict[int, StoredRevision]
    intact: bool


def discard_other_edition(path: Path, edition: int) -> bool:
    """Return whether the local file, if there is one, is of another edition of the log.

    Then it may hold drawings of a player who was forgotten since. So nothing of it may be used, or
    stored again: all that was computed from it is removed here, and its caller replaces it.

    Args:
        path: the local file.
        edition: the one that counts.
    """
    if not follow_link(path).exists():
        return False
    record = read_record(path)
    try:
        found = read_edition(path)
    except InvalidDataset:
        # What cannot be opened is taken for what it was, and was not if nothing tells that.
        found = record.edition if record else 0
    if found == edition:
        return False
    logger.warning("%s is replaced: a player was forgotten since it was written", path)
    for folder in (FEATURES_FOLDER, TRAINING_FOLDER):
        shutil.rmtree(path.parent / folder, ignore_errors=True)
    record_path(path).unlink(missing_ok=True)
    return True


def check_local(path: Path, base_digest: str | None, on_progress: OnProgress) -> LocalFile | None:
    """Compare the local file with what was written; None if there is none.

    Raises:
        InvalidDataset: it is no copy of this data set, or cannot be told to be one.
    """
    if not follow_link(path).exists():
        return None
    record = read_record(path)
    if record is not None and is_intact(path, record):
        local = LocalFile(len(record.digests) - 1, record.digests, record.stored, intact=True)
    else:
        local = _compare_rows(path, record, base_digest, on_progress)
    if base_digest is not None and local.digests and local.digests[0] != base_digest:
        raise InvalidDataset(
            f"{path} is not a copy of the data set that this project keeps in Storage: "
            "move it away and run again"
        )
    return local


def _compare_rows(
    path: Path, record: Verified | None, base_digest: str | None, on_progress: OnProgress
) -> LocalFile:
    """Compare the rows of a file with its digests, and record that they were compared."""
    known = record.stored if record else {}
    try:
        digests = compute_digests(path, on_progress)
    except DatasetDamaged as damage:
        if record is not None:
            last, digests = len(record.digests) - 1, record.digests
        elif base_digest is not None and _claims_base(path, base_digest):
            last, digests = describe(path).revision, []
        else:  # nothing shows that it is ours, so it is left alone
            raise InvalidDataset(str(damage)) from damage
        logger.warning("it is rebuilt from Storage: %s", damage)
        return LocalFile(last, digests, known, intact=False)
    before = record.digests if record else []
    same = {
        number: stored
        for number, stored in known.items()
        if digests[number : number + 1] == before[number : number + 1] != []
    }
    write_record(path, digests, same, read_edition(path))
    return LocalFile(len(digests) - 1, digests, same, intact=True)


def _claims_base(path: Path, base_digest: str) -> bool:
    """Return whether a damaged file still says that it began with this base."""
    try:
        return read_base_digest(path) == base_digest and describe(path).revision >= 0
    except InvalidDataset:
        return False
