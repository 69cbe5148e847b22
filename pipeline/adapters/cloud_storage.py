"""An artefact store in Cloud Storage, with Google's client.

The environment variable STORAGE_EMULATOR_HOST makes the client talk to an emulator instead.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from google.api_core.exceptions import NotFound, PreconditionFailed
from google.cloud import storage
from google.cloud.storage.retry import DEFAULT_RETRY
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from pipeline.adapters import google_errors
from pipeline.adapters.google_errors import translate_errors
from pipeline.errors import ObjectExists, ObjectMissing, ObjectTooLarge, RedrawError
from pipeline.files import replace_atomically
from pipeline.records.storage import ObjectContent, StoredObject
from pipeline.settings import Settings

CHUNK_BYTES = 8 * 1024 * 1024
"""Size of the chunks in which a file is sent or read, so that memory stays bounded."""
MAX_PATH_BYTES = 1024
MAX_CONNECTIONS = 32
"""Connections kept open, for threads that read at the same time."""


def storage_bucket(settings: Settings) -> Any:
    """Return the project's bucket, without calling Storage yet."""
    with translate_errors("Storage"):
        client = storage.Client(project=settings.project_id)
        for scheme in ("https://", "http://"):
            # Google's documentation advises this to change the size of the connection pool.
            client._http.mount(scheme, _Transport(pool_maxsize=MAX_CONNECTIONS))  # noqa: SLF001
        return client.bucket(settings.bucket)


class CloudStorageArtefacts:
    """An ArtefactStore in a bucket.

    Every write carries the precondition that the object does not exist (generation 0). Storage
    checks it in the same step as the write, so of two writers only one can create an object.
    """

    def __init__(self, bucket: Any, answer_seconds: float | None = None) -> None:
        """Wrap a bucket.

        Args:
            bucket: of Google's client.
            answer_seconds: how long a call goes on without an answer; by default 15 seconds of
                retries, and a minute for a single call.
        """
        self._bucket = bucket
        self._answer_seconds = answer_seconds

    def create(
        self, path: str, data: bytes, content_type: str = "application/octet-stream"
    ) -> StoredObject:
        blob = self._bucket.blob(path)
        return self._upload(
            blob,
            lambda: blob.upload_from_string(
                data, content_type, if_generation_match=0, **self._call_options()
            ),
        )

    def create_from_file(self, path: str, source: Path) -> StoredObject:
        blob = self._bucket.blob(path, chunk_size=CHUNK_BYTES)
        return self._upload(
            blob,
            lambda: blob.upload_from_filename(
                source, if_generation_match=0, **self._call_options()
            ),
        )

    def read(self, path: str, max_bytes: int | None = None) -> bytes:
        if max_bytes is not None:
            return self.fetch(path, max_bytes).data
        _check_path(path)
        try:
            with translate_errors("Storage"):
                data: bytes = self._bucket.blob(path).download_as_bytes(**self._call_options())
                return data
        except NotFound:
            raise ObjectMissing(f"there is no object {path} in Storage") from None

    def fetch(self, path: str, max_bytes: int) -> ObjectContent:
        _check_path(path)
        blob = self._bucket.blob(path)
        try:
            with translate_errors("Storage"), _limit.apply(path, max_bytes):
                # Raw: a few kB that are stored as gzip could unpack to gigabytes.
                data: bytes = blob.download_as_bytes(raw_download=True, **self._call_options())
                return ObjectContent(data, int(blob.generation))
        except NotFound:
            raise ObjectMissing(f"there is no object {path} in Storage") from None

    def read_to_file(self, path: str, target: Path) -> None:
        _check_path(path)
        blob = self._bucket.blob(path, chunk_size=CHUNK_BYTES)
        try:
            with translate_errors("Storage"), replace_atomically(target) as part:
                blob.download_to_filename(part, **self._call_options())
        except NotFound:
            raise ObjectMissing(f"there is no object {path} in Storage") from None

    def delete(self, path: str) -> None:
        _check_path(path)
        with suppress(NotFound), translate_errors("Storage"):
            self._bucket.blob(path).delete(**self._call_options())

    def list(self, prefix: str) -> list[StoredObject]:
        try:
            with translate_errors("Storage"):
                blobs = self._bucket.list_blobs(prefix=prefix, **self._call_options())
                return [_describe(blob) for blob in blobs]
        except NotFound:
            raise self._missing_bucket_error() from None

    def _upload(self, blob: Any, send: Callable[[], None]) -> StoredObject:
        """Run `send`, which uploads `blob`, and describe the new object."""
        try:
            with translate_errors("Storage"):
                send()
        except PreconditionFailed:
            raise ObjectExists(f"{blob.name} exists already; objects are written once") from None
        except NotFound:
            raise self._missing_bucket_error() from None
        return _describe(blob)

    def _call_options(self) -> dict[str, Any]:
        """Return the retry policy and the timeout of a call."""
        seconds = self._answer_seconds
        return {
            "retry": DEFAULT_RETRY.with_timeout(seconds or google_errors.RETRY_SECONDS),
            "timeout": seconds or google_errors.CALL_TIMEOUT_SECONDS,
        }

    def _missing_bucket_error(self) -> RedrawError:
        return RedrawError(
            f"there is no bucket {self._bucket.name} in Storage: set REDRAW_BUCKET to the project's"
        )


class _DownloadLimit(threading.local):
    """The size limit of the download that the present thread is doing, if it has one.

    `_Transport` reads it. Google's client offers no way to pass a limit to the transport, and one
    client serves many threads, so the limit is kept per thread.
    """

    path = ""
    max_bytes: int | None = None

    @contextmanager
    def apply(self, path: str, max_bytes: int) -> Iterator[None]:
        """Limit the answers that this thread receives until the block ends."""
        self.path, self.max_bytes = path, max_bytes
        try:
            yield
        finally:
            self.max_bytes = None


_limit = _DownloadLimit()


class _Transport(HTTPAdapter):
    """A transport that checks the size of an answer before it reads the body.

    If the size in the headers is over the limit, the connection is closed. Asking for the size in
    a separate request would double the number of requests, and the object could be replaced
    between the two.
    """

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        response = super().send(request, *args, **options)
        if _limit.max_bytes is not None and response.ok:
            size = response.headers.get("X-Goog-Stored-Content-Length") or response.headers.get(
                "Content-Length"
            )
            if size is None or int(size) > _limit.max_bytes:
                response.close()
                raise ObjectTooLarge(
                    f"{_limit.path} has {'an unknown number of' if size is None else size} bytes; "
                    f"at most {_limit.max_bytes} are read"
                )
        return response


def _check_path(path: str) -> None:
    """Raise ObjectMissing for a path that no object can have.

    Players write paths into their documents. For these paths Google's client would send the request
    to another address or raise ValueError, or Storage would answer with status 400.
    """
    reserved = path in {"", ".", ".."}
    if reserved or {"\r", "\n"} & set(path) or len(path.encode()) > MAX_PATH_BYTES:
        raise ObjectMissing(
            f"there is no object {path[:100]!r} in Storage: that is not a valid object name"
        )


def _describe(blob: Any) -> StoredObject:
    return StoredObject(blob.name, blob.size, blob.generation)
