"""The parts of a page: one that cannot be read says so, and the others are shown.

All parts of a page share the budget of its request. A service that has not answered one part is
not asked for the others: so a page waits once for each service, not once for each part.
"""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from pipeline.errors import (
    AccessDenied,
    InvalidDataset,
    InvalidModel,
    NewerDocument,
    Retryable,
    Unavailable,
    UnreadableDocument,
)
from pipeline.records.versions import Release
from service.backends.budget import note_away
from service.dashboard.frame.times import format_duration
from service.wiring import Wiring

Value = TypeVar("Value")
SILENT = "Not known at the moment: {} does not answer. Reload the page in a few seconds."
REFUSED = "Not known: {} refuses the credentials of this service. The page System says what to do."
DAMAGED = "Not known: {}."
EARLIER = "{} does not answer: shown is what was known {} ago."


class Part(NamedTuple, Generic[Value]):
    """What a part of a page shows.

    value: what was read; None if it could not be. trouble: a sentence about that, None if all is
    well. age: how many seconds ago it was read, where it is an earlier value that was kept; None if
    it was read now.
    """

    value: Value | None
    trouble: str | None = None
    age: float | None = None


def read_part(read: Callable[[], Value], backend: str = "Firestore") -> Part[Value]:
    """Return what `read` returns, or the trouble with it.

    What does not exist (NotFound) is no trouble of a part: that error is raised.

    Args:
        read: reads the part.
        backend: how the service is called that it reads from, where the error does not say it.
    """
    try:
        return Part(read())
    except AccessDenied:
        note_away(backend)
        return Part(None, REFUSED.format(backend))
    except (UnreadableDocument, NewerDocument, InvalidDataset, InvalidModel) as error:
        return Part(None, DAMAGED.format(error))
    except Retryable as error:
        name = (error.backend if isinstance(error, Unavailable) else None) or backend
        note_away(name)
        return Part(None, SILENT.format(name))


def read_release(wiring: Wiring) -> Part[Release | None]:
    """Return the release; while Firestore does not answer, the last one that it named.

    A value of None without trouble means that nothing is released.
    """
    part = read_part(wiring.ports.models.release)
    known = wiring.release.glance() if part.trouble else None
    if known is None or known.release is None:
        return part
    return Part(known.release, EARLIER.format("Firestore", format_duration(known.age)), known.age)
