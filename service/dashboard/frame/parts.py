"""The parts of a page: one that cannot be read says so, and the others are shown."""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from pipeline.errors import AccessDenied, Unavailable

Value = TypeVar("Value")
TROUBLE = "Not known at the moment: {} does not answer. Reload the page in a few seconds."


class Part(NamedTuple, Generic[Value]):
    """What a part of a page shows.

    value: what was read; None if it could not be. trouble: a sentence about that, None if all is
    well.
    """

    value: Value | None
    trouble: str | None = None


def read_part(read: Callable[[], Value], backend: str = "Firestore") -> Part[Value]:
    """Return what `read` returns, or the trouble with the service behind it.

    Args:
        read: reads the part; a page has a budget of time for all its parts together.
        backend: the name of the service that it reads from.
    """
    try:
        return Part(read())
    except (Unavailable, AccessDenied):
        return Part(None, TROUBLE.format(backend))
