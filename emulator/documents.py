"""Documents in SQLite, as serialized protobuf bytes by name, and the clock that orders commits."""

import heapq
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from google.protobuf.timestamp_pb2 import Timestamp

from emulator import entries
from emulator.spans import Span
from emulator.values import Document, Message

_PAGE = 256
KEPT_TIMES = 4
"""How many past times can be read at once."""
KEPT_MICROS = 3_600_000_000
"""How long a past time can be read: an hour, as in Firestore."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    collection TEXT, id TEXT, data BLOB NOT NULL, PRIMARY KEY (collection, id)
);
CREATE TABLE IF NOT EXISTS clock (
    only INTEGER PRIMARY KEY CHECK (only = 1), micros INTEGER NOT NULL
);
INSERT OR IGNORE INTO clock VALUES (1, 0);
"""


class View:
    """The documents as they were at one moment; `time` is that moment."""

    def __init__(
        self, connection: sqlite3.Connection, micros: int, *, pinned: bool = False
    ) -> None:
        self._connection = connection
        self._pinned = pinned
        self.time = timestamp(micros)

    def get(self, names: Sequence[str]) -> dict[str, Message | None]:
        """Return the documents with these names, None for a name without a document."""
        documents: dict[str, Message | None] = dict.fromkeys(names)
        for start in range(0, len(names), _PAGE):
            page = names[start : start + _PAGE]
            keys = [part for name in page for part in name.rpartition("/")[::2]]
            placeholders = ",".join(["(?,?)"] * (len(keys) // 2))
            # CROSS JOIN forces SQLite to look up each requested name by the primary key. With a
            # plain JOIN it may read the whole table instead.
            sql = (
                f"WITH requested (c, i) AS (VALUES {placeholders}) "  # noqa: S608 - question marks only
                "SELECT c || '/' || i, data FROM requested "
                "CROSS JOIN documents ON collection = c AND id = i"
            )
            for name, data in self._connection.execute(sql, keys):
                documents[name] = Document.FromString(data)
        return documents

    def scan(self, collection: str, start: str = "") -> Iterator[Message]:
        """Yield the documents of a collection in order of id, beginning with the id `start`.

        They are read page by page, because most queries stop early.
        """
        sql = "SELECT id, data FROM documents WHERE collection = ? AND id >= ? ORDER BY id LIMIT ?"
        while rows := self._connection.execute(sql, (collection, start, _PAGE)).fetchall():
            for _, data in rows:
                yield Document.FromString(data)
            start = rows[-1][0] + "\0"  # the smallest string that sorts after the last id

    def scan_tree(
        self, parent: str, first: tuple[str, ...], last: tuple[str, ...] | None
    ) -> Iterator[Message]:
        """Yield the documents of all collections below `parent`, in order of their names.

        Args:
            parent: the path of a document, or of the root.
            first: the segments of the first name; no document before it is yielded.
            last: the segments of a name behind which nothing needs to be yielded; None: no end.
        """
        parts: list[Iterator[Message]] = []
        for collection in self.list_collections(f"{parent}/"):
            path = tuple(collection.split("/"))
            inside = path == first[: len(path)]
            if (inside or path > first) and (last is None or path < last):
                start = first[len(path)] if inside and len(path) < len(first) else ""
                parts.append(self.scan(collection, start))
        # By segments: a slash comes before every other character of an id.
        return heapq.merge(*parts, key=lambda document: document.name.split("/"))

    def can_use(self, collection: str, spans: Sequence[Span]) -> bool:
        """Return whether there are indexes for all spans, after making those that are worth it."""
        if not self._pinned:
            entries.make_missing(self._connection, collection, spans)
        return entries.are_usable(self._connection, collection, spans)

    def count(self, collection: str) -> int:
        """Return how many documents a collection has."""
        sql = "SELECT COUNT(*) FROM documents WHERE collection = ?"
        return int(self._connection.execute(sql, (collection,)).fetchone()[0])

    def count_in(self, collection: str, spans: Sequence[Span], most: int = -1) -> int:
        """Return how many documents are in all spans of indexes, counted up to `most`."""
        return entries.count(self._connection, collection, spans, most)

    def scan_in(
        self,
        collection: str,
        spans: Sequence[Span],
        *,
        descending: bool = False,
        start: str = "",
    ) -> Iterator[Message]:
        """Yield the documents that are in all spans: see `entries.scan`."""
        return entries.scan(self._connection, collection, spans, descending=descending, start=start)

    def list_ids(self, collection: str) -> list[str]:
        """Return the ids of the documents of a collection, in no particular order."""
        sql = "SELECT id FROM documents WHERE collection = ?"
        return [name for (name,) in self._connection.execute(sql, (collection,))]

    def list_collections(self, prefix: str) -> list[str]:
        """Return the paths, in order, of all nonempty collections that begin with `prefix`."""
        sql = (
            "SELECT DISTINCT collection FROM documents "
            "WHERE collection >= ? AND collection < ? ORDER BY collection"
        )
        return [path for (path,) in self._connection.execute(sql, (prefix, prefix + "\U0010ffff"))]

    def close(self) -> None:
        """Release the view. SQLite can then discard the old pages that it kept for it."""
        self._connection.close()


class Documents:
    """The store of documents.

    The caller holds `lock` around every use: so there is one writer at a time, and `latest` cannot
    change while it is read.
    """

    def __init__(self, path: Path, *, durable: bool) -> None:
        self.lock = threading.RLock()
        self._path = path
        self._connection = self._connect()
        # With a write-ahead log a commit is in the file before it is acknowledged, so a killed
        # process loses nothing. NORMAL lets the system choose when the bytes reach the disk. OFF
        # is for a temporary folder, which is never read again.
        synchronous = "NORMAL" if durable else "OFF"
        self._connection.executescript(
            f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; {_SCHEMA} {entries.SCHEMA}"
        )
        self._last: int = self._connection.execute("SELECT micros FROM clock").fetchone()[0]
        self._changed = self._last
        """When something was written last."""
        self._past: dict[int, View] = {}

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)

    def now(self) -> int:
        """Return the time of a read, in microseconds since 1970; it never goes back.

        The system's clock may be set back, but a client must never see a time before an earlier
        answer.
        """
        self._last = max(self._last, time.time_ns() // 1000)
        return self._last

    def tick(self) -> int:
        """Return the time of a commit, which is later than any time returned before."""
        self._last = max(self._last + 1, time.time_ns() // 1000)
        return self._last

    def latest(self) -> View:
        """Return a view of the documents as they are now, valid while the lock is held."""
        return View(self._connection, self.now())

    def pin(self) -> View:
        """Return a view of the documents as they are now, valid until it is closed.

        It has its own connection with an open read transaction. SQLite keeps the old pages of the
        file for it while other connections write.
        """
        connection = self._connect()
        connection.execute("BEGIN")
        # BEGIN alone does not fix the moment: the first read does.
        connection.execute("SELECT micros FROM clock").fetchone()
        return View(connection, self.now(), pinned=True)

    def view_at(self, micros: int) -> View | None:
        """Return a view of the documents as they were at a time, None if that is not kept.

        A time is kept from when it is asked for first, and only then if nothing has been written
        since. The last KEPT_TIMES are kept, for KEPT_MICROS.
        """
        self._close_old()
        first = max(self._changed, self.now() - KEPT_MICROS)
        if micros not in self._past and first <= micros <= self.now():
            while len(self._past) >= KEPT_TIMES:
                self._past.pop(next(iter(self._past))).close()
            self._past[micros] = self.pin()
        return self._past.get(micros)

    def store(self, changes: dict[str, bytes | None], micros: int) -> None:
        """Write (bytes) or delete (None) the named documents, all or none."""
        self._close_old()
        with closing(self._connection.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                keys = {name: name.rpartition("/")[::2] for name in changes}
                written = [
                    (*keys[name], data) for name, data in changes.items() if data is not None
                ]
                deleted = [keys[name] for name, data in changes.items() if data is None]
                cursor.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", written)
                cursor.executemany("DELETE FROM documents WHERE collection = ? AND id = ?", deleted)
                for collection in {key[0] for key in keys.values()}:
                    own = [
                        (keys[name][1], data)
                        for name, data in changes.items()
                        if keys[name][0] == collection
                    ]
                    entries.update(self._connection, collection, own)
                cursor.execute("UPDATE clock SET micros = ?", (micros,))
                cursor.execute("COMMIT")
                self._changed = micros
            except BaseException:
                cursor.execute("ROLLBACK")
                raise

    def clear(self) -> None:
        """Delete every document."""
        self._forget_past()
        self._connection.execute("DELETE FROM documents")
        entries.clear(self._connection)

    def close(self) -> None:
        """Close the file."""
        self._forget_past()
        self._connection.close()

    def _close_old(self) -> None:
        """Close the views of times that are too old: for each, SQLite's log keeps growing."""
        for micros in [each for each in self._past if each < self._last - KEPT_MICROS]:
            self._past.pop(micros).close()

    def _forget_past(self) -> None:
        while self._past:
            self._past.popitem()[1].close()


def timestamp(micros: int) -> Message:
    """Convert microseconds since 1970 to a protobuf Timestamp."""
    return Timestamp(seconds=micros // 1_000_000, nanos=micros % 1_000_000 * 1000)
