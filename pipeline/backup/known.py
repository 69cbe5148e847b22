"""What earlier backups in the same place know, so that equal objects are not copied again.

An object is known by its path and generation: Storage gives every write another generation. An
earlier backup that was interrupted counts as far as it got.
"""

import heapq
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import groupby
from typing import Any

from pydantic import ValidationError

from pipeline.backup.layout import UNFINISHED
from pipeline.backup.manifests import list_ids, read_manifest
from pipeline.backup.parts import read_objects
from pipeline.backup_errors import DamagedBackup
from pipeline.errors import NotFound, ObjectMissing
from pipeline.ports import ArtefactStore
from pipeline.records.backups import KeptObject, Part, RawObject

Find = Callable[[RawObject], KeptObject | None]


class Known:
    """The objects of the newest backup, and of those that were interrupted since."""

    def __init__(self, target: ArtefactStore, bucket: str) -> None:
        """Read which parts there are, but not yet the parts.

        Args:
            target: the place for backups.
            bucket: that is backed up: generations of another one say nothing.
        """
        self._target = target
        self._lists: list[list[Part]] = []
        for backup_id in list_ids(target):
            with suppress(DamagedBackup, NotFound):  # an older one serves as well
                manifest = read_manifest(backup_id, target)
                if manifest.bucket == bucket:
                    self._lists.append(manifest.objects)
                    break
        self.notes = [stored.path for stored in target.list(UNFINISHED)]
        """Of interrupted backups, and of one that is under way elsewhere."""
        unfinished: dict[str, list[Part]] = {}
        for path in self.notes:
            note = _read_note(target, path)
            if note is not None and note["bucket"] == bucket:
                owner = path.removeprefix(UNFINISHED).partition("/")[0]
                unfinished.setdefault(owner, []).append(note["part"])
        self._lists.extend(unfinished.values())

    def open(self, folder: str) -> Find:
        """Return a function that finds an object of a folder.

        It must be asked for objects in the order of their paths: the lists are read as it goes on.
        """
        lists = ([part for part in parts if part.name == folder] for parts in self._lists)
        streams = [_skip_damage(read_objects(self._target, parts)) for parts in lists]
        by_path = groupby(heapq.merge(*streams, key=_by_path), key=_by_path)
        place: tuple[str, list[KeptObject]] | None = ("", [])

        def find(wanted: RawObject) -> KeptObject | None:
            nonlocal place
            while place is not None and place[0] < wanted.path:
                following = next(by_path, None)
                place = None if following is None else (following[0], list(following[1]))
            if place is None or place[0] != wanted.path:
                return None
            return next((each for each in place[1] if _is_same(each, wanted)), None)

        return find


def write_note(path: str, bucket: str, part: Part, target: ArtefactStore) -> None:
    """Note a part that a backup under way has completed."""
    fields = {"bucket": bucket, "part": part.document()}
    target.create(path, json.dumps(fields).encode(), "application/json")


def _read_note(target: ArtefactStore, path: str) -> dict[str, Any] | None:
    try:
        fields = json.loads(target.read(path))
        return {"bucket": fields["bucket"], "part": Part.from_document(fields["part"])}
    except (ObjectMissing, ValueError, KeyError, TypeError, ValidationError):
        return None


def _skip_damage(objects: Iterator[KeptObject]) -> Iterator[KeptObject]:
    """Yield objects until a part is damaged: what is behind it is copied again."""
    with suppress(DamagedBackup):
        yield from objects


def _by_path(kept: KeptObject) -> str:
    return kept.path


def _is_same(kept: KeptObject, wanted: RawObject) -> bool:
    return (kept.generation, kept.size, kept.checksum) == (
        wanted.generation,
        wanted.size,
        wanted.checksum,
    )
