"""Say how much space objects of each kind take in Storage."""

from collections.abc import Iterable
from typing import NamedTuple

from pipeline.records.storage import StoredObject
from pipeline.storage_kinds import Deletion
from pipeline.storage_paths import classify_path

NAMES = {
    Deletion.NEVER: "data set",
    Deletion.REBUILT: "referees, and drawings for the pages",
    Deletion.AFTER_RUN: "intermediate results of runs",
    Deletion.WITH_VERSION: "versions",
    Deletion.BY_FORGETTING: "notes of runs that forget a player",
    Deletion.OWNER: "canvases, and receipts of forgotten players",
}
"""How a kind is called, by when its objects may be deleted."""


class Space(NamedTuple):
    """How many objects of a kind there are, and how many bytes they have together."""

    name: str
    objects: int
    size: int


def measure_space(objects: Iterable[StoredObject]) -> list[Space]:
    """Return the space by kind, the largest first."""
    sizes: dict[str, list[int]] = {}
    for stored in objects:
        kind = classify_path(stored.path)
        name = "not Redraw's" if kind is None else NAMES.get(kind.deletion, str(kind.deletion))
        sizes.setdefault(name, []).append(stored.size)
    spaces = [Space(name, len(each), sum(each)) for name, each in sizes.items()]
    return sorted(spaces, key=lambda space: (-space.size, space.name))
