"""The statuses of the game's documents: say what Redraw sees, and make others pending.

Redraw works on documents whose status is "pending". Any other value that it did not write is left
alone, as only the owner knows what it means; but it is counted and named.
"""

import json
import shlex
from typing import Any, NamedTuple

from pipeline.corrections.decisions import OWNER_REFUSED
from pipeline.errors import RedrawError
from pipeline.ports import CorrectionSource
from pipeline.records.corrections import CorrectionState, StatusCounts

MAX_SHOWN = 40
"""Characters of a status that are shown."""


OWNER_DECIDES = (
    "what an owner refused is reopened one by one: redraw decide ID accept; redraw corrections"
    " --state refused --reason owner lists them"
)


class Reopened(NamedTuple):
    """How many corrections are pending again, and whether more are refused for the same reason."""

    number: int
    more: bool


def reopen_refused(corrections: CorrectionSource, reason: str, limit: int) -> Reopened:
    """Make refused corrections pending again; those refused for this reason, at most `limit`.

    The next run reads them as if they were new. Repeating the call changes nothing.

    Raises:
        RedrawError: the owner refused them, and changes that one by one.
    """
    if reason == OWNER_REFUSED.reason:
        raise RedrawError(OWNER_DECIDES)
    number = corrections.reopen(reason, limit)
    more = bool(corrections.find(CorrectionState.REFUSED, reason=reason, limit=1))
    return Reopened(number, more)


def adopt_foreign(corrections: CorrectionSource, word: str, limit: int) -> int:
    """Make documents of a status that Redraw does not know pending; return how many.

    Args:
        corrections: the documents.
        word: the status, as `describe_statuses` names it: JSON, or a text without its quotes.
        limit: the largest number to change.

    Raises:
        RedrawError: it is a status of Redraw.
    """
    value = read_word(word)
    if _is_known(value):
        raise RedrawError(
            f"{word} is a status that Redraw gives, and is not adopted; refused corrections are"
            " reopened by redraw corrections reopen --reason REASON"
        )
    return corrections.adopt_status(value, limit)


def read_word(word: str) -> Any:
    """Return the status that a word on the command line names: `null`, `1`, `"1"` or `new`."""
    try:
        return json.loads(word)
    except (ValueError, RecursionError):
        return word


def describe_known(counts: StatusCounts) -> str:
    """Return how many documents there are of each kind, such as "7 documents: 5 pending, ..."."""
    known = {count.value: count.documents for count in counts.values if _is_known(count.value)}
    parts = [f"{known[state]:,} {state}" for state in CorrectionState if state in known]
    foreign = sum(count.documents for count in counts.values if not _is_known(count.value))
    parts += [f"{counts.without:,} without a status"] if counts.without else []
    parts += [f"{foreign:,} with a status that Redraw does not know"] if foreign else []
    documents = "1 document" if counts.total == 1 else f"{counts.total:,} documents"
    return f"{documents}: {', '.join(parts)}" if parts else documents


def describe_foreign(counts: StatusCounts, command: str = "redraw corrections") -> str | None:
    """Return which statuses Redraw does not know, and what to do; None if there are none."""
    foreign = [count for count in counts.values if not _is_known(count.value)]
    if not foreign:
        return None
    named = ", ".join(f"{show_status(count.value)} ({count.documents:,})" for count in foreign)
    first = foreign[0].value
    # A text is its own word, unless it would be read as JSON.
    is_word = isinstance(first, str) and read_word(first) is first and len(first) <= MAX_SHOWN
    example = shlex.quote(first if is_word else json.dumps(first, default=repr))
    return (
        f'no run reads corrections whose status is not "pending": it is {named}; if they are new,'
        f" {command} adopt --status {example} makes them pending; and let the game write"
        ' status "pending"'
    )


def show_status(value: Any) -> str:
    """Return a status as JSON in one line, escaped and not too long."""
    text = json.dumps(value, default=repr)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


def _is_known(value: Any) -> bool:
    return isinstance(value, str) and value in set(CorrectionState)
