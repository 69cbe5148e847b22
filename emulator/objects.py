"""Objects on disk: their bytes in files, their metadata in SQLite.

Each object's bytes are in a file of their own with a random name; the row in SQLite names the file.
To replace an object, the new file is written and moved into place first, then the row is changed,
then the old file is deleted. A kill at any moment leaves the row pointing to a complete file: the
old one or the new one. Files without a row are deleted at the next start.
"""

import base64
import hashlib
import json
import os
import sqlite3
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

import google_crc32c

from pipeline.files import create_folder

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT, name TEXT, generation INTEGER NOT NULL, file TEXT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (bucket, name)
);
"""
SETTABLE = frozenset(
    {
        "contentType",
        "metadata",
        "cacheControl",
        "contentDisposition",
        "contentLanguage",
        "customTime",
    }
)
"""The metadata that a client may set.

contentEncoding is not supported: the server would have to decompress for clients that cannot.
"""


class StorageError(Exception):
    """A request that is refused, with the HTTP status of the answer.

    Status 501 is for what Cloud Storage supports and this emulator does not.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def unsupported(feature: str) -> StorageError:
    """Return the error for a feature of Cloud Storage that this emulator does not support."""
    return StorageError(501, f"Redraw's Storage emulator does not support {feature}")


@dataclass(frozen=True)
class StoredObject:
    """The metadata of one object in its present generation."""

    bucket: str
    name: str
    generation: int
    metageneration: int
    size: int
    md5: str
    crc32c: str
    created: str
    updated: str
    file: str
    settable: dict[str, object] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        """A tag that changes with the object's bytes or metadata."""
        return base64.b64encode(f"{self.generation}/{self.metageneration}".encode()).decode()


@dataclass(frozen=True)
class Conditions:
    """The preconditions of a request, None where it has none. Generation 0 means: no object."""

    generation_match: int | None = None
    generation_not_match: int | None = None
    metageneration_match: int | None = None
    metageneration_not_match: int | None = None

    def check(self, stored: StoredObject | None, otherwise: int = 412) -> None:
        """Raise a StorageError when a precondition does not hold.

        Args:
            stored: the object, or None when there is none.
            otherwise: the status for a condition "not match"; a download answers 304 then.
        """
        generation = stored.generation if stored is not None else 0
        metageneration = stored.metageneration if stored is not None else 0
        if self.generation_match not in {None, generation} or self.metageneration_match not in {
            None,
            metageneration,
        }:
            raise StorageError(
                412, "At least one of the pre-conditions you specified did not hold."
            )
        if (
            generation == self.generation_not_match
            or metageneration == self.metageneration_not_match
        ):
            raise StorageError(
                otherwise, "At least one of the pre-conditions you specified did not hold."
            )


class Incoming:
    """The bytes of an upload under way, written to their own file and hashed as they arrive."""

    def __init__(self, path: Path, *, durable: bool) -> None:
        self.path = path
        self.size = 0
        self._file = path.open("wb", buffering=0)
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._crc32c = google_crc32c.Checksum()  # type: ignore[no-untyped-call]
        self._durable = durable

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self._file.write(data)
        self._md5.update(data)
        self._crc32c.update(data)  # type: ignore[no-untyped-call]
        self.size += len(data)

    @property
    def md5(self) -> str:
        """The digest of all bytes so far, in base64."""
        return base64.b64encode(self._md5.digest()).decode()

    @property
    def crc32c(self) -> str:
        """The checksum of all bytes so far, in base64."""
        return base64.b64encode(self._crc32c.digest()).decode()  # type: ignore[no-untyped-call]

    def finish(self) -> None:
        """Close the file, after its bytes are on the disk if the store is durable."""
        if self._durable:
            os.fsync(self._file.fileno())
        self._file.close()

    def discard(self) -> None:
        """Delete the bytes."""
        self._file.close()
        self.path.unlink(missing_ok=True)


class Objects:
    """The store of objects.

    Only the server's event loop uses it, so no other request can come between the check of a
    precondition and the write that depends on it.
    """

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self._files, self._incoming = folder / "objects", folder / "incoming"
        create_folder(self._files)
        create_folder(self._incoming)
        self._durable = durable
        self._connection = sqlite3.connect(
            folder / "storage.sqlite", isolation_level=None, check_same_thread=False
        )
        synchronous = "NORMAL" if durable else "OFF"
        self._connection.executescript(
            f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; {_SCHEMA}"
        )
        self._last: int = (
            self._connection.execute("SELECT max(generation) FROM objects").fetchone()[0] or 0
        )
        known = {file for (file,) in self._connection.execute("SELECT file FROM objects")}
        for path in (*self._incoming.iterdir(), *self._files.iterdir()):
            if path.name not in known:  # left by a killed server
                path.unlink()

    def receive(self) -> Incoming:
        """Start to receive the bytes of a new object."""
        return Incoming(self._incoming / uuid.uuid4().hex, durable=self._durable)

    def find(self, bucket: str, name: str) -> StoredObject | None:
        """Return the object with this name, or None."""
        row = self._connection.execute(
            "SELECT record FROM objects WHERE bucket = ? AND name = ?", (bucket, name)
        ).fetchone()
        return None if row is None else StoredObject(**json.loads(row[0]))

    def get(self, bucket: str, name: str, generation: int | None = None) -> StoredObject:
        """Return the object with this name and generation; raise a StorageError 404 if missing."""
        stored = self.find(bucket, name)
        if stored is None or generation not in {None, stored.generation}:
            raise StorageError(404, f"No such object: {bucket}/{name}")
        return stored

    def open(self, stored: StoredObject) -> BinaryIO:
        """Open the bytes of an object. They stay readable if it is deleted in the meantime."""
        return (self._files / stored.file).open("rb", buffering=0)

    def create(
        self,
        bucket: str,
        name: str,
        settable: dict[str, object],
        incoming: Incoming,
        conditions: Conditions,
    ) -> StoredObject:
        """Store received bytes as an object, replacing one with the same name."""
        incoming.finish()
        old = self.find(bucket, name)
        conditions.check(old)
        self._last = max(self._last + 1, time.time_ns() // 1000)
        now = _now()
        stored = StoredObject(
            bucket,
            name,
            self._last,
            1,
            incoming.size,
            incoming.md5,
            incoming.crc32c,
            now,
            now,
            incoming.path.name,
            settable,
        )
        incoming.path.rename(self._files / stored.file)
        self._record(stored)
        if old is not None:
            (self._files / old.file).unlink()
        return stored

    def patch(self, stored: StoredObject, changes: dict[str, object]) -> StoredObject:
        """Change the metadata of an object. None removes a field or, within `metadata`, a key."""
        settable = dict(stored.settable)
        metadata = changes.get("metadata")
        if isinstance(metadata, dict):
            old = settable.get("metadata")
            merged = {**(old if isinstance(old, dict) else {}), **metadata}
            changes = {
                **changes,
                "metadata": {key: value for key, value in merged.items() if value is not None}
                or None,
            }
        settable = {
            key: value for key, value in {**settable, **changes}.items() if value is not None
        }
        changed = replace(
            stored, metageneration=stored.metageneration + 1, updated=_now(), settable=settable
        )
        self._record(changed)
        return changed

    def delete(self, stored: StoredObject) -> None:
        """Delete an object."""
        self._connection.execute(
            "DELETE FROM objects WHERE bucket = ? AND name = ?", (stored.bucket, stored.name)
        )
        (self._files / stored.file).unlink()

    def list(self, bucket: str, prefix: str, start: str = "") -> Iterator[StoredObject]:
        """Yield the objects whose names begin with `prefix`, from the name `start` on, in order."""
        sql = "SELECT name, record FROM objects WHERE bucket = ? AND name >= ? ORDER BY name"
        for name, record in self._connection.execute(sql, (bucket, max(prefix, start))):
            if not name.startswith(prefix):
                return
            yield StoredObject(**json.loads(record))

    def clear(self) -> None:
        """Delete every object."""
        self._connection.execute("DELETE FROM objects")
        for path in self._files.iterdir():
            path.unlink()

    def close(self) -> None:
        """Close the database of the metadata."""
        self._connection.close()

    def _record(self, stored: StoredObject) -> None:
        row = (
            stored.bucket,
            stored.name,
            stored.generation,
            stored.file,
            json.dumps(asdict(stored)),
        )
        self._connection.execute("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?)", row)


def _now() -> str:
    seconds, nanos = divmod(time.time_ns(), 1_000_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{nanos // 1_000_000:03d}Z"
