"""Compare a backup with a project: what is missing there, equal, different, and there alone.

Both are read in the same order, side by side, so that memory stays bounded.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import uuid4

from pipeline.backup.digests import measure_file
from pipeline.backup.windowed import map_in_order
from pipeline.errors import ObjectMissing
from pipeline.ports.raw import RawProject
from pipeline.records.backups import KeptObject, RawDocument, RawObject

T = TypeVar("T")
U = TypeVar("U")

NAMED = 5
"""So many documents and objects of each standing are named."""


class Standing(StrEnum):
    """How something in a backup, or in the project, stands to the other one."""

    MISSING = "missing"
    """In the backup alone."""
    EQUAL = "equal"
    DIFFERENT = "different"
    EXTRA = "extra"
    """In the project alone."""


@dataclass
class Comparison:
    """How many documents and objects stand how, and the first names of each."""

    counts: dict[tuple[str, Standing], int] = field(default_factory=dict)
    names: dict[Standing, list[str]] = field(default_factory=dict)

    def add(self, kind: str, standing: Standing, path: str) -> None:
        """Count something; kind: `documents` or `objects`."""
        self.counts[kind, standing] = self.counts.get((kind, standing), 0) + 1
        names = self.names.setdefault(standing, [])
        if len(names) < NAMED:
            names.append(path)

    @property
    def total(self) -> int:
        """How many documents and objects were compared."""
        return sum(self.counts.values())

    def count(self, standing: Standing) -> int:
        """Return how many documents and objects stand so."""
        return sum(number for (_, each), number in self.counts.items() if each is standing)


class Pair(NamedTuple, Generic[T, U]):
    """What a backup and a project have under one path; None where one of them has nothing."""

    standing: Standing
    ours: T | None
    theirs: U | None


def compare_documents(
    ours: Iterator[RawDocument], theirs: Iterator[RawDocument]
) -> Iterator[Pair[RawDocument, RawDocument]]:
    """Yield each document of a backup, a project, or both, with how it stands.

    Args:
        ours: of the backup, in Firestore's order.
        theirs: of the project, in the same order.
    """
    return _pair(ours, theirs, lambda each: each.order, lambda mine, found: mine == found)


def compare_objects(
    ours: Iterator[KeptObject], theirs: Iterator[RawObject]
) -> Iterator[Pair[KeptObject, RawObject]]:
    """Yield each object of a backup, a project, or both, with how it stands.

    Bytes are compared by their size and by the checksum that Storage has computed.
    """

    def are_equal(mine: KeptObject, found: RawObject) -> bool:
        return (mine.size, mine.checksum, mine.fields) == (found.size, found.checksum, found.fields)

    return _pair(ours, theirs, lambda each: each.path, are_equal)


def read_back(
    project: RawProject, objects: Iterator[RawObject], scratch: Path
) -> Iterator[KeptObject]:
    """Yield objects of a project with the sha256 of their bytes, each of which is read."""

    def measure(each: RawObject) -> KeptObject | None:
        place = scratch / uuid4().hex
        try:
            project.objects.read_to_file(each.path, each.generation, place)
            sha256 = measure_file(place)
        except ObjectMissing:
            return None
        finally:
            place.unlink(missing_ok=True)
        return KeptObject(each.path, each.size, sha256, each.checksum, each.generation, each.fields)

    return (kept for kept in map_in_order(measure, objects) if kept is not None)


def _pair(
    ours: Iterator[T],
    theirs: Iterator[U],
    order: Callable[[Any], Any],
    are_equal: Callable[[T, U], bool],
) -> Iterator[Pair[T, U]]:
    """Yield what has the same place in the order together; both come in this order."""
    mine, found = next(ours, None), next(theirs, None)
    while mine is not None or found is not None:
        if found is None or (mine is not None and order(mine) < order(found)):
            yield Pair(Standing.MISSING, mine, None)
            mine = next(ours, None)
        elif mine is None or order(found) < order(mine):
            yield Pair(Standing.EXTRA, None, found)
            found = next(theirs, None)
        else:
            standing = Standing.EQUAL if are_equal(mine, found) else Standing.DIFFERENT
            yield Pair(standing, mine, found)
            mine, found = next(ours, None), next(theirs, None)
