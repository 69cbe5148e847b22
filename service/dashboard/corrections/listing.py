"""The grid of corrections: read the ones that are wanted, and say each in words."""

from typing import NamedTuple
from urllib.parse import quote

from pipeline.corrections import listing
from pipeline.corrections.listing import ListedCorrection
from pipeline.formatting import format_category
from pipeline.pages.reason_words import describe_reason
from pipeline.records.corrections import CorrectionState
from service.dashboard.corrections.filters import PAGE, Filters
from service.dashboard.frame.reading_all import estimate_reading
from service.routes.players import find_player
from service.wiring import Wiring

PAGE_SIZE = 48
KINDS = {
    CorrectionState.PENDING: "busy",
    CorrectionState.QUARANTINED: "bad",
    CorrectionState.MERGED: "good",
}
"""The kind of a state's chip."""


class Tile(NamedTuple):
    """A correction of the grid. text: says all of it to who cannot see the picture."""

    id: str
    address: str
    word: str
    guess: str
    state: str
    kind: str
    reason: str
    text: str


class Grid(NamedTuple):
    """A page of corrections. next_after: the id after which the next one starts; None: the last."""

    tiles: list[Tile]
    next_after: str | None


def read_grid(wiring: Wiring, filters: Filters, player: str | None, after: str | None) -> Grid:
    """Return a page of the corrections that fit; a read for each, and for each decision.

    Args:
        wiring: of this process.
        filters: that are on.
        player: the id of the player of the filters.
        after: the id after which the page starts.
    """
    page = listing.list_corrections(
        wiring.ports.corrections,
        filters.state,
        reason=filters.reason,
        run_id=filters.run,
        category=filters.category,
        player=player,
        after=after,
        limit=PAGE_SIZE,
    )
    return Grid([describe_tile(each) for each in page.corrections], page.next_after)


def count_grid(wiring: Wiring, filters: Filters, player: str | None) -> int:
    """Return how many corrections fit, on all pages; one read for each thousand."""
    return wiring.ports.corrections.count(
        filters.state,
        filters.reason,
        run_id=filters.run,
        category=filters.category,
        player=player,
    )


def read_player(wiring: Wiring, filters: Filters) -> str | None:
    """Return the id of the player who is asked for; None if none is.

    Raises:
        ProblemError: the player is not known.
    """
    if filters.player is None:
        return None
    by_itself = filters.of is None and estimate_reading(wiring).by_itself
    return find_player(wiring, filters.player, filters.of, may_count=by_itself).id


def describe_tile(correction: ListedCorrection) -> Tile:
    """Return a correction in words."""
    word = format_category(correction.corrected_label or "no word")
    state = str(correction.state or "no known state")
    reason = describe_reason(correction.reason) if correction.reason else ""
    guess = describe_guess(correction)
    text = f"{word}, says the player; {guess}; {state}{f': {reason}' if reason else ''}"
    kind = KINDS.get(correction.state, "") if correction.state else ""
    address = write_address(correction.id)
    return Tile(correction.id, address, word, guess, state, kind, reason, text)


def write_address(correction_id: str) -> str:
    """Return the address of the page of a correction, whose id may hold any character."""
    return f"{PAGE}/{quote(correction_id, safe='')}"


def describe_guess(correction: ListedCorrection) -> str:
    """Return what the model guessed, and how sure it was: `guessed sun, 50 % sure`."""
    if not correction.original_prediction:
        return "no guess is known"
    sure = "" if correction.confidence is None else f", {correction.confidence:.0%} sure"
    return f"guessed {format_category(correction.original_prediction)}{sure}"
