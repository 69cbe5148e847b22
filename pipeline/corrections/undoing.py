"""The rule by which an owner's decision is taken back.

It reads and writes nothing outside; the adapters call it in their transactions.
"""

from datetime import datetime
from typing import Any

from pipeline.corrections.decisions import (
    DECIDED_BEFORE,
    explain_state,
    is_owner_refusal,
    read_reason,
    read_state,
)
from pipeline.errors import NotQuarantined
from pipeline.records.corrections import (
    CorrectionDocument,
    CorrectionState,
    OwnerDecision,
    Retraining,
)

UNKNOWN_REASON = "unknown"
"""The reason of a quarantine of which the decision kept none."""


def check_seen(
    document: CorrectionDocument,
    decision: OwnerDecision | None,
    at: datetime | None,
    batch: str | None,
) -> None:
    """Check that the decision to take back is the one that the owner has seen.

    Args:
        document: the correction.
        decision: the one in force; None if there is none, which `apply_undo` judges.
        at: the time of the decision that is meant; None: whichever is in force.
        batch: the batch that it belongs to; None: any, or none.

    Raises:
        NotQuarantined: an owner has decided again meanwhile.
    """
    if decision is None:
        return
    if (at is not None and decision.at != at) or (batch is not None and decision.batch != batch):
        raise NotQuarantined(
            read_state(document.fields),
            f"another decision stands by now ({decision.action}): look at the correction again",
        )


def apply_undo(
    document: CorrectionDocument, decision: OwnerDecision | None, now: datetime
) -> dict[str, Any]:
    """Return the changes of a document by which its correction is quarantined as it was before.

    Nothing changes if it is quarantined, so taking back can be repeated.

    Args:
        document: the correction.
        decision: the one to take back; None if there is none.
        now: the time at which it is taken back.

    Raises:
        NotQuarantined: a run has followed the decision, or there is none.
    """
    state, reason = read_state(document.fields), read_reason(document.fields)
    if state is CorrectionState.QUARANTINED:
        return {}
    pending = state is CorrectionState.PENDING
    if not pending and not is_owner_refusal(state, reason):
        raise NotQuarantined(state, explain_state(state, reason))
    if decision is None:
        raise NotQuarantined(state, f"this correction is {state}, and no decision is there to undo")
    verdict = Retraining(
        state=CorrectionState.QUARANTINED,
        reason=decision.held_for or UNKNOWN_REASON,
        explanation=decision.explanation or "an owner took back the decision on it",
        run_id=decision.run_id or "",
        at=now,
    )
    # A run may have merged a pending one already.
    mark = {DECIDED_BEFORE: True} if pending else {}
    return {
        "status": str(CorrectionState.QUARANTINED),
        "retraining": verdict.document() | mark,
    }
