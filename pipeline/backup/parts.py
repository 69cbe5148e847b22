"""The lists of a backup, as parts in the pool: compressed lines of JSON, one a document or object.

A part has so much that it fits into memory, however large the project is.
"""

import gzip
import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from pipeline.backup.layout import pool_path
from pipeline.backup.pool import Pool
from pipeline.backup_errors import DamagedBackup
from pipeline.errors import ObjectMissing
from pipeline.ports import ArtefactStore
from pipeline.records.backups import KeptObject, Part, RawDocument, dump_line

PART_LINES, PART_BYTES = 5_000, 16_000_000
"""A part ends after so many lines, or after so many bytes of them before compression."""
_LEVEL = 6


class PartWriter:
    """Collects lines, and puts them into the pool part by part."""

    def __init__(self, name: str, pool: Pool) -> None:
        self._name, self._pool = name, pool
        self._lines: list[bytes] = []
        self._size = 0
        self.parts: list[Part] = []

    def add(self, fields: object) -> Part | None:
        """Add a line; return the part that it completes, if it does."""
        line = dump_line(fields)
        self._lines.append(line)
        self._size += len(line)
        full = len(self._lines) >= PART_LINES or self._size >= PART_BYTES
        return self.close() if full else None

    def close(self) -> Part | None:
        """End the part under way, and return it; None if nothing was added."""
        if not self._lines:
            return None
        # Without the time of writing: equal lists are equal contents.
        data = gzip.compress(b"".join(self._lines), _LEVEL, mtime=0)
        part = Part(
            name=self._name, count=len(self._lines), size=len(data), sha256=self._pool.put(data)
        )
        self._lines, self._size = [], 0
        self.parts.append(part)
        return part


def read_documents(target: ArtefactStore, parts: Iterable[Part]) -> Iterator[RawDocument]:
    """Yield the documents of parts, in order; a line that cannot be read is a DamagedBackup."""
    for path, fields in _read_lines(target, parts):
        yield RawDocument(path, fields)


def read_objects(target: ArtefactStore, parts: Iterable[Part]) -> Iterator[KeptObject]:
    """Yield the objects of parts, in order; a line that cannot be read is a DamagedBackup."""
    for line in _read_lines(target, parts):
        yield KeptObject(*line)


def _read_lines(target: ArtefactStore, parts: Iterable[Part]) -> Iterator[Any]:
    for part in parts:
        path = pool_path(part.sha256)
        try:
            data = target.read(path)
        except ObjectMissing:
            raise DamagedBackup(f"{path}, a part of the list of {part.name}, is missing") from None
        if hashlib.sha256(data).hexdigest() != part.sha256:
            raise DamagedBackup(
                f"{path}, a part of the list of {part.name}, is damaged: its bytes have another"
                " digest"
            )
        with gzip.open(io.BytesIO(data)) as lines:
            for line in lines:
                yield json.loads(line)
