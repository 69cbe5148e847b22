"""Say what was decided, and by whom."""

from pipeline.errors import NotQuarantined
from pipeline.formatting import format_category
from pipeline.records.corrections import CorrectionState, OwnerAction, OwnerDecision

DONE = {
    OwnerAction.ACCEPT: "Accepted",
    OwnerAction.RELABEL: "Relabelled",
    OwnerAction.REFUSE: "Refused",
}


def describe_decision(decision: OwnerDecision) -> str:
    """Return what was decided: `Relabelled as cat`."""
    as_class = f" as {format_category(decision.label)}" if decision.label else ""
    return f"{DONE[decision.action]}{as_class}"


def name_owner(by: str) -> str:
    """Return who decided, for a sentence."""
    return "the API key" if by == "api-key" else by


def explain_kept(error: NotQuarantined) -> str:
    """Return why a decision was not taken back, as a sentence."""
    if error.state == CorrectionState.MERGED:
        return "A run has merged the drawing meanwhile: it is in the data set, and stays there."
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


def find_class(text: str, categories: tuple[str, ...]) -> str | None:
    """Return the class that an owner typed: its name, in any case, with spaces or underscores."""
    typed = "_".join(text.lower().replace("_", " ").split())
    return next((name for name in categories if name.lower().replace(" ", "_") == typed), None)
