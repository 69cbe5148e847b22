"""Indexes on single fields, in SQLite beside the documents.

Firestore has an index on every field. Here one is made when a query first asks about a field of a
collection that is long: a short one is read as fast, and is written faster without. It is kept up
to date by every commit, in the transaction of the commit, so a reader that sees the documents of a
moment sees the indexes of that moment.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from emulator import paths
from emulator.keys import encode
from emulator.paths import FieldPath
from emulator.spans import Span
from emulator.values import Document, Message, sort_key

SCHEMA = """
CREATE TABLE IF NOT EXISTS indexed (
    collection TEXT, field TEXT, usable INTEGER NOT NULL, PRIMARY KEY (collection, field)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries (
    collection TEXT, field TEXT, key BLOB, id TEXT, PRIMARY KEY (collection, field, key, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entries_by_id ON entries (collection, field, id);
"""
LONG = 1000
"""Collections with more documents get indexes."""
_PAGE = 256


class _NoKey(Exception):
    """A field has a value of which there is no key, so it can have no index."""


def make_missing(connection: sqlite3.Connection, collection: str, spans: Iterable[Span]) -> None:
    """Make the indexes that these spans are parts of, where the collection is long."""
    known = _list_indexed(connection, collection)
    missing = [span.path for span in spans if span.path not in known]
    if not missing or not _is_long(connection, collection):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for path in missing:
            connection.execute("INSERT INTO indexed VALUES (?, ?, 1)", (collection, _name(path)))
            rows = connection.execute(
                "SELECT id, data FROM documents WHERE collection = ?", (collection,)
            )
            _add(connection, collection, path, rows)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def update(
    connection: sqlite3.Connection, collection: str, changes: Sequence[tuple[str, bytes | None]]
) -> None:
    """Bring the indexes of a collection up to date: documents by id, None where one is deleted."""
    for path, usable in _list_indexed(connection, collection).items():
        if usable:
            connection.executemany(
                "DELETE FROM entries WHERE collection = ? AND field = ? AND id = ?",
                [(collection, _name(path), name) for name, _ in changes],
            )
            written = [(name, data) for name, data in changes if data is not None]
            _add(connection, collection, path, written)


def are_usable(connection: sqlite3.Connection, collection: str, spans: Iterable[Span]) -> bool:
    """Return whether each of these spans is a part of an index that there is."""
    known = _list_indexed(connection, collection)
    return all(known.get(span.path, False) for span in spans)


def count(
    connection: sqlite3.Connection,
    collection: str,
    spans: Sequence[Span],
    most: int = -1,
) -> int:
    """Return how many documents are in all spans; no more than `most` are counted."""
    lead, *others = spans
    condition, values = _condition(collection, lead, others)
    sql = f"SELECT COUNT(*) FROM (SELECT 1 FROM entries AS e WHERE {condition} LIMIT ?)"  # noqa: S608 - question marks only
    return int(connection.execute(sql, (*values, most)).fetchone()[0])


def scan(
    connection: sqlite3.Connection,
    collection: str,
    spans: Sequence[Span],
    *,
    descending: bool = False,
    start: str = "",
) -> Iterator[Message]:
    """Yield the documents that are in all spans, in the order of the entries of the first one.

    Args:
        connection: of the view.
        collection: path of the collection.
        spans: the first has one key, or none.
        descending: whether the order is the opposite.
        start: if the first span has a key: the first id.
    """
    lead, *others = spans
    condition, values = _condition(collection, lead, others)
    after, way = ("<", "DESC") if descending else (">", "ASC")
    sql = (
        "SELECT e.key, e.id, d.data FROM entries AS e "  # noqa: S608 - question marks only
        "CROSS JOIN documents AS d ON d.collection = e.collection AND d.id = e.id "
        f"WHERE {condition} AND {{}} ORDER BY e.key {way}, e.id {way} LIMIT {_PAGE}"
    )
    more, place = "e.id >= ?", [start]
    while rows := connection.execute(sql.format(more), (*values, *place)).fetchall():
        for _, _, data in rows:
            yield Document.FromString(data)
        more, place = f"(e.key, e.id) {after} (?, ?)", list(rows[-1][:2])


def clear(connection: sqlite3.Connection) -> None:
    """Delete all indexes."""
    connection.execute("DELETE FROM entries")
    connection.execute("DELETE FROM indexed")


def _condition(collection: str, lead: Span, others: Sequence[Span]) -> tuple[str, list[object]]:
    condition, keys = lead.condition("e")
    parts = [f"e.collection = ? AND e.field = ? AND {condition}"]
    values: list[object] = [collection, _name(lead.path), *keys]
    for other in others:
        condition, keys = other.condition("o")
        parts.append(
            "EXISTS (SELECT 1 FROM entries AS o WHERE o.collection = e.collection "  # noqa: S608 - question marks only
            f"AND o.field = ? AND o.id = e.id AND {condition})"
        )
        values += [_name(other.path), *keys]
    return " AND ".join(parts), values


def _add(
    connection: sqlite3.Connection,
    collection: str,
    path: FieldPath,
    rows: Iterable[tuple[str, bytes]],
) -> None:
    """Add entries for documents; give the index up if one of them can have none."""
    field = _name(path)

    def list_entries() -> Iterator[tuple[str, str, bytes, str]]:
        for name, data in rows:
            key = _find_key(Document.FromString(data), path)
            if key is not None:
                yield collection, field, key, name

    try:
        connection.executemany("INSERT INTO entries VALUES (?, ?, ?, ?)", list_entries())
    except _NoKey:
        of_field = (collection, field)
        connection.execute("DELETE FROM entries WHERE collection = ? AND field = ?", of_field)
        connection.execute(
            "UPDATE indexed SET usable = 0 WHERE collection = ? AND field = ?", of_field
        )


def _find_key(document: Message, path: FieldPath) -> bytes | None:
    value = paths.get(document, path)
    if value is None:
        return None
    key = encode(sort_key(value))
    if key is None:
        raise _NoKey
    return key


def _list_indexed(connection: sqlite3.Connection, collection: str) -> dict[FieldPath, bool]:
    """Return the fields with an index, and whether it can be used."""
    rows = connection.execute(
        "SELECT field, usable FROM indexed WHERE collection = ?", (collection,)
    )
    return {tuple(json.loads(field)): bool(usable) for field, usable in rows}


def _is_long(connection: sqlite3.Connection, collection: str) -> bool:
    row = connection.execute(
        "SELECT 1 FROM documents WHERE collection = ? LIMIT 1 OFFSET ?", (collection, LONG)
    ).fetchone()
    return row is not None


def _name(path: FieldPath) -> str:
    return json.dumps(path)
