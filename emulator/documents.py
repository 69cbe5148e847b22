"""Documents in SQLite: names to serialised protobuf bytes, read in views of one moment, and the clock that orders them."""

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from google.protobuf.timestamp_pb2 import Timestamp

from emulator.values import Document, Message

_PAGE = 256
_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (collection TEXT, id TEXT, data BLOB NOT NULL, PRIMARY KEY (collection, id));
CREATE TABLE IF NOT EXISTS clock (only INTEGER PRIMARY KEY CHECK (only = 1), micros INTEGER NOT NULL);
INSERT OR IGNORE INTO clock VALUES (1, 0);
"""


class View:
    """The documents as they stand at one moment."""

    def __init__(self, connection: sqlite3.Connection, micros: int) -> None:
        self._connection = connection
        self.time = timestamp(micros)

    def get(self, names: Sequence[str]) -> dict[str, Message | None]:
        """The documents of these names, None where there is none."""
        found: dict[str, Message | None] = dict.fromkeys(names)
        for at in range(0, len(names), _PAGE):
            keys = [part for name in names[at : at + _PAGE] for part in name.rpartition("/")[::2]]
            wanted = ",".join(["(?,?)"] * (len(keys) // 2))
            # CROSS JOIN keeps SQLite from reading the whole table for them.
            sql = (
                f"WITH wanted (c, i) AS (VALUES {wanted}) "  # noqa: S608 - nothing but question marks
                "SELECT c || '/' || i, data FROM wanted CROSS JOIN documents ON collection = c AND id = i"
            )
            for name, data in self._connection.execute(sql, keys):
                found[name] = Document.FromString(data)
        return found

    def scan(self, collection: str, start: str = "") -> Iterator[Message]:
        """The documents of a collection in order of id, from the id `start` on. Read page by page: most queries stop early."""
        sql = "SELECT id, data FROM documents WHERE collection = ? AND id >= ? ORDER BY id LIMIT ?"
        while rows := self._connection.execute(sql, (collection, start, _PAGE)).fetchall():
            for _, data in rows:
                yield Document.FromString(data)
            start = rows[-1][0] + "\0"  # the smallest id behind the last

    def ids(self, collection: str) -> list[str]:
        """The ids of the documents of a collection."""
        return [
            i
            for (i,) in self._connection.execute(
                "SELECT id FROM documents WHERE collection = ?", (collection,)
            )
        ]

    def collections_under(self, prefix: str) -> list[str]:
        """The paths of all collections that begin with `prefix` and hold a document, in order."""
        sql = "SELECT DISTINCT collection FROM documents WHERE collection >= ? AND collection < ? ORDER BY collection"
        return [path for (path,) in self._connection.execute(sql, (prefix, prefix + "\U0010ffff"))]

    def close(self) -> None:
        """Lets go of the moment."""
        self._connection.close()


class Documents:
    """The store. Hold `lock` around every use of it: one writer and one moment at a time keep everything simple."""

    def __init__(self, path: Path, *, durable: bool) -> None:
        self.lock = threading.RLock()
        self._path = path
        self._connection = self._connect()
        # In a write-ahead log a commit is in the file before it is acknowledged; NORMAL leaves to the system when
        # that reaches the disk, so a killed process loses nothing. In memory nobody reads it again.
        self._connection.executescript(
            f"PRAGMA journal_mode=WAL; PRAGMA synchronous={'NORMAL' if durable else 'OFF'}; {_SCHEMA}"
        )
        self._last: int = self._connection.execute("SELECT micros FROM clock").fetchone()[0]

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)

    def now(self) -> int:
        """Microseconds since 1970, never less than what anybody was told before."""
        self._last = max(self._last, time.time_ns() // 1000)
        return self._last

    def tick(self) -> int:
        """A time for a commit: later than anything anybody was told before."""
        self._last = max(self._last + 1, time.time_ns() // 1000)
        return self._last

    def latest(self) -> View:
        """The documents as they are now; valid while the lock is held."""
        return View(self._connection, self.now())

    def pin(self) -> View:
        """The documents as they are now, for as long as the view is kept open. SQLite holds the old pages for it."""
        connection = self._connect()
        connection.execute("BEGIN")
        connection.execute(
            "SELECT micros FROM clock"
        ).fetchone()  # the first read is what fixes the moment
        return View(connection, self.now())

    def store(self, changes: dict[str, bytes | None], micros: int) -> None:
        """Writes (bytes) or deletes (None) the named documents, all or none."""
        with closing(self._connection.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                keys = {name: name.rpartition("/")[::2] for name in changes}
                kept = [(*keys[name], data) for name, data in changes.items() if data is not None]
                gone = [keys[name] for name, data in changes.items() if data is None]
                cursor.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", kept)
                cursor.executemany("DELETE FROM documents WHERE collection = ? AND id = ?", gone)
                cursor.execute("UPDATE clock SET micros = ?", (micros,))
                cursor.execute("COMMIT")
            except BaseException:
                cursor.execute("ROLLBACK")
                raise

    def clear(self) -> None:
        """Forgets every document."""
        self._connection.execute("DELETE FROM documents")

    def close(self) -> None:
        """Ends the use of the file."""
        self._connection.close()


def timestamp(micros: int) -> Message:
    """Microseconds since 1970 as protobuf wants them."""
    return Timestamp(seconds=micros // 1_000_000, nanos=micros % 1_000_000 * 1000)
