"""The pool of a place for backups: contents by their sha256, each written once."""

import hashlib
import threading
from contextlib import suppress
from pathlib import Path

from pipeline.backup.digests import measure_file
from pipeline.backup.layout import POOL, pool_path
from pipeline.backup_errors import DamagedBackup
from pipeline.errors import ObjectExists, ObjectMissing, ObjectTooLarge
from pipeline.ports import ArtefactStore

SMALL = 8 * 1024 * 1024
"""Contents up to so many bytes are read into memory: most canvases and files of versions."""
_DIGITS = "0123456789abcdef"


class Pool:
    """What is in the pool, and what is put into it. Several threads may use it."""

    def __init__(self, target: ArtefactStore) -> None:
        """List what is there: about 150 bytes of memory for each content.

        Args:
            target: the place for backups.
        """
        self._target = target
        self._lock = threading.Lock()
        self._sizes: dict[bytes, int] = {}
        for digit in _DIGITS:  # in parts, so that no list of all is held twice
            for stored in target.list(f"{POOL}{digit}"):
                with suppress(ValueError):  # a file that is none of ours
                    self._sizes[bytes.fromhex(stored.path.rpartition("/")[2])] = stored.size
        self.written = 0
        """Bytes that were put into the pool by this process."""

    def has(self, sha256: str, size: int) -> bool:
        """Return whether a content is there, as long as it should be."""
        with self._lock:
            return self._sizes.get(bytes.fromhex(sha256)) == size

    def put(self, data: bytes) -> str:
        """Put bytes into the pool, and return their sha256."""
        sha256 = hashlib.sha256(data).hexdigest()
        if self._must_write(sha256, len(data)):
            with suppress(ObjectExists):
                self._target.create(pool_path(sha256), data)
            self._note(sha256, len(data))
        return sha256

    def put_file(self, source: Path) -> str:
        """Put the bytes of a file into the pool, and return their sha256."""
        sha256, size = measure_file(source), source.stat().st_size
        if self._must_write(sha256, size):
            with suppress(ObjectExists):
                self._target.create_from_file(pool_path(sha256), source)
            self._note(sha256, size)
        return sha256

    def _must_write(self, sha256: str, size: int) -> bool:
        if self.has(sha256, size):
            return False
        with self._lock:
            cut_short = bytes.fromhex(sha256) in self._sizes
        if cut_short:  # a disk or another program has done this: links appear complete
            self._target.delete(pool_path(sha256))
        return True

    def _note(self, sha256: str, size: int) -> None:
        with self._lock:
            self._sizes[bytes.fromhex(sha256)] = size
            self.written += size


def fetch(target: ArtefactStore, sha256: str, size: int, place: Path) -> None:
    """Write a content of the pool to a file, after comparing it with its digest.

    Raises:
        DamagedBackup: it is missing, or its bytes are others.
    """
    path = pool_path(sha256)
    try:
        if size <= SMALL:  # in memory: a file that is read to is forced to the disk
            data = target.read(path, 2 * SMALL)
            place.write_bytes(data)
            found, digest = len(data), hashlib.sha256(data).hexdigest()
        else:
            target.read_to_file(path, place)
            found, digest = place.stat().st_size, measure_file(place)
    except ObjectMissing:
        raise DamagedBackup(f"{path} is missing") from None
    except ObjectTooLarge as error:
        raise DamagedBackup(f"{path} is damaged: {error}") from None
    if found != size:
        raise DamagedBackup(f"{path} is damaged: it has {found:,} bytes instead of {size:,}")
    if digest != sha256:
        raise DamagedBackup(f"{path} is damaged: its bytes have another digest")
