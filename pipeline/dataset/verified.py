"""Remember which bytes of the data set were compared with its digests, in a small file beside it.

To compare the content of a full-size data set takes many seconds, so it is done once: afterwards
the sha256 of the file's bytes is kept. The next run computes that sha256 again (half a second), and
while it is the same, the content is the same. A change by a disk or by another program shows too,
even if the system's times of the file do not.

Within a run the file is asked for several times. It is not read again if it was read in the last
ten minutes and the system says that nothing was written to it since.
"""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.files import write_atomically
from pipeline.records.base import Record

RECENTLY_NS = 600 * 10**9
SETTLED_NS = 2 * 10**9
"""Two writes in so short a time may leave the same time on a file, so the times are not trusted."""


class StoredRevision(Record):
    """An object of the log in Storage that was read and had the right digest.

    `generation` changes whenever the object does. While it is the same, the object need not be read
    again.
    """

    size: int
    generation: int


class FileState(Record):
    """What the system says about a file; times in nanoseconds."""

    inode: int
    size: int
    modified: int
    changed: int

    @classmethod
    def of(cls, path: Path) -> "FileState":
        """Ask the system about a file, or the file that a link leads to."""
        found = path.stat()
        return cls(
            inode=found.st_ino,
            size=found.st_size,
            modified=found.st_mtime_ns,
            changed=found.st_ctime_ns,
        )


class Verified(Record):
    """What is known about a data set whose content was compared with its digests."""

    state: FileState
    sha256: str
    """Of the bytes of the file, in hex."""
    read_at: int
    """When its bytes were last read, in nanoseconds since 1970."""
    digests: list[str]
    """Of the revisions that it holds, 0 first."""
    stored: dict[int, StoredRevision]
    """The objects of these revisions in Storage, as far as they were read; 0 is the base."""
    edition: int = 0
    """Of the log that they belong to."""


def record_path(path: Path) -> Path:
    """Return where the record of a data set lies."""
    return path.with_name(f"{path.name}.verified.json")


def read_record(path: Path) -> Verified | None:
    """Return the record of a data set; None if there is none that can be trusted."""
    try:
        sealed = json.loads(record_path(path).read_text())
        body = sealed["body"]
        # Without its own digest, a damaged record would make a sound data set look damaged.
        if hashlib.sha256(body.encode()).hexdigest() != sealed["sha256"]:
            return None
        return Verified.model_validate_json(body)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def write_record(
    path: Path,
    digests: Sequence[str],
    stored: Mapping[int, StoredRevision],
    edition: int = 0,
) -> Verified:
    """Record that the content of a data set was compared with its digests.

    Args:
        path: the data set.
        digests: of its revisions, as its rows give them.
        stored: the objects in Storage that were read and have these digests.
        edition: of the log that the data set was built from.
    """
    record = Verified(
        state=FileState.of(path),
        sha256=_sha256_of(path),
        read_at=time.time_ns(),
        digests=list(digests),
        stored=dict(stored),
        edition=edition,
    )
    _write(path, record)
    return record


def is_intact(path: Path, record: Verified) -> bool:
    """Return whether a data set has the bytes that the record is about."""
    state, now = FileState.of(path), time.time_ns()
    settled = record.read_at - max(state.modified, state.changed) > SETTLED_NS
    if state == record.state and settled and 0 <= now - record.read_at < RECENTLY_NS:
        return True
    if state.size != record.state.size or _sha256_of(path) != record.sha256:
        return False
    _write(path, record.model_copy(update={"state": state, "read_at": now}))
    return True


def _write(path: Path, record: Verified) -> None:
    body = record.model_dump_json(by_alias=True)
    sealed = {"sha256": hashlib.sha256(body.encode()).hexdigest(), "body": body}
    write_atomically(record_path(path), json.dumps(sealed).encode())


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
