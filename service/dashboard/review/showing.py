"""Show one quarantined correction large, with all that helps to decide on it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from fastapi import Request, Response

from pipeline.pages.reason_words import advise_on, describe_reason
from pipeline.reasons import QuarantineReason
from pipeline.records.corrections import CorrectionState, OwnerDecision
from service.backends.held_counts import HeldCounts
from service.backends.slow_result import StillWorking
from service.dashboard.frame.parts import Part, read_part
from service.dashboard.frame.rendering import render_page
from service.dashboard.review.places import add_query, place_of
from service.dashboard.review.queue import QUARANTINED, Turn
from service.dashboard.review.words import describe_decision, name_owner
from service.wiring import Wiring

COUNTING = "They are being counted: reload the page in a few seconds."
HELPERS: dict[str, Any] = {
    "add_query": add_query,
    "advise_on": advise_on,
    "describe_decision": describe_decision,
    "describe_reason": describe_reason,
    "name_owner": name_owner,
    "place_of": place_of,
}
"""Functions that the templates of the queue use."""


def show_turn(
    request: Request,
    wiring: Wiring,
    read: Callable[[], Turn],
    reason: str | None,
    *,
    done: str | None = None,
    undone: bool = False,
    mistake: str | None = None,
    status: int = 200,
) -> Response:
    """Return the page of the queue.

    Args:
        request: that is answered.
        wiring: the parts of the application.
        read: reads the correction to show.
        reason: only corrections that are held for this reason are counted, and come next.
        done: the id of the correction that was decided on last.
        undone: whether the decision on this one was taken back just now.
        mistake: a sentence about what was not done, None if all was.
        status: of the answer.
    """
    corrections = wiring.ports.corrections
    turn = read_part(read)
    decided = read_part(lambda: _find_decision(wiring, done)).value
    left = read_part(partial(corrections.count, QUARANTINED, reason))
    shown = turn.value.correction if turn.value else None
    return render_page(
        request,
        "review/review.html.jinja",
        status=status,
        turn=turn,
        shown=shown,
        waits=shown is not None and shown.state is CorrectionState.QUARANTINED,
        left=left,
        decided=decided,
        undone=undone,
        mistake=mistake,
        reason=reason,
        reasons=[str(each) for each in QuarantineReason],
        counts=read_counts(wiring),
        categories=wiring.settings.categories,
        **HELPERS,
    )


def read_counts(wiring: Wiring) -> Part[HeldCounts | None]:
    """Return how many are held for each reason, as far as that is known without waiting long."""

    def read() -> HeldCounts | None:
        try:
            return wiring.held.get()
        except StillWorking:
            return None

    counts = read_part(read)
    return counts if counts.value or counts.trouble else Part(None, COUNTING)


def _find_decision(wiring: Wiring, correction_id: str | None) -> OwnerDecision | None:
    if correction_id is None:
        return None
    return wiring.ports.corrections.decisions([correction_id]).get(correction_id)
