"""List the corrections that took part in a version, page by page."""

import re
from collections import Counter
from functools import cache
from typing import NamedTuple

from pipeline.dataset.additions import Additions, load_additions
from pipeline.dataset.log import Log, list_log
from pipeline.drawings import image_digest
from pipeline.errors import InvalidDataset, NotFound, RedrawError
from pipeline.lineage.parts import find_part
from pipeline.lineage.reading import read_lineage
from pipeline.ports import ArtefactStore
from pipeline.records.dataset import Split
from pipeline.records.learning import LearnedCorrection, LearnedPage, Part
from pipeline.records.lineage import Lineage

PLACE_PATTERN = r"[0-9]{1,9}(\.[0-9]{1,9}){3}"


class Place(NamedTuple):
    """Where a page begins.

    revision, row: the first correction of the page. train, val: how many answers of these splits
    are before it. So no page reads the revisions before its first.
    """

    revision: int = 1
    row: int = 0
    train: int = 0
    val: int = 0

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Return the place that a page gave as `next`; raise RedrawError for any other text."""
        if re.fullmatch(PLACE_PATTERN, text) is None:
            raise RedrawError(f"{text!r} is no place in a list: send what the page before gave")
        return cls(*map(int, text.split(".")))

    def __str__(self) -> str:
        return ".".join(map(str, self))


def list_learned(
    version: str, artefacts: ArtefactStore, *, after: str | None = None, limit: int
) -> LearnedPage:
    """Return a page of the corrections that a version's revision holds, with their parts.

    One revision is in memory at a time, and no page reads those before its first.

    Args:
        version: the version.
        artefacts: Storage.
        after: what the page before gave as `next_after`; None for the first page.
        limit: the largest number of corrections, 1 or more.

    Raises:
        NotFound: the version has no lineage, or Storage has lost a revision.
        RedrawError: `after` is no place.
    """
    lineage = read_lineage(version, artefacts)
    find = cache(lambda name: read_lineage(name, artefacts))
    log = open_log(artefacts, lineage.dataset.name)
    place = Place() if after is None else Place.parse(after)
    before = Counter({Split.TRAIN: place.train, Split.VAL: place.val})
    listed: list[LearnedCorrection] = []
    number, row = place.revision, place.row
    while number <= lineage.dataset.revision and len(listed) < limit:
        additions = read_additions(artefacts, log, number)
        end = min(len(additions.ids), row + limit - len(listed))
        for each in range(row, end):
            split = Split(str(additions.splits[each]))
            part = find_part(lineage, split, before[split], find)
            listed.append(_describe(additions, each, lineage, split, part))
            before[split] += 1
        number, row = (number, end) if end < len(additions.ids) else (number + 1, 0)
    there_is_more = number <= lineage.dataset.revision
    following = Place(number, row, before[Split.TRAIN], before[Split.VAL])
    return LearnedPage(corrections=listed, next_after=str(following) if there_is_more else None)


def open_log(artefacts: ArtefactStore, dataset: str) -> Log:
    """Return the log of a data set.

    Raises:
        NotFound: Storage has lost a part of it.
    """
    try:
        return list_log(artefacts, dataset)
    except InvalidDataset as fault:
        raise NotFound(str(fault)) from fault


def read_additions(artefacts: ArtefactStore, log: Log, number: int) -> Additions:
    """Return what a revision adds.

    Raises:
        NotFound: Storage has lost it, or it is damaged there.
    """
    if number not in log.revisions:
        raise NotFound(f"{log.path(number)} is missing in Storage: restore it from a backup")
    path = log.path(number)
    try:
        return load_additions(artefacts.read(path), f"the additions {path}")
    except InvalidDataset as fault:
        raise NotFound(str(fault)) from fault


def _describe(
    additions: Additions, row: int, lineage: Lineage, split: Split, part: Part
) -> LearnedCorrection:
    return LearnedCorrection(
        id=str(additions.ids[row]),
        digest=image_digest(additions.images[row]),
        label=lineage.dataset.categories[int(additions.labels[row])],
        split=split,
        revision=additions.revision,
        part=part,
    )
