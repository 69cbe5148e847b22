"""Download of raw drawings: the first rows of each class to a folder, continued after any cut."""

import asyncio
import fcntl
import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from numpy.lib import format as npy
from tenacity import RetryCallState

from pipeline.categories import source_name
from pipeline.errors import FolderInUse, InvalidRawDrawings, NotEnoughRoom
from pipeline.files import create_folder, move_into_place, write_atomically
from pipeline.progress import OnProgress, silent
from pipeline.quickdraw.remote_npy import ROW, Limits, NpyClient, RemoteNpy
from pipeline.quickdraw.tally import Tally

RECORD = "downloaded.json"
AT_ONCE = 4  # files
SPARE_BYTES = 64 * 1024 * 1024  # left free on the disk
DEFAULT_LIMITS = Limits()


class FileRecord(NamedTuple):
    """A downloaded file. `rows_there`: rows at the source. `sha256`: of our file, in hex."""

    url: str
    etag: str | None
    rows: int
    rows_there: int
    sha256: str


def download(
    folder: Path,
    *,
    source: str,
    categories: Sequence[str],
    samples_per_class: int,
    on_progress: OnProgress = silent,
    limits: Limits = DEFAULT_LIMITS,
) -> dict[str, FileRecord]:
    """Fill `folder` with `<category>.npy`, uint8 `(rows, 784)`: the first rows of each class.

    A file holds `samples_per_class` rows, or all where the source has fewer. Intact files of an
    earlier call are kept, damaged ones fetched again, unfinished ones continued. The function runs
    an event loop: where one runs already (in a notebook), call it by `asyncio.to_thread`.

    Returns:
        The record of each file by category, as written to `downloaded.json` in the folder.

    Raises:
        InvalidRawDrawings: a file at the source is wrong, or one in the folder is not ours.
        NotEnoughRoom: the disk is too small; no rows were fetched.
        FolderInUse: another process fills the folder.
        Unavailable: the source still does not answer after `limits.attempts` attempts.
    """
    create_folder(folder)
    with lock_folder(folder):
        records, missing = _read_records(folder), []
        for done, name in enumerate(categories):
            on_progress(f"checking {name}", done, len(categories))
            file = _File(folder / f"{name}.npy", url_of(source, name), samples_per_class, records)
            if not file.is_intact():
                missing.append(file)
        if missing:
            try:
                asyncio.run(_fetch(missing, limits, on_progress))
            except BaseExceptionGroup as group:  # the first error has cancelled the other files
                raise group.exceptions[0] from None
        return {name: records[name] for name in categories}


def url_of(source: str, category: str) -> str:
    """Return the address of a class's file."""
    return f"{source.rstrip('/')}/{quote(source_name(category))}.npy"


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Lock the folder while the block runs. Raise FolderInUse when another process holds it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise FolderInUse(f"another `redraw download` fills {folder}: wait for it") from None
    finally:
        os.close(descriptor)


async def _fetch(files: list["_File"], limits: Limits, on_progress: OnProgress) -> None:
    folder = files[0].path.parent
    slots = asyncio.Semaphore(AT_ONCE)
    async with NpyClient(limits) as client:
        # All headers before any rows: a missing class or a full disk shows in the first seconds.
        async with asyncio.TaskGroup() as group:
            for file in files:
                group.create_task(file.read_header(client, slots))
        needed = SPARE_BYTES + sum(HEADER + file.size - file.kept_bytes() for file in files)
        free = shutil.disk_usage(folder).free
        if free < needed:
            sizes = f"{needed / 1e6:,.0f} MB are needed and {free / 1e6:,.0f} MB are free"
            raise NotEnoughRoom(f"{folder}: {sizes}: make room, or ask for fewer drawings")
        tally = Tally(on_progress, sum(file.size for file in files))
        async with asyncio.TaskGroup() as group:
            for file in files:
                group.create_task(file.fetch(client, slots, tally))


class _File:
    """The file of one class: min(samples, all) rows of the file at `url`.

    Its rows arrive in a part. The note beside it is the RemoteNpy that they are of. A part is
    continued only if a strong ETag proves that the source still has that file.
    """

    remote: RemoteNpy

    def __init__(self, path: Path, url: str, samples: int, records: dict[str, FileRecord]) -> None:
        self.path, self.url, self.samples, self.records = path, url, samples, records
        self.part, self.note = Path(f"{path}.part"), Path(f"{path}.part.json")
        self.most_kept, self.stale = 0, False

    def is_intact(self) -> bool:
        """Say whether the file is complete and unchanged, and refuse one that is not ours."""
        if not self.path.exists():
            return False
        record = self.records.get(self.path.stem)
        if record is None:
            problem = "was not made by `redraw download`"
        elif record.rows > self.samples:
            problem = f"holds {record.rows:,} drawings and {self.samples:,} were asked for"
        else:
            rows = min(self.samples, record.rows_there)
            expected = (self.url, rows, _sha256_of(self.path))
            return expected == (record.url, record.rows, record.sha256)
        raise InvalidRawDrawings(f"{self.path} {problem}: choose another --out, or move it away")

    async def read_header(self, client: NpyClient, slots: asyncio.Semaphore) -> None:
        """Read at the source what the file is."""
        async with slots:
            self.remote = await client.retrying.copy()(client.read_header, self.url)

    @property
    def size(self) -> int:
        """Bytes of the rows to fetch."""
        return min(self.samples, self.remote.rows) * ROW

    def kept_bytes(self) -> int:
        """Return how many bytes of rows the part holds; 0 if they may be of another file."""
        if self.remote.etag is None or not self.part.exists() or not self.note.exists():
            return 0
        same = self.note.read_bytes() == _to_json(self.remote._asdict())
        return max(0, min(self.part.stat().st_size - HEADER, self.size)) if same else 0

    async def fetch(self, client: NpyClient, slots: asyncio.Semaphore, tally: Tally) -> None:
        """Fetch the rows, by as many requests as needed, and give the file its name."""
        async with slots:
            self.most_kept = self.kept_bytes()
            await client.retrying.copy(after=self._after_fault)(self._fill_part, client, tally)
            await self._finish()

    def _after_fault(self, state: RetryCallState) -> None:
        """Let tenacity count from 1 again if bytes were gained, as it gives up after a number."""
        self.stale = True
        if self.kept_bytes() > self.most_kept:
            self.most_kept, state.attempt_number = self.kept_bytes(), 1

    async def _fill_part(self, client: NpyClient, tally: Tally) -> None:
        """Request the rows that the part lacks. Raise Unavailable if not all of them arrive."""
        if self.stale:  # after a fault: the source may have another file by now
            self.remote = await client.read_header(self.url)
        kept = self.kept_bytes()
        if kept == 0:
            self.part.unlink(missing_ok=True)  # before the note says something else of it
            write_atomically(self.note, _to_json(self.remote._asdict()))
        with self.part.open("r+b" if kept else "wb") as file:
            file.write(npy_header(self.size // ROW))  # the part may be of a call for other rows
            file.truncate(file.seek(HEADER + kept))
            tally.update(self.path.stem, kept)

            def append(chunk: bytes) -> None:
                file.write(chunk)
                file.flush()  # nothing that arrived is lost when the process is killed
                tally.update(self.path.stem, file.tell() - HEADER)

            if kept < self.size:
                start, stop = self.remote.header + kept, self.remote.header + self.size
                await client.read_range(self.url, start, stop, append, self.remote)

    async def _finish(self) -> None:
        """Record the complete part and give it its name."""
        remote, known = self.remote, self.records.get(self.path.stem)
        digest = await asyncio.to_thread(_sha256_of, self.part)
        record = FileRecord(remote.url, remote.etag, self.size // ROW, remote.rows, digest)
        # One strong ETag means the same bytes. If not, they were damaged, now or the first time.
        if remote.etag and known and known._replace(sha256=digest) == record != known:
            self.part.unlink()
            raise InvalidRawDrawings(
                f"{remote.url} gives other drawings than the first time under the same ETag: run "
                f"again; if it stays so, delete {self.path.with_name(RECORD)} and {self.path}"
            )
        # First the record: without its file it does no harm, a file without a record is refused.
        self.records[self.path.stem] = record
        content = {name: record._asdict() for name, record in self.records.items()}
        write_atomically(self.path.with_name(RECORD), _to_json(content))
        move_into_place(self.part, self.path)
        self.note.unlink()


def npy_header(rows: int) -> bytes:
    """Return what np.save writes before uint8 `(rows, 784)`; its length is always the same."""
    buffer = io.BytesIO()
    fields = {"descr": "|u1", "fortran_order": False, "shape": (rows, ROW)}
    npy.write_array_header_1_0(buffer, fields)
    return buffer.getvalue()


HEADER = len(npy_header(0))


def _read_records(folder: Path) -> dict[str, FileRecord]:
    """Return the records of a folder by category; none when they cannot be read."""
    try:
        content = json.loads((folder / RECORD).read_text())
        return {name: FileRecord(**fields) for name, fields in content.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _to_json(content: object) -> bytes:
    return json.dumps(content, indent=2).encode()


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
