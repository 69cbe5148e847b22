"""The three kinds of upload of the Storage API.

- media: the body is the object.
- multipart: the body has two parts, the metadata in JSON and the object.
- resumable: a first request has the metadata and gets an address; the object follows there in one
  or more requests (chunks). After a broken connection the client asks how many bytes have arrived
  and continues from there.
"""

import json
import re
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import Message

from emulator.objects import (
    SETTABLE,
    Conditions,
    Incoming,
    Objects,
    StorageError,
    StoredObject,
    unsupported,
)

_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")
_QUANTUM = 256 * 1024
"""Cloud Storage demands that the size of each chunk but the last is a multiple of this."""
_MAX_PART_HEADERS = 1024 * 1024
_MAX_NAME_BYTES = 1024


@dataclass
class Upload:
    """An upload: the name and metadata of the future object, and the checksums it must have."""

    bucket: str
    name: str
    settable: dict[str, object]
    conditions: Conditions
    checksums: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_request(
        cls, bucket: str, name: str | None, resource: dict[str, object], conditions: Conditions
    ) -> "Upload":
        """Read an upload from a request's `name` parameter, if any, and its JSON resource."""
        name = name or str(resource.pop("name", ""))
        too_long = len(name.encode()) > _MAX_NAME_BYTES
        if too_long or name in {"", ".", ".."} or {"\n", "\r"} & set(name):
            raise StorageError(400, f"Invalid object name: {name!r}")
        checksums = {
            key: str(resource.pop(key)) for key in ("md5Hash", "crc32c") if resource.get(key)
        }
        return cls(bucket, name, read_settable_fields(resource), conditions, checksums)

    def expect(self, hashes: str) -> None:
        """Add the checksums of an X-Goog-Hash header."""
        for part in filter(None, hashes.split(",")):
            kind, _, value = part.strip().partition("=")
            self.checksums[{"md5": "md5Hash"}.get(kind, kind)] = value

    def finish(self, objects: Objects, incoming: Incoming) -> StoredObject:
        """Store the received bytes as the object; refuse them if a checksum differs."""
        for key, actual in (("md5Hash", incoming.md5), ("crc32c", incoming.crc32c)):
            provided = self.checksums.get(key, actual)
            if provided != actual:
                raise StorageError(
                    400, f"Provided {key} {provided!r} doesn't match calculated {key} {actual!r}."
                )
        return objects.create(self.bucket, self.name, self.settable, incoming, self.conditions)


def read_settable_fields(resource: dict[str, object]) -> dict[str, object]:
    """Return the metadata that a JSON resource sets; refuse fields that are not stored."""
    resource = {
        key: value for key, value in resource.items() if key not in {"name", "bucket", "kind"}
    }
    if unknown := set(resource) - SETTABLE:
        raise unsupported(f"setting {', '.join(sorted(unknown))} of an object")
    return resource


def parse_json(data: bytes) -> dict[str, object]:
    """Parse a JSON object from a request's body; an empty body is an empty object."""
    try:
        parsed = json.loads(data or b"{}")
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise StorageError(400, "Parse Error: the body is no JSON object")
    return parsed


async def split_multipart(
    content_type: str, body: AsyncIterator[bytes]
) -> tuple[dict[str, object], str, AsyncIterator[bytes]]:
    """Split a multipart/related body while it arrives.

    The body is: delimiter, headers, blank line, JSON, delimiter, headers, blank line, media,
    closing delimiter. So the media begins after the second blank line (the JSON has none).

    Args:
        content_type: the header of the request, which names the boundary.
        body: the body in chunks of any size.

    Returns:
        The JSON resource; the content type of the media; and the media in chunks, as they arrive.
    """
    boundary = _parse_content_type(content_type).get_param("boundary")
    if not boundary:
        raise StorageError(400, "multipart upload without a boundary")
    delimiter = b"--" + str(boundary).encode()
    head = b""
    while head.count(b"\r\n\r\n") < 2:  # noqa: PLR2004 - the two blank lines
        chunk = await anext(body, b"")
        head += chunk
        if not chunk or len(head) > _MAX_PART_HEADERS:
            raise StorageError(400, "Malformed multipart body.")
    first, resource_part, rest = head.split(b"\r\n\r\n", 2)
    resource, _, media_headers = resource_part.partition(b"\r\n" + delimiter + b"\r\n")
    if not first.lstrip().startswith(delimiter):
        raise StorageError(400, "Malformed multipart body.")
    media_type = re.search(rb"content-type:\s*([^\r\n]+)", media_headers, re.IGNORECASE)
    return (
        parse_json(resource),
        media_type[1].decode() if media_type else "",
        _stream_media(rest, body, b"\r\n" + delimiter + b"--"),
    )


async def _stream_media(
    rest: bytes, body: AsyncIterator[bytes], end: bytes
) -> AsyncIterator[bytes]:
    """Yield the bytes before the closing delimiter `end`.

    The delimiter may be split over two chunks. So the last bytes, as many as it can take with the
    line breaks after it, are kept back until the body is complete.
    """
    kept_back = len(end) + 4
    async for chunk in body:
        rest += chunk
        if len(rest) > kept_back:
            yield rest[:-kept_back]
            rest = rest[-kept_back:]
    media, delimiter, _ = rest.rpartition(end)
    if not delimiter:
        raise StorageError(400, "Malformed multipart body: it ends before the closing boundary.")
    yield media


def _parse_content_type(content_type: str) -> Message:
    message = Message()
    message["content-type"] = content_type
    return message


@dataclass
class Session:
    """A resumable upload; `done` is the object once it is complete."""

    upload: Upload
    incoming: Incoming
    done: StoredObject | None = None


class Sessions:
    """The resumable uploads. They end with the server."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._sessions: dict[str, Session] = {}

    def start(self, upload: Upload) -> str:
        """Start an upload and return its id."""
        upload.conditions.check(self._objects.find(upload.bucket, upload.name))
        identifier = uuid.uuid4().hex
        self._sessions[identifier] = Session(upload, self._objects.receive())
        return identifier

    async def receive(
        self, identifier: str, content_range: str | None, hashes: str, body: AsyncIterator[bytes]
    ) -> Session:
        """Receive a chunk, or none if the request only asks how many bytes have arrived.

        The forms of `content_range`, with A, B the first and last byte of the chunk and N the size
        of the object:

        - "bytes A-B/*": a chunk of an object whose size is not known yet.
        - "bytes A-B/N": a chunk of an object of N bytes; the last one if B = N - 1.
        - "bytes */N": no chunk: complete the object if all N bytes have arrived.
        - "bytes */*": no chunk, only a question.
        - None: the body is the whole object.

        When the connection breaks within a chunk, the bytes that have arrived are kept. The client
        may send some of them again, and these are skipped.
        """
        if identifier not in self._sessions:
            raise StorageError(
                404, "No such upload: it was never started, or the emulator was restarted since."
            )
        session = self._sessions[identifier]
        match = _RANGE.fullmatch(content_range or "bytes 0-0/*")
        if match is None:
            raise StorageError(400, f"Failed to parse Content-Range header: {content_range}")
        if session.done is not None:
            return session
        first, last, total = match.groups()
        incoming = session.incoming
        if (
            content_range
            and last is not None
            and total != str(int(last) + 1)
            and (int(last) + 1 - int(first)) % _QUANTUM
        ):
            raise StorageError(
                400,
                "Invalid request: chunks other than the last must be multiples of "
                f"{_QUANTUM} bytes.",
            )
        if first is not None:
            skip = incoming.size - int(first)  # bytes of this chunk that have arrived before
            if skip < 0:
                raise StorageError(
                    400, f"Invalid request: bytes {incoming.size}-{int(first) - 1} are missing."
                )
            async for chunk in body:
                incoming.write(chunk[skip:] if skip < len(chunk) else b"")
                skip = max(0, skip - len(chunk))
        if content_range is None or (total != "*" and incoming.size == int(total)):
            session.upload.expect(hashes)
            self._finish(identifier, session)
        elif total != "*" and incoming.size > int(total):
            raise StorageError(
                400,
                f"Invalid request: {incoming.size} bytes were received of an object of {total}.",
            )
        return session

    def clear(self) -> None:
        """Discard every upload."""
        for session in self._sessions.values():
            session.incoming.discard()
        self._sessions.clear()

    def _finish(self, identifier: str, session: Session) -> None:
        """Store the object; end the session if it is refused."""
        try:
            session.done = session.upload.finish(self._objects, session.incoming)
        except StorageError:
            session.incoming.discard()
            del self._sessions[identifier]
            raise
