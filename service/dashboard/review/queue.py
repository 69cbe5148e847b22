"""Read what the queue shows: one quarantined correction, the next one, and how many are left."""

from collections.abc import Sequence
from typing import NamedTuple

from pipeline.corrections import listing
from pipeline.corrections.listing import ListedCorrection
from pipeline.errors import NotFound
from pipeline.ports import CorrectionSource
from pipeline.records.corrections import CorrectionDocument, CorrectionState, OwnerDecision

QUARANTINED = CorrectionState.QUARANTINED
NEWEST = 10
"""Decisions among which the newest one of an owner is looked for first."""


class Turn(NamedTuple):
    """What is decided on now.

    correction: None if nothing is left. next_id: of the one that comes after it, None if there is
    none. again: whether the queue began anew, as all behind the last place are decided on.
    """

    correction: ListedCorrection | None
    next_id: str | None = None
    again: bool = False


def read_turn(corrections: CorrectionSource, reason: str | None, after: str | None) -> Turn:
    """Return the first quarantined correction behind a place, in order of id.

    Args:
        corrections: where they are.
        reason: only those that are held for this reason.
        after: the id of the one that was shown last.
    """
    found = corrections.find(QUARANTINED, reason=reason, after=after, limit=2)
    again = False
    if not found and after is not None:
        found, again = corrections.find(QUARANTINED, reason=reason, limit=2), True
    return Turn(_describe_first(found), found[1].id if len(found) > 1 else None, again)


def read_this(corrections: CorrectionSource, reason: str | None, correction_id: str) -> Turn:
    """Return one correction of any state, and the next one that is quarantined.

    Raises:
        NotFound: there is no such correction.
    """
    document = corrections.look_up([correction_id]).get(correction_id)
    if document is None:
        raise NotFound("there is no such correction any more")
    decision = corrections.decisions([correction_id]).get(correction_id)
    behind = corrections.find(QUARANTINED, reason=reason, after=correction_id, limit=1)
    shown = listing.describe_document(document, decision)
    return Turn(shown, behind[0].id if behind else None)


def find_latest(corrections: CorrectionSource, owner: str) -> OwnerDecision | None:
    """Return the newest decision of an owner that is in force.

    It is among the newest few, unless another owner has decided on many meanwhile: only then a
    filter is worth its reads.
    """
    newest = corrections.page_decisions(limit=NEWEST).records
    own = next((decision for decision in newest if decision.by == owner), None)
    if own is not None or len(newest) < NEWEST:
        return own
    filtered = corrections.page_decisions(limit=1, by=owner).records
    return filtered[0] if filtered else None


def _describe_first(found: Sequence[CorrectionDocument]) -> ListedCorrection | None:
    # The decision on a quarantined correction counts for nothing, so none is read.
    return listing.describe_document(found[0], None) if found else None
