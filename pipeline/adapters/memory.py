"""Storage in a dictionary, for unit tests.

It keeps the same contract as the adapter for Google; what it stores ends with the process.
"""

import threading
import zlib
from pathlib import Path

from pipeline.errors import ObjectExists, ObjectMissing, ObjectTooLarge
from pipeline.files import write_atomically
from pipeline.records.storage import ObjectContent, StoredObject


class MemoryArtefacts:
    """An ArtefactStore over a dictionary of bytes."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def create(
        self, path: str, data: bytes, content_type: str = "application/octet-stream"
    ) -> StoredObject:
        del content_type  # no port reads it back
        with self._lock:
            if path in self.objects:
                raise ObjectExists(f"{path} exists already; objects are written once")
            self.objects[path] = bytes(data)
        return _describe(path, data)

    def read(self, path: str, max_bytes: int | None = None) -> bytes:
        data = self.objects.get(path)
        if data is None:
            raise ObjectMissing(f"there is no object {path} in Storage")
        if max_bytes is not None and len(data) > max_bytes:
            raise ObjectTooLarge(f"{path} has {len(data)} bytes; at most {max_bytes} are read")
        return data

    def fetch(self, path: str, max_bytes: int) -> ObjectContent:
        data = self.read(path, max_bytes)
        return ObjectContent(data, _describe(path, data).generation)

    def create_from_file(self, path: str, source: Path) -> StoredObject:
        return self.create(path, source.read_bytes())

    def read_to_file(self, path: str, target: Path) -> None:
        write_atomically(target, self.read(path))

    def delete(self, path: str) -> None:
        with self._lock:
            self.objects.pop(path, None)

    def list(self, prefix: str) -> list[StoredObject]:
        return [
            _describe(path, data)
            for path, data in sorted(self.objects.items())
            if path.startswith(prefix)
        ]


def _describe(path: str, data: bytes) -> StoredObject:
    """Describe an object. Its generation is a checksum, so it changes whenever the bytes do."""
    return StoredObject(path, len(data), 1 + zlib.crc32(data))
