"""The rules of an owner's decision on a quarantined correction: what may be decided, and what becomes of it. Pure."""

from datetime import datetime
from typing import Any, NamedTuple

from pipeline.errors import NotQuarantined
from pipeline.records.corrections import (
    CorrectionDocument,
    CorrectionState,
    OwnerAction,
    OwnerChoice,
    OwnerDecision,
    Retraining,
    Verdict,
)

OWNER_REFUSED = Verdict(
    state=CorrectionState.REFUSED,
    reason="owner",
    explanation="the owner of the game looked at it and refused it",
)
"""What becomes of a correction that its owner refuses: at once, or by the next run where it is pending."""


class DecisionEffect(NamedTuple):
    """The decision that stands from now on, and the fields of the correction's document that change with it."""

    decision: OwnerDecision
    changes: dict[str, Any]


def apply_choice(
    document: CorrectionDocument,
    known: OwnerDecision | None,
    choice: OwnerChoice,
    by: str,
    at: datetime,
) -> DecisionEffect:
    """What `choice` makes of a correction for which `known` stood so far. The same choice again changes nothing.

    Whatever is chosen, a pending correction stays pending: a run may have merged it already, and what the data set holds must
    not be called refused. Raises NotQuarantined where there is nothing to decide, or no longer.
    """
    state, reason = state_of(document.fields), reason_of(document.fields)
    waits, refused_by_owner = (
        state is CorrectionState.QUARANTINED,
        (state, reason) == _OWNER_REFUSED,
    )
    repeated = known is not None and (known.action, known.label) == (choice.action, choice.label)
    if not (
        repeated
        or waits
        or refused_by_owner
        or (known is not None and state is CorrectionState.PENDING)
    ):
        raise NotQuarantined(state, _told(state, reason))
    if known is not None and repeated:
        decision = known
    else:
        held_for = reason if waits else known.held_for if known else None
        decision = OwnerDecision(
            action=choice.action,
            label=choice.label,
            correction_id=document.id,
            by=by,
            at=at,
            held_for=held_for,
        )
    if choice.action is OwnerAction.REFUSE:
        changes = (
            {"status": str(CorrectionState.REFUSED), "retraining": _refusal(document, at)}
            if waits
            else {}
        )
    else:
        changes = {"status": str(CorrectionState.PENDING)} if waits or refused_by_owner else {}
    return DecisionEffect(decision, changes)


def may_be_overruled(outcome: Verdict) -> bool:
    """Whether a decision can stand against this outcome of a run. What is merged is merged, and a fault is a fault."""
    return (
        outcome.state is CorrectionState.QUARANTINED
        or (outcome.state, outcome.reason) == _OWNER_REFUSED
    )


def overruled(outcome: Verdict, decision: OwnerDecision | None) -> bool:
    """Whether the owner has decided otherwise while a run was on its way to this outcome: then it is not to be written.

    The correction stays pending, for the next run.
    """
    if decision is None or not may_be_overruled(outcome):
        return False
    return outcome.state is CorrectionState.QUARANTINED or decision.action is not OwnerAction.REFUSE


def state_of(fields: dict[str, Any]) -> CorrectionState | None:
    """Where the correction in a document stands. None: nowhere that Redraw knows."""
    status = fields.get("status")
    return (
        CorrectionState(status)
        if isinstance(status, str) and status in set(CorrectionState)
        else None
    )


def retraining_of(fields: dict[str, Any]) -> dict[str, Any]:
    """What Redraw has written into a document; nothing where a player has put something else there."""
    retraining = fields.get("retraining")
    return retraining if isinstance(retraining, dict) else {}


def reason_of(fields: dict[str, Any]) -> str | None:
    """The reason of the last verdict on the correction in a document, if there is one."""
    reason = retraining_of(fields).get("reason")
    return reason if isinstance(reason, str) else None


_OWNER_REFUSED = (OWNER_REFUSED.state, OWNER_REFUSED.reason)


def _refusal(document: CorrectionDocument, at: datetime) -> dict[str, Any]:
    """`retraining` of a correction that its owner refuses; the run is the one that had quarantined it."""
    run_id = retraining_of(document.fields).get("runId")
    return Retraining(
        **OWNER_REFUSED.model_dump(), run_id=run_id if isinstance(run_id, str) else "", at=at
    ).document()


def _told(state: CorrectionState | None, reason: str | None) -> str:
    match state:
        case CorrectionState.PENDING:
            return "this correction is pending: the next run looks at it, there is nothing to decide yet"
        case CorrectionState.MERGED:
            return "this correction is merged already: it is in the data set, and stays there"
        case CorrectionState.REFUSED:
            return f"this correction is refused ({reason or 'no reason given'}): it cannot be used"
        case _:
            return "this correction has no status yet: there is nothing to decide"
