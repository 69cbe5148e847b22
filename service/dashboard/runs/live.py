"""Send how far a run is as parts of a page, while it goes on."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request
from sse_starlette import ServerSentEvent

from service.dashboard.frame.rendering import render_text
from service.following.events import SEPARATOR, Event
from service.following.feed import Feed
from service.following.progress import describe_progress
from service.following.stream import Form

PART = "run_progress.html.jinja"
ENDED = "run-ended"
"""The last event: the browser closes the stream, and the page loads anew what has changed."""


def make_form(request: Request, feed: Feed) -> Form:
    """Return the form in which a page follows a run.

    A message without a name is put into the page by htmx. Only the newest state is sent: a page
    shows how the run stands, not what it has passed through.
    """

    def write(events: Sequence[Event]) -> bytes:
        newest = events[-1]
        number = str(newest.number)
        text = _send(_render(request, feed, newest), id=number)
        if newest.told.state.ended:
            text += _send(str(newest.told.state), id=number, event=ENDED)
        return text

    def say_unavailable(detail: str) -> bytes:
        text = _send(_render(request, feed, feed.events[-1], detail)) if feed.events else b""
        # Nothing more is to come where the run's document is gone.
        return text + (_send("", event=ENDED) if feed.ended else b"")

    return Form(write, say_unavailable)


def _render(request: Request, feed: Feed, newest: Event, note: str | None = None) -> str:
    assert feed.run is not None  # noqa: S101 - its events were made of it
    live = describe_progress(feed.run, newest.told)
    if note is not None:
        live = live._replace(note=f"{note}.")
    return render_text(request, PART, live=live)


def _send(text: str, **fields: Any) -> bytes:
    return ServerSentEvent(text, sep=SEPARATOR, **fields).encode()
