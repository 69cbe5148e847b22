"""An artefact store in a folder of this machine, or of a disk that is mounted: for backups.

Only Redraw's own names are used as names of files (`pipeline/backup/layout.py`), never those of
documents and objects, so no name can lead out of the folder or differ from another by case alone.
"""

import errno
import os
import shutil
import time
import uuid
from collections.abc import Callable
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
        top = self._folder / prefix.rpartition("/")[0]
        found = []
        for folder, _, names in os.walk(top):
            below = Path(folder).relative_to(self._folder)
            for name in names:
                path = (below / name).as_posix()
                with suppress(ObjectMissing):  # another backup has just removed it
                    if name.startswith(PART_PREFIX):
                        self._remove_abandoned(path)
                    elif path.startswith(prefix):
                        found.append(self._describe(path))
        return sorted(found)

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

    def _remove_abandoned(self, path: str) -> None:
        """Remove an unfinished file that a killed process has left: one that is a day old."""
        if time.time_ns() - self._describe(path).generation > ABANDONED_NANOSECONDS:
            self.delete(path)

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
