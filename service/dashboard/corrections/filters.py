"""What a page of corrections is asked for: read from its address, and written into others."""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, urlencode

from pipeline.formatting import format_category
from pipeline.pages.reason_words import REASONS, describe_reason
from pipeline.reasons import DrawingReason, MergedReason, QuarantineReason, RefusalReason
from pipeline.records.corrections import CorrectionState
from service.http.problems import INVALID_REQUEST, ProblemError
from service.schemas.players import HASH_PATTERN

PAGE = "/corrections"
SHOWN_HASH = 10
"""Characters of a player's hash that are shown; the whole is in the link."""
STATES = {
    CorrectionState.PENDING: "pending: the next run reads them",
    CorrectionState.QUARANTINED: "quarantined: they wait for you",
    CorrectionState.MERGED: "merged: learned from",
    CorrectionState.REFUSED: "refused: cannot be used",
}
"""Each state with what it means."""
REASON_GROUPS = (
    ("quarantined", tuple(map(str, QuarantineReason))),
    ("refused", (*map(str, DrawingReason), *map(str, RefusalReason))),
    ("merged", tuple(map(str, MergedReason))),
)
"""The reasons that may be chosen, by state."""
_REASON, _RUN = re.compile("[a-z_]{1,64}"), re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Filters(NamedTuple):
    """Which corrections a page shows; each is None for any.

    The names are those of the address, but for `category`, which is `class` there. `of` names a
    correction of the player: with it the player is known though players were not counted.
    """

    state: CorrectionState | None = None
    reason: str | None = None
    category: str | None = None
    player: str | None = None
    run: str | None = None
    of: str | None = None

    def write(self, after: str | None = None) -> str:
        """Return the address of the page with these filters."""
        named = {"class" if name == "category" else name: value for name, value in self._pairs()}
        query = {name: value for name, value in {**named, "after": after}.items() if value}
        return f"{PAGE}?{urlencode(query, quote_via=quote)}" if query else PAGE

    def _pairs(self) -> list[tuple[str, str | None]]:
        kept = self if self.player else self._replace(of=None)
        return list(kept._asdict().items())


class Chip(NamedTuple):
    """A filter that is on: its words, and the address of the page without it."""

    text: str
    address: str


def read_filters(query: Mapping[str, str], categories: tuple[str, ...]) -> Filters:
    """Return the filters of an address. What is empty is any: a form sends all of its fields.

    Raises:
        ProblemError: a filter has a value that there is not.
    """
    given = {name: value for name, value in query.items() if value}
    filters = Filters(
        reason=given.get("reason"),
        category=given.get("class"),
        player=given.get("player"),
        run=given.get("run"),
        of=given.get("of"),
    )
    state = given.get("state")
    mistakes = {
        f"There is no state {state!r}": bool(state) and state not in set(CorrectionState),
        f"There is no reason {filters.reason!r}": not _is_like(_REASON, filters.reason),
        f"There is no class {filters.category!r}": filters.category not in {None, *categories},
        "A player is named by a hash of 64 characters": not _is_like(
            re.compile(HASH_PATTERN[1:-1]), filters.player
        ),
        f"There is no run {filters.run!r}": not _is_like(_RUN, filters.run),
    }
    for mistake, made in mistakes.items():
        if made:
            raise ProblemError(INVALID_REQUEST, f"{mistake}: choose on the page of corrections")
    return filters._replace(state=CorrectionState(state) if state else None)


def list_chips(filters: Filters) -> list[Chip]:
    """Return the filters that are on."""
    words = {
        "state": filters.state and str(filters.state),
        "reason": filters.reason and describe_reason(filters.reason),
        "category": filters.category and f"said to be {format_category(filters.category)}",
        "player": filters.player and f"player {filters.player[:SHOWN_HASH]}",
        "run": filters.run and f"settled by {filters.run}",
    }
    return [
        Chip(text, filters._replace(**{name: None}).write()) for name, text in words.items() if text
    ]


def list_reasons(state: CorrectionState | None) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the reasons that may be chosen, with their words, by the state that they are of."""
    return [
        (name, [(reason, REASONS[reason].phrase) for reason in reasons])
        for name, reasons in REASON_GROUPS
        if state is None or name == state
    ]


def describe_filters(filters: Filters, number: int) -> str:
    """Return the finding of the page as a sentence: `340 corrections are quarantined`."""
    one = number == 1
    what = f"{number:,} {'correction' if one else 'corrections'}" if number else "No correction"
    if filters.state is None:
        return f"{what} {'fits' if one or not number else 'fit'}" if any(filters) else what
    return f"{what} {'is' if one or not number else 'are'} {filters.state}"


def _is_like(pattern: re.Pattern[str], value: str | None) -> bool:
    return value is None or pattern.fullmatch(value) is not None
