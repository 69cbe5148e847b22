"""Make a small project large, by writing the state of the embedded Firestore."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count, cycle, islice
from pathlib import Path

from emulator import entries
from emulator.spans import Span
from emulator.values import Document

PLAYERS = 2000
STATUS = "status"
INDEXED = (
    ("status",), ("retraining", "reason"), ("retraining", "runId"), ("correctedLabel",),
    ("userId",), ("timestamp",), ("modelVersion",),
)  # fmt: skip
"""Fields whose indexes the embedded Firestore would have made when there were 1,000 documents."""


def grow(folder: Path, corrections: int, quarantined: int) -> None:
    """Copy corrections until there are so many; a copy has an id, a time and a player of its own.

    Args:
        folder: of the project; no emulator runs in it.
        corrections: how many that are merged or refused.
        quarantined: how many that wait for the owner.
    """
    with closing(sqlite3.connect(folder / "firebase" / "firestore.sqlite")) as connection:
        rows = connection.execute(
            "SELECT collection, data FROM documents WHERE collection LIKE '%/corrections'"
        ).fetchall()
        collection = rows[0][0]
        decided, waiting = [], []
        for _, data in rows:
            status = Document.FromString(data).fields[STATUS].string_value
            if status in {"merged", "refused"}:
                decided.append(data)
            elif status == "quarantined":
                waiting.append(data)
        connection.isolation_level = None
        numbers = count()
        for originals, wanted in ((decided, corrections), (waiting, quarantined)):
            copies = copy(originals, wanted, numbers, collection)
            connection.execute("BEGIN")
            connection.executemany("INSERT INTO documents VALUES (?, ?, ?)", copies)
            connection.execute("COMMIT")
        connection.executescript(entries.SCHEMA)
        entries.make_missing(connection, collection, [Span(field) for field in INDEXED])


def copy(
    originals: list[bytes], wanted: int, numbers: Iterator[int], collection: str
) -> Iterator[tuple[str, str, bytes]]:
    """Yield rows of the table of documents."""
    for data, number in zip(islice(cycle(originals), wanted), numbers, strict=False):
        document = Document.FromString(data)
        name = f"x{number:07d}"
        document.name = f"{collection}/{name}"
        document.fields["userId"].string_value = f"player-{number % PLAYERS:04d}"
        document.fields["timestamp"].timestamp_value.seconds += number
        yield collection, name, document.SerializeToString()
