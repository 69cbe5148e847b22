"""Any document and object in dictionaries: the port of a backup, for unit tests."""

import base64
from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import google_crc32c

from pipeline.backup_errors import DocumentDiffers, MomentPassed
from pipeline.errors import ObjectExists, ObjectMissing
from pipeline.records.backups import KeptObject, RawDocument, RawObject


class MemoryRawDocuments:
    """RawDocuments over a dictionary of fields by path."""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, Any]] = {}
        self._moments: dict[datetime, dict[str, dict[str, Any]]] = {}

    def find_moment(self) -> datetime:
        moment = datetime.now(UTC)
        while moment in self._moments:
            moment += timedelta(microseconds=1)
        self._moments[moment] = deepcopy(self.documents)
        return moment

    def read(self, collection: str, at: datetime | None = None) -> Iterator[RawDocument]:
        if at is not None and at not in self._moments:
            raise MomentPassed("Firestore no longer has these documents: start the backup again")
        documents = self.documents if at is None else self._moments[at]
        found = [RawDocument(*each) for each in documents.items()]
        for each in sorted(found, key=lambda each: each.order):
            if each.path.partition("/")[0] == collection:
                yield deepcopy(each)

    def create(self, documents: Sequence[RawDocument]) -> None:
        for each in documents:
            if self.documents.setdefault(each.path, deepcopy(each.fields)) != each.fields:
                raise DocumentDiffers(
                    f"{each.path} exists with other fields: nothing is written over it; choose what"
                    " is kept with --existing"
                )

    def replace(self, documents: Sequence[RawDocument]) -> None:
        for each in documents:
            self.documents[each.path] = deepcopy(each.fields)


class _Stored(NamedTuple):
    data: bytes
    generation: int
    created: datetime
    fields: dict[str, Any]


class MemoryRawObjects:
    """RawObjects over a dictionary of bytes."""

    def __init__(self) -> None:
        self.objects: dict[str, _Stored] = {}
        self._generation = 0

    def put(self, path: str, data: bytes, **fields: Any) -> None:
        """Write an object, as a client does; `fields` by the names of the JSON API."""
        self._generation += 1
        given = {"contentType": "application/octet-stream"} | fields
        self.objects[path] = _Stored(data, self._generation, datetime.now(UTC), given)

    def list(self, prefix: str) -> Iterator[RawObject]:
        for path in sorted(self.objects):
            if path.startswith(prefix):
                stored = self.objects[path]
                checksum = base64.b64encode(
                    google_crc32c.value(stored.data).to_bytes(4, "big")
                ).decode()
                yield RawObject(
                    path,
                    len(stored.data),
                    stored.generation,
                    stored.created,
                    checksum,
                    deepcopy(stored.fields),
                )

    def read_to_file(self, path: str, generation: int, target: Path) -> None:
        stored = self.objects.get(path)
        if stored is None or stored.generation != generation:
            raise ObjectMissing(f"{path} was deleted or replaced meanwhile")
        target.write_bytes(stored.data)

    def create(self, kept: KeptObject, source: Path) -> None:
        if kept.path in self.objects:
            raise ObjectExists(f"{kept.path} exists already")
        self.replace(kept, source)

    def replace(self, kept: KeptObject, source: Path) -> None:
        self.put(kept.path, source.read_bytes(), **kept.fields)
