"""The artefact store over Cloud Storage, by Google's own client; STORAGE_EMULATOR_HOST points it at an emulator."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from google.api_core.exceptions import NotFound, PreconditionFailed
from google.cloud import storage
from google.cloud.storage.retry import DEFAULT_RETRY
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from pipeline.adapters import faults
from pipeline.adapters.faults import translate_errors
from pipeline.errors import ObjectExists, ObjectMissing, ObjectTooLarge, RedrawError
from pipeline.files import replace_atomically
from pipeline.records.storage import ObjectContent, StoredObject
from pipeline.settings import Settings

CHUNK_BYTES = 8 * 1024 * 1024  # of an upload or download of a file: bounds its memory
LONGEST_PATH = 1024  # bytes
CONNECTIONS = 32  # that are kept open, for threads that fetch at once


def storage_bucket(settings: Settings) -> Any:
    """The project's bucket; no call is made yet."""
    with translate_errors("Storage"):
        client = storage.Client(project=settings.project_id)
        for scheme in ("https://", "http://"):
            client._http.mount(scheme, _Transport(pool_maxsize=CONNECTIONS))  # noqa: SLF001 - as Google's pages advise
        return client.bucket(settings.bucket)


class CloudStorageArtefacts:
    """An ArtefactStore in a bucket. Exactly-once is Storage's own: every write demands that the object is not there."""

    def __init__(self, bucket: Any) -> None:
        self._bucket = bucket

    def create(
        self, path: str, data: bytes, content_type: str = "application/octet-stream"
    ) -> StoredObject:
        blob = self._bucket.blob(path)
        return self._upload(
            blob,
            lambda: blob.upload_from_string(
                data, content_type, if_generation_match=0, **_patience()
            ),
        )

    def create_from_file(self, path: str, source: Path) -> StoredObject:
        blob = self._bucket.blob(path, chunk_size=CHUNK_BYTES)
        return self._upload(
            blob, lambda: blob.upload_from_filename(source, if_generation_match=0, **_patience())
        )

    def read(self, path: str, max_bytes: int | None = None) -> bytes:
        if max_bytes is not None:
            return self.fetch(path, max_bytes).data
        _check_path(path)
        try:
            with translate_errors("Storage"):
                data: bytes = self._bucket.blob(path).download_as_bytes(**_patience())
                return data
        except NotFound:
            raise ObjectMissing(f"there is no object {path} in Storage") from None

    def fetch(self, path: str, max_bytes: int) -> ObjectContent:
        _check_path(path)
        blob = self._bucket.blob(path)
        try:
            with translate_errors("Storage"), _limit.of(path, max_bytes):
                # Raw: a few kB that are stored as gzip could unpack to gigabytes.
                data: bytes = blob.download_as_bytes(raw_download=True, **_patience())
                return ObjectContent(data, int(blob.generation))
        except NotFound:
            raise ObjectMissing(f"there is no object {path} in Storage") from None

    def read_to_file(self, path: str, target: Path) -> None:
        _check_path(path)
        blob = self._bucket.blob(path, chunk_size=CHUNK_BYTES)
        try:
            with translate_errors("Storage"), replace_atomically(target) as part:
                blob.download_to_filename(part, **_patience())
        except NotFound:
            raise ObjectMissing(f"there is no object {path} in Storage") from None

    def list(self, prefix: str) -> list[StoredObject]:
        try:
            with translate_errors("Storage"):
                return [
                    _stored(blob) for blob in self._bucket.list_blobs(prefix=prefix, **_patience())
                ]
        except NotFound:
            raise self._no_bucket() from None

    def _upload(self, blob: Any, send: Any) -> StoredObject:
        try:
            with translate_errors("Storage"):
                send()
        except PreconditionFailed:
            raise ObjectExists(f"{blob.name} exists already; objects are written once") from None
        except NotFound:
            raise self._no_bucket() from None
        return _stored(blob)

    def _no_bucket(self) -> RedrawError:
        return RedrawError(
            f"there is no bucket {self._bucket.name} in Storage: set REDRAW_BUCKET to the project's"
        )


class _Limit(threading.local):
    """How many bytes the answers that this thread waits for may have."""

    path = ""
    max_bytes: int | None = None

    @contextmanager
    def of(self, path: str, max_bytes: int) -> Iterator[None]:
        """The limit is in force until the block ends."""
        self.path, self.max_bytes = path, max_bytes
        try:
            yield
        finally:
            self.max_bytes = None


_limit = _Limit()


class _Transport(HTTPAdapter):
    """Looks at the headers of an answer before its body is read, and hangs up when that is over the limit.

    Asking for the size in a request of its own would double the requests, and the object could be another when it is read.
    """

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        response = super().send(request, *args, **options)
        if _limit.max_bytes is not None and response.ok:
            said = response.headers.get("X-Goog-Stored-Content-Length") or response.headers.get(
                "Content-Length"
            )
            if said is None or int(said) > _limit.max_bytes:
                response.close()
                size = "nobody knows how many" if said is None else said
                raise ObjectTooLarge(
                    f"{_limit.path} has {size} bytes; at most {_limit.max_bytes} are read"
                )
        return response


def _patience() -> dict[str, Any]:
    return {
        "retry": DEFAULT_RETRY.with_timeout(faults.PATIENCE_SECONDS),
        "timeout": faults.ANSWER_SECONDS,
    }


def _check_path(path: str) -> None:
    # Players write paths. The client sends these elsewhere, or raises ValueError; Storage answers 400.
    if path in {"", ".", ".."} or {"\r", "\n"} & set(path) or len(path.encode()) > LONGEST_PATH:
        raise ObjectMissing(
            f"there is no object {path[:100]!r} in Storage: nothing can have that name"
        )


def _stored(blob: Any) -> StoredObject:
    return StoredObject(blob.name, blob.size, blob.generation)
