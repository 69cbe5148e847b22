"""Any object of a project's bucket, with Google's client: the port of a backup."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.api_core.exceptions import NotFound, PreconditionFailed
from google.cloud.storage.retry import DEFAULT_RETRY

from pipeline.adapters import google_errors
from pipeline.adapters.cloud_storage import CHUNK_BYTES
from pipeline.adapters.google_errors import translate_errors
from pipeline.errors import ObjectExists, ObjectMissing, RedrawError
from pipeline.records.backups import KeptObject, RawObject

FIELDS = (
    "cacheControl",
    "contentDisposition",
    "contentEncoding",
    "contentLanguage",
    "contentType",
    "customTime",
    "metadata",
)
"""What a writer may say about an object. Its storage class follows from the bucket."""
DEFAULT_TYPE = "application/octet-stream"


class CloudStorageRawObjects:
    """RawObjects in a bucket."""

    def __init__(self, bucket: Any) -> None:
        self._bucket = bucket

    def list(self, prefix: str) -> Iterator[RawObject]:
        try:
            with translate_errors("Storage"):
                for blob in self._bucket.list_blobs(prefix=prefix, **_call_options()):
                    yield _describe(blob)
        except NotFound:
            raise RedrawError(
                f"there is no bucket {self._bucket.name} in Storage: set REDRAW_BUCKET to the"
                " project's"
            ) from None

    def read_to_file(self, path: str, generation: int, target: Path) -> None:
        blob = self._bucket.blob(path, chunk_size=CHUNK_BYTES, generation=generation)
        try:
            with translate_errors("Storage"):
                blob.download_to_filename(target, raw_download=True, **_call_options())
        except NotFound:
            raise ObjectMissing(f"{path} was deleted or replaced meanwhile") from None

    def create(self, kept: KeptObject, source: Path) -> None:
        try:
            self._upload(kept, source, if_generation_match=0)
        except PreconditionFailed:
            raise ObjectExists(f"{kept.path} exists already") from None

    def replace(self, kept: KeptObject, source: Path) -> None:
        self._upload(kept, source)

    def _upload(self, kept: KeptObject, source: Path, **conditions: int) -> None:
        large = kept.size > CHUNK_BYTES
        blob = self._bucket.blob(kept.path, chunk_size=CHUNK_BYTES if large else None)
        for name, value in kept.fields.items():
            # By the names of the API: the client has a property for each, but by other names.
            blob._patch_property(name, value)  # noqa: SLF001
        blob.crc32c = kept.checksum  # Storage refuses other bytes.
        with translate_errors("Storage"):
            blob.upload_from_filename(
                source,
                content_type=kept.fields.get("contentType", DEFAULT_TYPE),
                **conditions,
                **_call_options(),
            )


def _call_options() -> dict[str, Any]:
    return {
        "retry": DEFAULT_RETRY.with_timeout(google_errors.RETRY_SECONDS),
        "timeout": google_errors.CALL_TIMEOUT_SECONDS,
    }


def _describe(blob: Any) -> RawObject:
    properties = blob._properties  # noqa: SLF001 - by the names of the API, as above
    given = {name: properties[name] for name in FIELDS if properties.get(name)}
    return RawObject(
        path=blob.name,
        size=blob.size,
        generation=int(blob.generation),
        created=blob.time_created,
        checksum=blob.crc32c,
        fields={"contentType": DEFAULT_TYPE} | given,
    )
