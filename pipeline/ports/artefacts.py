"""The port to the files in Storage."""

from pathlib import Path
from typing import Protocol

from pipeline.records.storage import ObjectContent, StoredObject


class ArtefactStore(Protocol):
    """Files in Storage. Objects are created once, never overwritten, and deleted whole."""

    def create(
        self, path: str, data: bytes, content_type: str = "application/octet-stream"
    ) -> StoredObject:
        """Write a new object.

        Raises:
            ObjectExists: there is an object under that path.
        """

    def read(self, path: str, max_bytes: int | None = None) -> bytes:
        """Return the bytes of an object.

        Raises:
            ObjectMissing: there is no such object.
            ObjectTooLarge: it is larger than `max_bytes`; raised before it is read.
        """

    def fetch(self, path: str, max_bytes: int) -> ObjectContent:
        """Return the bytes and the generation of an object that a player uploaded.

        The bytes come as they are stored. They are never decompressed, so a small object cannot
        expand to a huge one.

        Raises:
            ObjectMissing: there is no such object.
            ObjectTooLarge: it is larger than `max_bytes`; raised before it is read.
        """

    def create_from_file(self, path: str, source: Path) -> StoredObject:
        """Write a new object from a local file, streamed in bounded memory.

        Raises:
            ObjectExists: there is an object under that path.
        """

    def read_to_file(self, path: str, target: Path) -> None:
        """Stream an object to the file `target`, which appears only when it is complete.

        Raises:
            ObjectMissing: there is no such object.
        """

    def delete(self, path: str) -> None:
        """Delete an object. If there is none, this changes nothing, so it can be repeated."""

    def list(self, prefix: str) -> list[StoredObject]:
        """Return all objects whose path begins with `prefix`, in order of path."""
