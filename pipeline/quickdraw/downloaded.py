"""The record of a folder of downloaded drawings: which file was fetched from where, with what digest, and is it still so."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import FolderInUse, InvalidRawDrawings
from pipeline.files import write_atomically

RECORD = "downloaded.json"
READ_BYTES = 1 << 20


class FileRecord(NamedTuple):
    """What the record says of a file. `rows_there`: how many the source has. `sha256`: of our file, header included."""

    url: str
    etag: str | None
    rows: int
    rows_there: int
    sha256: str

    def contradicts(self, other: "FileRecord") -> bool:
        """Whether the source calls two different contents by one name: one of the two was damaged on its way."""
        named = (
            self.url == other.url
            and self.rows == other.rows
            and self.etag is not None
            and self.etag == other.etag
        )
        return named and self.sha256 != other.sha256


def read_record(folder: Path) -> dict[str, FileRecord]:
    """What earlier calls fetched into the folder, by category; nothing when there is no record that can be read."""
    try:
        return {
            name: FileRecord(**fields)
            for name, fields in json.loads((folder / RECORD).read_text()).items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_record(folder: Path, record: dict[str, FileRecord]) -> None:
    """Writes the record, whole or not at all."""
    write_atomically(
        folder / RECORD,
        json.dumps({name: each._asdict() for name, each in record.items()}, indent=2).encode(),
    )


def is_there(path: Path, known: FileRecord | None, url: str, samples: int) -> bool:
    """Whether `path` holds what was fetched from `url`, min(samples, all) rows of it, unchanged.

    Raises InvalidRawDrawings for a file that is not ours to replace: nobody recorded it, or it holds more than is asked for.
    """
    if not path.exists():
        return False
    if known is None:
        raise InvalidRawDrawings(
            f"{path} was not made by `redraw download`: choose another --out, or move it away"
        )
    if known.rows > samples:
        raise InvalidRawDrawings(
            f"{path} holds {known.rows:,} drawings and {samples:,} were asked for: choose another --out, or delete it"
        )
    return (
        known.url == url
        and known.rows == min(samples, known.rows_there)
        and sha256_of(path) == known.sha256
    )


def sha256_of(path: Path) -> str:
    """sha256 (hex) of the file."""
    state = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(READ_BYTES):
            state.update(piece)
    return state.hexdigest()


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keeps other downloads out of the folder while the block runs. Raises FolderInUse when one is there already."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUse(
                f"another `redraw download` is filling {folder}: wait for it"
            ) from None
        yield
    finally:
        os.close(lock)
