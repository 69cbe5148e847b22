"""An artefact store below a folder of another one: for backups in a bucket."""

from pathlib import Path

from pipeline.ports import ArtefactStore
from pipeline.records.storage import ObjectContent, StoredObject


class PrefixedArtefacts:
    """An ArtefactStore whose paths all begin with a prefix in the store behind it."""

    def __init__(self, store: ArtefactStore, prefix: str) -> None:
        self._store, self._prefix = store, prefix

    def create(
        self, path: str, data: bytes, content_type: str = "application/octet-stream"
    ) -> StoredObject:
        return self._rename(self._store.create(self._prefix + path, data, content_type))

    def create_from_file(self, path: str, source: Path) -> StoredObject:
        return self._rename(self._store.create_from_file(self._prefix + path, source))

    def read(self, path: str, max_bytes: int | None = None) -> bytes:
        return self._store.read(self._prefix + path, max_bytes)

    def fetch(self, path: str, max_bytes: int) -> ObjectContent:
        return self._store.fetch(self._prefix + path, max_bytes)

    def read_to_file(self, path: str, target: Path) -> None:
        self._store.read_to_file(self._prefix + path, target)

    def delete(self, path: str) -> None:
        self._store.delete(self._prefix + path)

    def list(self, prefix: str) -> list[StoredObject]:
        return [self._rename(each) for each in self._store.list(self._prefix + prefix)]

    def _rename(self, stored: StoredObject) -> StoredObject:
        return stored._replace(path=stored.path.removeprefix(self._prefix))
