"""Local files that appear whole or not at all, whatever kills the process that writes them."""

import fcntl
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

WORKSHOP = ".part-"


@contextmanager
def replace_atomically(target: Path) -> Iterator[Path]:
    """Gives a path to write, near `target`; when the block ends well it is synced to disk and takes `target`'s place.

    When the block raises, nothing is left. After kill -9 its folder is left; the next write beside it removes it: the folder
    is locked while its writer lives, so one that can be locked belongs to nobody. (The file itself is HDF5's to lock.)
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target.parent)
    folder, lock = _workshop(target.parent)
    try:
        part = folder / target.name
        yield part
        move_into_place(part, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def move_into_place(part: Path, target: Path) -> None:
    """Gives a finished file its name: its bytes are on disk before the name is."""
    _sync(part)
    part.replace(target)
    _sync(target.parent)  # the new name is on disk only when the folder is


def write_atomically(target: Path, data: bytes) -> None:
    """Writes `data` to `target`, whole or not at all."""
    with replace_atomically(target) as part:
        part.write_bytes(data)


class PatientFile(io.FileIO):
    """A file that keeps a failed write to itself until it is asked: HDF5 can crash the process when it meets a full disk.

    After the fault nothing more is written. Ask now and then, and once more when HDF5 has closed.
    """

    fault: OSError | None = None

    def write(self, data: Any, /) -> int:
        left = memoryview(data).cast("B")
        size = len(left)
        while left and not self.fault:
            try:
                left = left[super().write(left) :]
            except OSError as fault:
                self.fault = fault
        return size

    def truncate(self, size: int | None = None, /) -> int:
        if not self.fault:
            try:
                return super().truncate(size)
            except OSError as fault:
                self.fault = fault
        return self.tell() if size is None else size

    def check(self) -> None:
        """Raises the OSError of the first write that failed."""
        if self.fault:
            raise self.fault


def _workshop(beside: Path) -> tuple[Path, int]:
    """A new folder, and the descriptor that holds its lock."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=WORKSHOP, dir=beside))
        # Another writer may take it for a dead one's and sweep it before it is locked; after that nobody does.
        with suppress(FileNotFoundError):
            lock = os.open(folder, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if folder.exists():
                return folder, lock
            os.close(lock)


def _sweep(beside: Path) -> None:
    for folder in beside.glob(f"{WORKSHOP}*"):
        with suppress(OSError):
            lock = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
