"""An artefact store in a folder of this machine, or of a disk that is mounted: for backups.

Only Redraw's own names are used as names of files (`pipeline/backup/layout.py`), never those of
documents and objects, so no name can lead out of the folder or differ from another by case alone.
"""

import errno
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from pipeline.errors import ObjectExists, ObjectMissing, ObjectTooLarge
from pipeline.files import PART_PREFIX, create_folder, replace_atomically
from pipeline.records.storage import ObjectContent, StoredObject

ABANDONED_NANOSECONDS = 24 * 3600 * 10**9
WITHOUT_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


class FolderArtefacts:
    """An ArtefactStore over files.

    A file is written beside its final place, forced to the disk, and given its name by a link,
    which fails if there is a file of that name.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(
        self, path: str, data: bytes, content_type: str = "application/octet-stream"
    ) -> StoredObject:
        del content_type  # a file has none
        return self._create(path, lambda part: _write(part, data))

    def create_from_file(self, path: str, source: Path) -> StoredObject:
        return self._create(path, lambda part: _copy(source, part))

    def read(self, path: str, max_bytes: int | None = None) -> bytes:
        place = self._find(path)
        size = place.stat().st_size
        if max_bytes is not None and size > max_bytes:
            raise ObjectTooLarge(f"{place} has {size} bytes; at most {max_bytes} are read")
        return place.read_bytes()

    def fetch(self, path: str, max_bytes: int) -> ObjectContent:
        return ObjectContent(self.read(path, max_bytes), self._describe(path).generation)

    def read_to_file(self, path: str, target: Path) -> None:
        with replace_atomically(target) as part:
            shutil.copyfile(self._find(path), part)

    def delete(self, path: str) -> None:
        (self._folder / path).unlink(missing_ok=True)

    def list(self, prefix: str) -> list[StoredObject]:
        return sorted(self._walk(prefix.rpartition("/")[0], prefix))

    def _walk(self, below: str, prefix: str) -> Iterator[StoredObject]:
        """Yield the files of a folder, and of those in it, whose paths begin with a prefix."""
        try:
            entries = list(os.scandir(self._folder / below))
        except FileNotFoundError:
            return
        for entry in entries:
            path = f"{below}/{entry.name}" if below else entry.name
            if entry.is_dir():
                if f"{path}/".startswith(prefix) or prefix.startswith(f"{path}/"):
                    yield from self._walk(path, prefix)
                continue
            with suppress(FileNotFoundError):  # another backup has just removed it
                status = entry.stat()
                if entry.name.startswith(PART_PREFIX):
                    # What a killed process has left: one that is under way is younger than a day.
                    if time.time_ns() - status.st_mtime_ns > ABANDONED_NANOSECONDS:
                        self.delete(path)
                elif path.startswith(prefix):
                    yield StoredObject(path, status.st_size, status.st_mtime_ns)

    def _create(self, path: str, write: Callable[[Path], None]) -> StoredObject:
        place = self._folder / path
        create_folder(place.parent)
        part = place.with_name(f"{PART_PREFIX}{uuid.uuid4().hex}")
        try:
            write(part)
            _name(part, place)
        except FileExistsError:
            raise ObjectExists(f"{place} exists already; files are written once") from None
        finally:
            part.unlink(missing_ok=True)
        return self._describe(path)

    def _find(self, path: str) -> Path:
        place = self._folder / path
        if not place.is_file():
            raise ObjectMissing(f"there is no file {place}")
        return place

    def _describe(self, path: str) -> StoredObject:
        status = self._find(path).stat()
        return StoredObject(path, status.st_size, status.st_mtime_ns)


def _name(part: Path, place: Path) -> None:
    """Give a finished file its name; raise FileExistsError if there is a file of that name."""
    try:
        os.link(part, place)
    except OSError as error:
        if error.errno not in WITHOUT_LINKS:
            raise
        # exFAT, and some network disks, know no links. What another backup writes at the same time
        # under the same name are the same bytes.
        if place.exists():
            raise FileExistsError(place) from None
        part.rename(place)


def _write(part: Path, data: bytes) -> None:
    with part.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _copy(source: Path, part: Path) -> None:
    with source.open("rb") as original, part.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        shutil.copyfileobj(original, file, 1024 * 1024)
        file.flush()
        os.fsync(file.fileno())
