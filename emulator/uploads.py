"""The three ways up: turns simple, multipart and resumable uploads into received bytes and what is said of them."""

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
_MAX_PART_HEADERS = 1024 * 1024


@dataclass
class Upload:
    """An object to be: its name, what is said about it, and the checksums that it must turn out to have."""

    bucket: str
    name: str
    settable: dict[str, object]
    conditions: Conditions
    checksums: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, bucket: str, name: str | None, resource: dict[str, object], conditions: Conditions
    ) -> "Upload":
        """The upload that a request describes with its `name` parameter and a JSON resource."""
        name = name or str(resource.pop("name", ""))
        if (
            not name
            or len(name.encode()) > 1024
            or "\n" in name
            or "\r" in name
            or name in {".", ".."}
        ):  # noqa: PLR2004
            raise StorageError(400, f"Invalid object name: {name!r}")
        checksums = {
            key: str(resource.pop(key)) for key in ("md5Hash", "crc32c") if resource.get(key)
        }
        return cls(bucket, name, settable(resource), conditions, checksums)

    def expect(self, hashes: str) -> None:
        """Adds the checksums of an X-Goog-Hash header."""
        for part in filter(None, hashes.split(",")):
            kind, _, value = part.strip().partition("=")
            self.checksums[{"md5": "md5Hash"}.get(kind, kind)] = value

    def finish(self, objects: Objects, incoming: Incoming) -> StoredObject:
        """Makes the received bytes the object, if they are the ones that the client meant."""
        for key, actual in (("md5Hash", incoming.md5), ("crc32c", incoming.crc32c)):
            if self.checksums.get(key, actual) != actual:
                raise StorageError(
                    400,
                    f"Provided {key} {self.checksums[key]!r} doesn't match calculated {key} {actual!r}.",
                )
        return objects.create(self.bucket, self.name, self.settable, incoming, self.conditions)


def settable(resource: dict[str, object]) -> dict[str, object]:
    """What a JSON resource says about an object; refuses what would not be kept."""
    resource = {
        key: value for key, value in resource.items() if key not in {"name", "bucket", "kind"}
    }
    if unknown := set(resource) - SETTABLE:
        raise unsupported(f"setting {', '.join(sorted(unknown))} of an object")
    return resource


def parse_json(data: bytes) -> dict[str, object]:
    """A JSON object from a request; nothing at all is an empty one."""
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
    """A multipart/related body as its JSON resource, the content type of its media, and the media, still on its way."""
    boundary = _header(content_type).get_param("boundary")
    if not boundary:
        raise StorageError(400, "multipart upload without a boundary")
    delimiter = b"--" + str(boundary).encode()
    head = b""
    # Delimiter, headers, blank line, JSON, delimiter, headers, blank line: the media begins behind the second blank line.
    while head.count(b"\r\n\r\n") < 2:  # noqa: PLR2004
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
        _media(rest, body, b"\r\n" + delimiter + b"--"),
    )


async def _media(rest: bytes, body: AsyncIterator[bytes], end: bytes) -> AsyncIterator[bytes]:
    """The bytes up to the closing delimiter. So many are held back that it is never cut in two."""
    longest = len(end) + 4
    async for chunk in body:
        rest += chunk
        if len(rest) > longest:
            yield rest[:-longest]
            rest = rest[-longest:]
    media, found, _ = rest.rpartition(end)
    if not found:
        raise StorageError(400, "Malformed multipart body: it ends before the closing boundary.")
    yield media


def _header(content_type: str) -> Message:
    message = Message()
    message["content-type"] = content_type
    return message


@dataclass
class Session:
    """A resumable upload under way, or the object that it came to."""

    upload: Upload
    incoming: Incoming
    done: StoredObject | None = None


class Sessions:
    """The resumable uploads. They live as long as the server does."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._sessions: dict[str, Session] = {}

    def start(self, upload: Upload) -> str:
        """Begins an upload; returns the id to continue it with."""
        upload.conditions.check(self._objects.find(upload.bucket, upload.name))
        identifier = uuid.uuid4().hex
        self._sessions[identifier] = Session(upload, self._objects.receive())
        return identifier

    async def receive(
        self, identifier: str, content_range: str | None, hashes: str, body: AsyncIterator[bytes]
    ) -> Session:
        """Takes in a chunk, or answers how far the upload is. What was received before a cut is kept."""
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
                f"Invalid request: chunks other than the last must be multiples of {_QUANTUM} bytes.",
            )
        if first is not None:
            skip = incoming.size - int(first)  # bytes that were sent before are not taken twice
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
        """Forgets every upload."""
        for session in self._sessions.values():
            session.incoming.discard()
        self._sessions.clear()

    def _finish(self, identifier: str, session: Session) -> None:
        try:
            session.done = session.upload.finish(self._objects, session.incoming)
        except StorageError:
            session.incoming.discard()
            del self._sessions[identifier]
            raise
