"""The rules of the owner's decisions on quarantined corrections.

They say what the owner may decide, and what a decision changes. These functions read and write
nothing outside; the adapters call them in their transactions.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pipeline.errors import InvalidLabel, NotQuarantined
from pipeline.reasons import RefusalReason
from pipeline.records.corrections import (
    CorrectionDocument,
    CorrectionState,
    OwnerAction,
    OwnerChoice,
    OwnerDecision,
    Retraining,
    Verdict,
)
from pipeline.records.ids import is_valid_id

EXCERPT_LENGTH = 40
"""Characters of an owner's text that are repeated in a message."""
EXPLANATION_LENGTH = 400
"""Characters of an explanation that a decision keeps."""
DECIDED_BEFORE = "decidedBefore"
"""The field of `retraining` that says that a decision to use the correction was taken back.

A run may have merged its drawing meanwhile. So when it is refused, the next run finds out.
"""
OWNER_REFUSED = Verdict(
    state=CorrectionState.REFUSED,
    reason=str(RefusalReason.OWNER),
    explanation="the owner of the game looked at it and refused it",
)
"""The verdict on a correction that the owner refuses.

It is written at once to a quarantined correction, and by the next run to a pending one.
"""


class DecisionEffect(NamedTuple):
    """The effect of a choice.

    decision: the decision that is now in force. changes: the fields of the correction's document
    that change, by their Firestore names.
    """

    decision: OwnerDecision
    changes: dict[str, Any]


def check_label(choice: OwnerChoice, categories: Sequence[str]) -> None:
    """Raise InvalidLabel if the owner relabels with a text that is none of the classes."""
    if choice.label is not None and choice.label not in categories:
        raise InvalidLabel(
            f"label: {choice.label[:EXCERPT_LENGTH]!r} is none of the classes: choose from"
            f" {', '.join(categories)}"
        )


def apply_choice(
    document: CorrectionDocument,
    previous: OwnerDecision | None,
    choice: OwnerChoice,
    owner: str,
    now: datetime,
    *,
    batch: str | None = None,
) -> DecisionEffect:
    """Return the decision and the changes that follow from the owner's choice.

    To repeat a choice is always allowed, and changes nothing that is done already.

    Args:
        document: the correction.
        previous: the owner's earlier decision on it, if there is one.
        choice: what the owner chooses now.
        owner: who decides; stored in the decision.
        now: the time of the decision.
        batch: see `OwnerDecision`.

    Raises:
        NotQuarantined: the correction does not wait for a decision, or no longer.
    """
    # state of the correction          accept, relabel   refuse
    # quarantined                      -> pending        -> refused (owner)
    # the same, decided before         -> pending        -> pending
    # refused by the owner             -> pending        no change
    # pending after another decision   no change         no change
    # any other                        NotQuarantined, except to repeat the choice
    #
    # A pending correction stays pending whatever is chosen: a run may have merged its drawing
    # already, and a drawing in the data set must not be marked as refused. The next run reads the
    # decision and applies it, if it is not too late.
    state, reason = read_state(document.fields), read_reason(document.fields)
    quarantined = state is CorrectionState.QUARANTINED
    refused_by_owner = is_owner_refusal(state, reason)
    awaits_run = previous is not None and state is CorrectionState.PENDING
    repeated = previous is not None and (previous.action, previous.label) == (
        choice.action,
        choice.label,
    )
    if not (repeated or quarantined or refused_by_owner or awaits_run):
        raise NotQuarantined(state, explain_state(state, reason))
    if previous is not None and repeated:
        decision = previous
    else:
        # When the owner decides again, the reason of the quarantine is no longer in the document.
        held = _read_quarantine(document.fields) if quarantined else _copy_quarantine(previous)
        decision = OwnerDecision(
            action=choice.action,
            label=choice.label,
            correction_id=document.id,
            by=owner,
            at=now,
            batch=batch,
            **held,
        )
    changes: dict[str, Any] = {}
    if choice.action is OwnerAction.REFUSE:
        if quarantined and read_retraining(document.fields).get(DECIDED_BEFORE) is True:
            changes = {"status": str(CorrectionState.PENDING)}
        elif quarantined:
            changes = {
                "status": str(CorrectionState.REFUSED),
                "retraining": _build_owner_refusal(document, now),
            }
    elif quarantined or refused_by_owner:
        changes = {"status": str(CorrectionState.PENDING)}
    return DecisionEffect(decision, changes)


def can_settle(fields: dict[str, Any], verdict: Verdict) -> bool:
    """Return whether a run's verdict on a correction is written.

    A pending one gets it. So does one of which the owner took back the decision, if the run had
    merged it before: what the data set holds is called merged.
    """
    state, reason = read_state(fields), read_reason(fields)
    if state is CorrectionState.PENDING:
        return True
    waits_or_refused = state is CorrectionState.QUARANTINED or is_owner_refusal(state, reason)
    return verdict.state is CorrectionState.MERGED and waits_or_refused


def can_be_overruled(verdict: Verdict) -> bool:
    """Return whether a decision of the owner can prevail over this verdict of a run.

    It cannot if the correction is merged, or if a fault makes it unusable.
    """
    return verdict.state is CorrectionState.QUARANTINED or is_owner_refusal(
        verdict.state, verdict.reason
    )


def is_overruled(verdict: Verdict, decision: OwnerDecision | None) -> bool:
    """Return whether the owner's decision contradicts this verdict of a run.

    This happens if the owner decides after the run has read the decisions. The verdict is then not
    written: the correction stays pending, and the next run follows the decision.
    """
    if decision is None or not can_be_overruled(verdict):
        return False
    return verdict.state is CorrectionState.QUARANTINED or decision.action is not OwnerAction.REFUSE


def read_state(fields: dict[str, Any]) -> CorrectionState | None:
    """Return the state in a document's fields, or None if it has none that Redraw knows."""
    status = fields.get("status")
    if isinstance(status, str) and status in set(CorrectionState):
        return CorrectionState(status)
    return None


def read_retraining(fields: dict[str, Any]) -> dict[str, Any]:
    """Return what Redraw wrote into a document; {} if that is missing or no mapping.

    Players can write to the document, so its values can still be of any type.
    """
    retraining = fields.get("retraining")
    return retraining if isinstance(retraining, dict) else {}


def read_reason(fields: dict[str, Any]) -> str | None:
    """Return the reason of the last verdict in a document's fields, or None if there is none."""
    reason = read_retraining(fields).get("reason")
    return reason if isinstance(reason, str) else None


def is_owner_refusal(state: CorrectionState | None, reason: str | None) -> bool:
    """Return whether a correction is refused because an owner said so."""
    return (state, reason) == (OWNER_REFUSED.state, OWNER_REFUSED.reason)


def _read_quarantine(fields: dict[str, Any]) -> dict[str, str | None]:
    """Return why a correction is quarantined, as a decision keeps it to be taken back."""
    retraining = read_retraining(fields)
    explanation, run_id = retraining.get("explanation"), retraining.get("runId")
    return {
        "held_for": read_reason(fields),
        "explanation": explanation[:EXPLANATION_LENGTH] if isinstance(explanation, str) else None,
        "run_id": run_id if isinstance(run_id, str) and is_valid_id(run_id) else None,
    }


def _copy_quarantine(previous: OwnerDecision | None) -> dict[str, str | None]:
    if previous is None:
        return {}
    return {
        "held_for": previous.held_for,
        "explanation": previous.explanation,
        "run_id": previous.run_id,
    }


def _build_owner_refusal(document: CorrectionDocument, now: datetime) -> dict[str, Any]:
    """Return the field `retraining` of a correction that its owner refuses.

    It keeps the id of the run that had quarantined the correction. It does not say which owner
    refused it, as players may read it.
    """
    run_id = read_retraining(document.fields).get("runId")
    return Retraining(
        **OWNER_REFUSED.model_dump(), run_id=run_id if isinstance(run_id, str) else "", at=now
    ).document()


def explain_state(state: CorrectionState | None, reason: str | None) -> str:
    """Return why there is nothing to decide on a correction in this state."""
    match state:
        case CorrectionState.PENDING:
            return (
                "this correction is pending: there is nothing to decide before the next run has"
                " screened it"
            )
        case CorrectionState.MERGED:
            return "this correction is merged already: it is in the data set, and stays there"
        case CorrectionState.REFUSED:
            return f"this correction is refused ({reason or 'no reason given'}): it cannot be used"
        case _:
            return "this correction has no status yet: there is nothing to decide"
