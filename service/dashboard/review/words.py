"""Say in plain words why a correction is quarantined, and what was decided."""

from pipeline.formatting import format_category
from pipeline.reasons import QuarantineReason
from pipeline.records.corrections import OwnerAction, OwnerDecision

ADVICE = {
    QuarantineReason.BURST: "Accept it if players draw so by themselves; refuse it if one person "
    "or program sent all of them.",
    QuarantineReason.NO_CLASS: "Accept it if you recognise it, and refuse a doodle: a model that "
    "learns from scribbles gets worse.",
    QuarantineReason.CONTRADICTED_LABEL: "Accept it if the player is right, relabel it if it shows "
    "another class, and refuse it if it shows none.",
    QuarantineReason.PLAYER_RECORD: "Many of this player's corrections are contradicted: decide on "
    "what you see, or refuse all of them.",
    QuarantineReason.FLOOD: "The player sent many of this class. Accept some, or leave them: they "
    "would count too much.",
}
"""What an owner can do, by reason; docs/reasons.md says the same."""
DONE = {
    OwnerAction.ACCEPT: "Accepted",
    OwnerAction.RELABEL: "Relabelled",
    OwnerAction.REFUSE: "Refused",
}


def name_reason(reason: str | None) -> str:
    """Return a reason as words: `contradicted label`."""
    return "no reason given" if reason is None else reason.replace("_", " ")


def give_advice(reason: str | None) -> str:
    """Return what an owner can do about a correction that is quarantined for this reason."""
    known = reason in set(QuarantineReason)
    return ADVICE[QuarantineReason(reason)] if known else ""


def describe_decision(decision: OwnerDecision) -> str:
    """Return what was decided: `Relabelled as cat`."""
    as_class = f" as {format_category(decision.label)}" if decision.label else ""
    return f"{DONE[decision.action]}{as_class}"


def name_owner(by: str) -> str:
    """Return who decided, for a sentence."""
    return "the API key" if by == "api-key" else by
