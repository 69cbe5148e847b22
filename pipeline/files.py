"""Writing local files so that they are complete when they appear, even if the writer is killed.

A file is written under a private folder beside its target, forced to the disk, and then renamed to
its final name, which the system does in one step. Readers see the old file or the new one.

A killed writer leaves its private folder behind, and a later writer must be able to tell it from
the folder of a living one. So each writer holds a lock (flock) on its folder. The system releases
the lock when the process ends, however it ends: a folder whose lock is free is abandoned.

What is written here may show what players drew. So files can be read by their owner alone (mode
0600), and so can folders that are created here (0700). A target may be a symbolic link, for example
to a larger disk: the file that it points at is replaced, and the link stays.
"""

import errno
import fcntl
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pipeline.errors import BrokenLink

PART_PREFIX = ".part-"
"""How the names of the private folders begin."""
PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
PRIVATE_UMASK = 0o077
"""For processes that write files by other programs' code, such as Redis."""


def create_folder(folder: Path) -> None:
    """Create a folder and its missing parents, each for its owner alone; keep those that exist.

    Raises:
        BrokenLink: the folder, or one of its parents, is a link whose target does not exist.
    """
    # Path.mkdir would give the mode to the last folder alone.
    for part in (*reversed(folder.parents), folder):
        if part.is_symlink():
            follow_link(part)
        part.mkdir(PRIVATE_FOLDER, exist_ok=True)


def follow_link(path: Path) -> Path:
    """Return the path that a symbolic link leads to, or `path` itself if it is none.

    Raises:
        BrokenLink: the target of the link does not exist.
    """
    if not path.is_symlink():
        return path
    if not path.exists():  # also for a link that leads to itself
        raise BrokenLink(
            f"{path} is a link to {path.readlink()}, which is not there: "
            "mount the disk it lies on, or remove the link"
        )
    return path.resolve()


@contextmanager
def replace_atomically(target: Path) -> Iterator[Path]:
    """Yield a path to write to, and move the file there to `target` when the block ends.

    If the block raises, `target` stays as it was and nothing else is left. After a kill the private
    folder is left; the next write in the same folder removes it.

    The lock is on the folder, not on the file, because HDF5 locks the file itself.

    Args:
        target: the final path; missing parent folders are created. If it is a link, the file that
            it leads to is replaced, and the private folder is beside that file.

    Yields:
        A path with the same file name, on the same file system.

    Raises:
        FileNotFoundError: when the block wrote no file.
        BrokenLink: the target, or a folder on its way, is a link whose target does not exist.
    """
    create_folder(target.parent)
    target = follow_link(target)
    with private_folder(target.parent) as folder:
        part = folder / target.name
        yield part
        part.chmod(PRIVATE_FILE)
        move_into_place(part, target)


@contextmanager
def private_folder(parent: Path) -> Iterator[Path]:
    """Yield a new folder in `parent`, which is removed when the block ends.

    After a kill the folder is left; the next call for the same parent removes it.
    """
    _remove_abandoned(parent)
    folder, lock = _create_locked_folder(parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def move_into_place(part: Path, target: Path) -> None:
    """Rename a finished file, after its bytes are on the disk.

    If the target is a link, the file that it leads to is replaced. That may be on another disk, to
    which no file can be renamed: then it is copied.
    """
    target = follow_link(target)
    _sync(part)
    try:
        part.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with replace_atomically(target) as copy:
            shutil.copyfile(part, copy)
        part.unlink()
    _sync(target.parent)  # the folder stores the new name, so it must reach the disk too


def write_atomically(target: Path, data: bytes) -> None:
    """Write `data` to `target` completely or not at all."""
    with replace_atomically(target) as part:
        part.write_bytes(data)


class DeferredErrorFile(io.FileIO):
    """A file that keeps the error of a failed write until `check` is called.

    HDF5 can crash the process when a write fails, as on a full disk. So a failed write is reported
    to HDF5 as successful, and nothing more is written. Call `check` between steps, and once more
    after HDF5 has closed the file.
    """

    error: OSError | None = None

    def write(self, data: Any, /) -> int:
        left = memoryview(data).cast("B")
        size = len(left)
        while left and not self.error:
            try:
                left = left[super().write(left) :]
            except OSError as error:
                self.error = error
        return size

    def truncate(self, size: int | None = None, /) -> int:
        if not self.error:
            try:
                return super().truncate(size)
            except OSError as error:
                self.error = error
        return self.tell() if size is None else size

    def check(self) -> None:
        """Raise the error of the first write that failed, if one did."""
        if self.error:
            raise self.error


def _create_locked_folder(parent: Path) -> tuple[Path, int]:
    """Create a private folder in `parent`, lock it, and return it and the lock's descriptor."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PART_PREFIX, dir=parent))
        # Between the creation and the lock, another writer may find the folder unlocked and remove
        # it. Then it is missing when it is opened or after it is locked, and a new one is made.
        # Once it is locked and exists, no other writer removes it.
        with suppress(FileNotFoundError):
            lock = os.open(folder, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if folder.exists():
                return folder, lock
            os.close(lock)


def _remove_abandoned(parent: Path) -> None:
    """Remove the private folders in `parent` whose writers are dead."""
    for folder in parent.glob(f"{PART_PREFIX}*"):
        # LOCK_NB: the lock of a living writer raises BlockingIOError, an OSError, at once.
        with suppress(OSError):
            lock = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


def _sync(path: Path) -> None:
    """Force what is written of a file or folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
