"""Post one message to the receiver, within a bounded time."""

import asyncio
import logging
import ssl
import time
from contextlib import suppress
from functools import cache
from typing import NamedTuple

import httpx

from pipeline.formatting import escape_unprintable, shorten

SECONDS = 10.0
"""How long one attempt takes at most, from the look-up of the name to the headers of the answer."""
MOST_WORDS = 160
_REDIRECTS = range(300, 400)
_DONE = range(200, 300)
GONE = 410

# It writes each address to the log, and some receivers put a secret into theirs.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)


class Outcome(NamedTuple):
    """How an attempt went.

    code: the HTTP status; None if there was no answer.
    error: what went wrong, in a few words; None if the receiver has the message.
    retry_after: seconds that the receiver asks to wait; None if it does not.
    """

    seconds: float
    code: int | None = None
    error: str | None = None
    retry_after: int | None = None


def post(url: str, headers: dict[str, str], body: bytes, seconds: float = SECONDS) -> Outcome:
    """Post a JSON text, and say how that went. Nothing of the answer's body is read.

    Redirects are not followed: a signed message goes to the address that an owner has set.

    Args:
        url: of the receiver.
        headers: besides those of the content.
        body: the text.
        seconds: how long it takes at most.
    """
    began = time.monotonic()
    try:
        answer = asyncio.run(asyncio.wait_for(_post(url, headers, body), seconds))
    except (TimeoutError, httpx.TimeoutException):
        return Outcome(_since(began), error=f"no answer within {seconds:g} s")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
        words = shorten(escape_unprintable(f"{type(error).__name__}: {error}"), MOST_WORDS)
        return Outcome(_since(began), error=f"no answer: {words.replace(url, 'the address')}")
    return Outcome(
        _since(began),
        answer.status_code,
        _explain(answer.status_code),
        _read_pause(answer.headers.get("retry-after", "")),
    )


async def _post(url: str, headers: dict[str, str], body: bytes) -> httpx.Response:
    content = {"Content-Type": "application/json", "User-Agent": "Redraw"}
    async with (
        # The time is bounded as a whole, outside: these would begin anew with each byte.
        httpx.AsyncClient(
            timeout=None,  # noqa: S113
            follow_redirects=False,
            verify=_read_authorities(),
        ) as client,
        client.stream("POST", url, content=body, headers=content | headers) as answer,
    ):
        return answer


@cache
def _read_authorities() -> ssl.SSLContext:
    """Return whose certificates are trusted; to read them takes longer than to send a message."""
    return httpx.create_ssl_context()


def _explain(code: int) -> str | None:
    if code in _DONE:
        return None
    if code in _REDIRECTS:
        return f"the receiver answered {code}: redirects are not followed, correct the address"
    if code == GONE:
        return f"the receiver answered {code}: it wants no more of this"
    return f"the receiver answered {code}"


def _read_pause(text: str) -> int | None:
    with suppress(ValueError):
        if text.isascii() and int(text) >= 0:
            return int(text)
    return None


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)
