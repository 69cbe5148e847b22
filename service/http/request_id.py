"""Give each request an id, which its answer and all lines of the log about it name."""

import re
import secrets

from asgi_correlation_id import CorrelationIdMiddleware
from starlette.types import ASGIApp

from pipeline.logs.context import note_ids

HEADER = "X-Request-ID"
_HARMLESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
"""What ids look like: UUIDs, ULIDs, ids of traces. Such a text breaks no line and no query."""


def name_requests(app: ASGIApp) -> ASGIApp:
    """Return the application with an id for each request, sent back as X-Request-ID.

    The id that a caller sends is taken if it is a harmless text, so that a game can follow a
    request from its own log into this one. Otherwise one is made.
    """
    return CorrelationIdMiddleware(
        app,
        header_name=HEADER,
        update_request_header=False,
        generator=lambda: secrets.token_hex(16),
        validator=is_harmless,
        transformer=_note,
    )


def is_harmless(text: str) -> bool:
    """Return whether an id of a caller may be taken."""
    return _HARMLESS.fullmatch(text) is not None


def _note(request_id: str) -> str:
    note_ids(request_id=request_id)
    return request_id
