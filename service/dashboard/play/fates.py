"""Say in words what became of the drawings that a player has answered."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from pipeline.corrections.fields import read_player_id
from pipeline.corrections.listing import ListedCorrection, describe_document
from pipeline.errors import NewerDocument, NotFound, UnreadableDocument
from pipeline.ports import Ports
from pipeline.records.corrections import CorrectionState
from pipeline.records.runs import Run, RunState

MOST = 12
"""Drawings that are looked at in one request; each takes a read."""


class Fate(NamedTuple):
    """What became of a drawing.

    state: None if the project has no such answer of this player. text: about it, for the player.
    final: whether no run changes it any more.
    """

    id: str
    state: CorrectionState | None
    text: str
    final: bool


def find_fates(ids: Iterable[str], player: str, ports: Ports) -> Iterator[Fate]:
    """Yield what became of the drawings with these ids; nothing is told of another player's.

    Takes a read for each drawing, and one for each run that has merged some.

    Raises:
        Unavailable: Firestore does not answer.
    """

    @cache
    def find_run(run_id: str) -> Run | None:
        try:
            return ports.runs.get(run_id)
        except (NotFound, UnreadableDocument, NewerDocument):
            return None

    for correction_id in ids:
        try:
            document = ports.corrections.get(correction_id)
        except NotFound:
            yield _unknown(correction_id)
            continue
        if read_player_id(document.fields.get("userId")) != player:
            yield _unknown(correction_id)
            continue
        listed = describe_document(document, None)
        run = None
        if listed.state is CorrectionState.MERGED and listed.run_id:
            run = find_run(listed.run_id)
        yield _describe(listed, run)


def _describe(listed: ListedCorrection, run: Run | None) -> Fate:
    if listed.state is CorrectionState.MERGED:
        return Fate(listed.id, listed.state, *_describe_merged(run))
    if listed.state is CorrectionState.QUARANTINED:
        return Fate(listed.id, listed.state, f"Held back. {_explain(listed)}", final=False)
    if listed.state is CorrectionState.REFUSED:
        return Fate(listed.id, listed.state, f"Not used. {_explain(listed)}", final=True)
    return Fate(listed.id, CorrectionState.PENDING, "Pending: it waits for a retrain.", final=False)


def _describe_merged(run: Run | None) -> tuple[str, bool]:
    """Return what to say of a drawing that this run has merged, and whether that is final."""
    if run is None:
        return "Merged: models are trained with it from now on.", True
    if not run.state.ended:
        return "Merged. The retrain goes on.", False
    if run.version is None:
        return "Merged. Its retrain released nothing; the next one learns from it too.", True
    if run.state is RunState.PROMOTED:
        return f"Merged in {run.version}.", True
    return f"Merged in {run.version}, which is not released.", True


def _explain(listed: ListedCorrection) -> str:
    """Return why the correction is in its state, as sentences."""
    text = listed.explanation or (listed.reason or "").replace("_", " ") or "The reason is unknown"
    text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _unknown(correction_id: str) -> Fate:
    return Fate(correction_id, None, "The project does not have it any more.", final=True)
