"""Downloads: answer with the bytes of a stored object, or with the range that was requested."""

import re
from collections.abc import AsyncIterator
from email.utils import formatdate
from typing import BinaryIO

from starlette.responses import Response, StreamingResponse

from emulator.objects import Objects, StoredObject
from emulator.resources import error_response

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_BLOCK = 1024 * 1024


def download(objects: Objects, stored: StoredObject, range_header: str | None) -> Response:
    """Return a response with the bytes of an object, or with the range that is requested.

    A malformed range header is ignored, as HTTP demands; one beyond the end is answered with 416.
    """
    fields = stored.settable
    headers = {
        "accept-ranges": "bytes",
        "cache-control": str(fields.get("cacheControl", "no-cache")),
        "etag": stored.etag,
        "last-modified": formatdate(stored.generation / 1e6, usegmt=True),
        "x-goog-generation": str(stored.generation),
        "x-goog-hash": f"crc32c={stored.crc32c},md5={stored.md5}",
        "x-goog-metageneration": str(stored.metageneration),
        "x-goog-storage-class": "STANDARD",
        "x-goog-stored-content-encoding": "identity",
        "x-goog-stored-content-length": str(stored.size),
    }
    for field, header in (
        ("contentDisposition", "content-disposition"),
        ("contentLanguage", "content-language"),
    ):
        if field in fields:
            headers[header] = str(fields[field])
    status, first, stop = 200, 0, stored.size
    if match := _RANGE.fullmatch(range_header or "bytes=-"):
        begin, end = match.groups()
        if begin or end:
            # Three forms: "A-B" both included, "A-" from A on, and "-N" the last N bytes.
            status, first = 206, int(begin) if begin else max(0, stored.size - int(end))
            stop = min(stored.size, int(end) + 1) if begin and end else stored.size
            if first >= stop:
                response = error_response(416, "The requested range cannot be satisfied.")
                response.headers["content-range"] = f"bytes */{stored.size}"
                return response
            headers["content-range"] = f"bytes {first}-{stop - 1}/{stored.size}"
    headers["content-length"] = str(stop - first)
    media_type = str(fields.get("contentType", "application/octet-stream"))
    file = objects.open(stored)
    if stop - first > _BLOCK:
        return StreamingResponse(_read_blocks(file, first, stop), status, headers, media_type)
    with file:  # for small objects, as canvases are, streaming takes twice the processor time
        file.seek(first)
        return Response(file.read(stop - first), status, headers, media_type)


async def _read_blocks(file: BinaryIO, first: int, stop: int) -> AsyncIterator[bytes]:
    with file:
        file.seek(first)
        while first < stop and (block := file.read(min(_BLOCK, stop - first))):
            first += len(block)
            yield block
