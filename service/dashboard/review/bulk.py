"""Decide on all that is held for a reason, piece by piece, and take that back.

Each piece is one request. A correction that is decided on is no longer quarantined, and each
decision names its batch: so after any fault the next piece goes on, and nothing is done twice.
"""

import secrets
from datetime import datetime
from typing import NamedTuple

from pipeline.corrections.decisions import read_retraining
from pipeline.corrections.fields import read_time
from pipeline.ports import CorrectionSource
from pipeline.records.corrections import OwnerAction, OwnerChoice, OwnerDecision
from service.dashboard.review.queue import QUARANTINED

PIECE = 50
"""Corrections of one request: two reads and two writes each."""


class Batch(NamedTuple):
    """What was decided together.

    decision: one of the decisions; None if none stands. stands: how many do.
    """

    decision: OwnerDecision | None
    stands: int


def name_batch() -> str:
    """Return a new name for what is decided together."""
    return secrets.token_urlsafe(9)


def decide_piece(
    corrections: CorrectionSource,
    action: OwnerAction,
    owner: str,
    batch: str,
    *,
    reason: str | None,
    until: datetime,
    after: str | None,
) -> str | None:
    """Decide on the next few corrections.

    Args:
        corrections: where they are.
        action: accept, or refuse.
        owner: who decides.
        batch: see `name_batch`.
        reason: only those that are held for this reason.
        until: those that are held since a later time were not among those that the owner saw
            counted: they are left.
        after: the id behind which the piece starts.

    Returns:
        The id behind which the next piece starts; None if this was the last one.
    """
    found = corrections.find(QUARANTINED, reason=reason, after=after, limit=PIECE)
    meant = []
    for document in found:
        since = read_time(read_retraining(document.fields).get("at"))
        if since is None or since <= until:
            meant.append(document.id)
    corrections.decide_waiting(meant, OwnerChoice(action=action), owner, batch)
    return found[-1].id if len(found) == PIECE else None


def undo_piece(corrections: CorrectionSource, batch: str, after: str | None) -> str | None:
    """Take back the next few decisions of a batch; what a run has merged stays.

    Returns:
        The id behind which the next piece starts; None if this was the last one.
    """
    ids = corrections.find_batch(batch, after, PIECE)
    corrections.undecide(ids, batch=batch)
    return ids[-1] if len(ids) == PIECE else None


def read_batch(corrections: CorrectionSource, batch: str) -> Batch:
    """Return what stands of a batch."""
    ids = corrections.find_batch(batch, limit=1)
    decision = corrections.decisions(ids).get(ids[0]) if ids else None
    return Batch(decision, corrections.count_batch(batch) if ids else 0)
