"""All about one correction: what was said of it, what became of it, and what learned from it."""

from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote, urlencode

from pipeline.corrections import listing
from pipeline.corrections.fields import read_player_id
from pipeline.corrections.game_schema import UNKNOWN_PLAYER
from pipeline.corrections.listing import ListedCorrection
from pipeline.corrections.players import hash_player
from pipeline.formatting import format_category
from pipeline.lineage.learners import find_learners
from pipeline.pages.reason_words import advise_on, describe_reason
from pipeline.reasons import RefusalReason
from pipeline.records.corrections import CorrectionState, OwnerAction, OwnerDecision
from pipeline.records.dataset import Split
from pipeline.records.learning import MergedAs, Part
from service.access.roles import describe_owner
from service.wiring import Wiring

PARTS = {
    Part.FITTED: "learned from it",
    Part.CHOSE: "its settings were chosen by it",
    Part.JUDGED: "was judged by it",
    Part.INHERITED: "an ancestor learned from it",
    Part.UNUSED: "had it, without using it",
    Part.UNKNOWN: "not known: this version says nothing about what it learned from",
}
"""What a version had to do with a correction, as in "v1.0.1 learned from it"."""
SPLITS = {
    Split.TRAIN: "training: versions learn from it",
    Split.VAL: "validation: settings are chosen by it",
    Split.TEST: "test: versions are judged by it, and never learn from it",
}


VERDICTS = {
    CorrectionState.PENDING: "It waits for the next run",
    CorrectionState.MERGED: "It is in the data set",
    CorrectionState.QUARANTINED: "It waits for your decision",
    CorrectionState.REFUSED: "It is not used",
}
UNREAD = "No run has read it yet"
UNKNOWN_STATUS = "It is left alone: Redraw does not know its status"


class Event(NamedTuple):
    """Something that happened to a correction. at: None if the time is not known."""

    at: datetime | None
    text: str
    address: str | None = None


class Detail(NamedTuple):
    """A correction with what is around it.

    player: the address of the page of its player; None without one. review: the address where an
    owner may decide; None if there is nothing to decide.
    """

    correction: ListedCorrection
    player: str | None
    player_hash: str | None
    review: str | None
    verdict: str
    advice: str
    events: list[Event]


def read_detail(wiring: Wiring, correction_id: str) -> Detail:
    """Return a correction with what is around it; two reads.

    Raises:
        NotFound: there is no such correction.
    """
    document = wiring.ports.corrections.get(correction_id)
    decision = wiring.ports.corrections.decisions([correction_id]).get(correction_id)
    correction = listing.describe_document(document, decision)
    user = read_player_id(document.fields.get("userId"))
    player = None
    if user and not user.startswith(UNKNOWN_PLAYER):
        player = hash_player(user, wiring.settings.player_key.get_secret_value().encode())
    return Detail(
        correction,
        player and f"/players/{player}?{urlencode({'of': correction_id}, quote_via=quote)}",
        player,
        f"/review/{quote(correction_id, safe='')}" if _may_decide(correction) else None,
        describe_verdict(correction, document.fields.get("status")),
        advise_on(correction.reason),
        list_events(correction),
    )


def read_merged(wiring: Wiring, correction: ListedCorrection) -> MergedAs | None:
    """Return where the data set holds a correction, and the versions that it took part in."""
    if correction.state is not CorrectionState.MERGED:
        return None
    return find_learners(
        correction.id, correction.run_id, wiring.ports, wiring.settings.dataset_name
    )


def describe_verdict(correction: ListedCorrection, status: object) -> str:
    """Return what the state of a correction means, as the heading of its page.

    Args:
        correction: that is shown.
        status: of its document; it may be any value.
    """
    if correction.state is None:
        return UNREAD if status is None else UNKNOWN_STATUS
    if correction.state is CorrectionState.PENDING and correction.decision is not None:
        return "The next run follows your decision"
    return VERDICTS[correction.state]


def list_events(correction: ListedCorrection) -> list[Event]:
    """Return what happened to a correction, the earliest first."""
    sent = f"Sent by the player, as {format_category(correction.corrected_label or 'no word')}"
    events = [Event(correction.timestamp, sent)]
    decision, run = correction.decision, correction.run_id
    if correction.reason is not None:
        # A refusal by the owner keeps the run that had quarantined it.
        by_owner = correction.reason == RefusalReason.OWNER and decision is not None
        state = correction.state if correction.state is not CorrectionState.PENDING else "looked at"
        if not by_owner and state is not None:
            text = f"{state}: {describe_reason(correction.reason)}".capitalize()
            events.append(Event(correction.at, text, run and f"/runs/{quote(run, safe='')}"))
    if decision is not None:
        events.append(Event(decision.at, describe_decision(decision)))
    known = [event for event in events if event.at is not None]
    return [event for event in events if event.at is None] + sorted(known, key=_find_time)


def describe_decision(decision: OwnerDecision) -> str:
    """Return who decided what: `Accepted by the API key`."""
    done = {
        OwnerAction.ACCEPT: "Accepted",
        OwnerAction.RELABEL: f"Given the class {format_category(decision.label or '')}",
        OwnerAction.REFUSE: "Refused",
    }[decision.action]
    held = f", held because: {describe_reason(decision.held_for)}" if decision.held_for else ""
    return f"{done} by {describe_owner(decision.by)}{held}"


def _find_time(event: Event) -> float:
    return event.at.timestamp() if event.at is not None else 0.0


def _may_decide(correction: ListedCorrection) -> bool:
    if correction.state is CorrectionState.PENDING:
        return correction.decision is not None
    return correction.state is CorrectionState.QUARANTINED or (
        correction.state is CorrectionState.REFUSED and correction.reason == RefusalReason.OWNER
    )
