"""Keep the answers to writes that carry a key, in Redis, so that a repetition gets the same one."""

import base64
import json
import zlib
from collections.abc import Iterable
from typing import Any, NamedTuple

KEPT_SECONDS = 24 * 60 * 60
"""How long an answer is kept."""
WORKING_SECONDS = 120
"""How long the mark of a request that is being answered lasts, if its process dies.

A connection waits for an answer for a minute at most (`service.http.connections`)."""
ASKED_SECONDS = 3
"""After this time an attempt that has not confirmed its mark has given up, without its write.

No request waits for so long (`service.backends.budget`). Its command may be executed all the same,
when a Redis that hung goes on, or may have been executed when the answer to it was lost."""
MOST_BYTES = 1_048_576
"""Of the body of an answer that is kept."""

# A process that was slow must not overwrite the mark of the one that has replaced it.
_KEEP = """
local present = redis.call('get', KEYS[1])
if present == false or present == ARGV[1] then
    redis.call('set', KEYS[1], ARGV[2], 'EX', ARGV[3])
end
"""
_TAKE = """
if redis.call('get', KEYS[1]) ~= ARGV[1] or redis.call('pttl', KEYS[1]) < tonumber(ARGV[4]) then
    return 0
end
redis.call('set', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""
_FREE = "if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end"


class BeingAnswered(Exception):
    """A request with this key is being answered."""


class OtherRequest(Exception):
    """The key was sent with another request."""


class Answer(NamedTuple):
    """An answer as it was sent.

    status: of HTTP.
    headers: name and value, without the length.
    body: None where it was too large to be kept.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes | None


class Mark(NamedTuple):
    """What one request puts into Redis while it is answered.

    name: the key in Redis.
    digest: of the request.
    token: of this attempt; no other attempt has it.
    """

    name: str
    digest: str
    token: str

    @property
    def text(self) -> bytes:
        """The value in Redis while the write is done."""
        return json.dumps({"digest": self.digest, "token": self.token}).encode()

    @property
    def asked(self) -> bytes:
        """The value in Redis until this attempt knows that it may do the write."""
        return json.dumps({"digest": self.digest, "token": self.token, "asked": True}).encode()


def begin(redis: Any, mark: Mark) -> Answer | None:
    """Put `mark` into Redis and return None; return the answer if there is one already.

    The mark is put there in two steps. An attempt that gives up in between, since Redis does not
    answer, would otherwise refuse its own repetitions for minutes.

    Raises:
        BeingAnswered: another attempt has put its mark there.
        OtherRequest: what is there belongs to a request with another digest.
    """
    if redis.set(mark.name, mark.asked, nx=True, ex=WORKING_SECONDS):
        # Not later than another attempt may take its place.
        _take(redis, mark, mark.asked, WORKING_SECONDS - ASKED_SECONDS)
        return None
    present, left = redis.pipeline().get(mark.name).pttl(mark.name).execute()
    if present is None:  # it was freed, or it expired, between the two commands
        raise BeingAnswered
    found = json.loads(present)
    if "asked" in found and left / 1000 <= WORKING_SECONDS - ASKED_SECONDS:
        _take(redis, mark, present)
        return None
    if found["digest"] != mark.digest:
        raise OtherRequest
    if "status" not in found:
        raise BeingAnswered
    return _read(found)


def _take(redis: Any, mark: Mark, present: bytes, least_left: int = 0) -> None:
    """Put `mark` in the place of what is there.

    Raises:
        BeingAnswered: what is there has changed, or has fewer than `least_left` seconds left.
    """
    values = (present, mark.text, WORKING_SECONDS, 1000 * least_left)
    if not redis.eval(_TAKE, 1, mark.name, *values):
        raise BeingAnswered


def keep(redis: Any, mark: Mark, answer: Answer) -> None:
    """Replace `mark` by the answer, unless another attempt has its mark there."""
    body = answer.body
    if body is not None and len(body) > MOST_BYTES:
        body = None
    text = json.dumps(
        {
            "digest": mark.digest,
            "status": answer.status,
            "headers": answer.headers,
            "body": None if body is None else base64.b64encode(zlib.compress(body)).decode(),
        }
    )
    redis.eval(_KEEP, 1, mark.name, mark.text, text, KEPT_SECONDS)


def free(redis: Any, mark: Mark) -> None:
    """Remove `mark`, so that the same key can be sent again."""
    redis.eval(_FREE, 1, mark.name, mark.text)


def _read(found: dict[str, Any]) -> Answer:
    headers: Iterable[tuple[str, str]] = found["headers"]
    body = found["body"]
    return Answer(
        found["status"],
        tuple((name, value) for name, value in headers),
        None if body is None else zlib.decompress(base64.b64decode(body)),
    )
