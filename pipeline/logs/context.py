"""The ids of what is under way, which every line of the log then names.

They follow a request into threads that copy its context, and a task into the tasks that it sends.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

ID_NAMES = ("request_id", "run_id", "correction_id", "task")
_NONE: Mapping[str, str] = MappingProxyType({})
_ids: ContextVar[Mapping[str, str]] = ContextVar("ids", default=_NONE)
_MADE_BY_FIRESTORE = re.compile(r"[A-Za-z0-9]{20}")


def current_ids() -> Mapping[str, str]:
    """Return the ids of what is under way, by their names."""
    return _ids.get()


def note_ids(**ids: str | None) -> None:
    """Name these ids from now on in this context; None leaves one away."""
    _ids.set(_merge(ids))


def forget_ids() -> None:
    """Name no ids any more in this context."""
    _ids.set(_NONE)


@contextmanager
def log_context(**ids: str | None) -> Iterator[None]:
    """Name these ids in every line that is logged until the block ends.

    `with log_context(run_id=run.id):`. The names are those of ID_NAMES. A correction is named by
    `name_correction`, as a game may have chosen its id.
    """
    before = _ids.set(_merge(ids))
    try:
        yield
    finally:
        _ids.reset(before)


def name_correction(correction_id: str) -> str:
    """Return how the log names a correction: by its id, if Firestore has made that.

    An id that the game has chosen may hold a player's name: the log has a digest of it, the first
    16 digits of `sha256sum`.
    """
    if _MADE_BY_FIRESTORE.fullmatch(correction_id):
        return correction_id
    return f"sha256:{hashlib.sha256(correction_id.encode()).hexdigest()[:16]}"


def _merge(ids: Mapping[str, str | None]) -> Mapping[str, str]:
    unknown = ids.keys() - set(ID_NAMES)
    if unknown:
        raise TypeError(f"the log knows no ids named {sorted(unknown)}")
    return {**_ids.get(), **{name: text for name, text in ids.items() if text is not None}}
