"""Describe corrections to the owner, and make their drawings.

Players can write anything into a document. Here its text is shortened and escaped, so that it is
safe to show, and its player is left out.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from pydantic import Field

from pipeline.corrections.canvas_paths import CanvasPlace
from pipeline.corrections.decisions import read_reason, read_retraining, read_state
from pipeline.corrections.fields import read_share, read_text, read_time
from pipeline.corrections.own_drawings import draw_own
from pipeline.corrections.validation import CorrectionRefused, read_canvas
from pipeline.drawings import Images, normalize_canvas
from pipeline.errors import InvalidDrawing, NotFound, ObjectTooLarge
from pipeline.formatting import shorten
from pipeline.ports import ArtefactStore, CorrectionSource
from pipeline.progress import OnProgress, silent
from pipeline.records.base import Record
from pipeline.records.corrections import CorrectionDocument, CorrectionState, OwnerDecision
from pipeline.settings import Settings

FETCHERS = 8
"""Threads that fetch canvases."""
MAX_WORD, MAX_SENTENCE = 40, 400
"""Characters of a text that are shown."""


class ListedCorrection(Record):
    """A correction as its owner sees it.

    A field is None if the player's client left it out, or wrote a value of another kind.
    """

    id: str
    corrected_label: str | None = Field(
        None, description="The class that the player says the drawing shows."
    )
    original_prediction: str | None = Field(None, description="The class that the model guessed.")
    confidence: float | None = Field(
        None, description="The probability that the model gave its guess, 0 to 1."
    )
    model_version: str | None = None
    timestamp: datetime | None = Field(None, description="When the player sent it.")
    state: CorrectionState | None = Field(
        None, description="Null for an old document that no run has read yet."
    )
    reason: str | None = Field(None, description="The reason of its state, for programs.")
    explanation: str | None = Field(None, description="The reason of its state, for people.")
    run_id: str | None = Field(None, description="The run that gave it this state.")
    at: datetime | None = Field(None, description="When it got this state.")
    decision: OwnerDecision | None = Field(
        None, description="The owner's decision, if there is one."
    )


class Page(NamedTuple):
    """A part of a list of corrections, in order of id.

    next_after: the id after which the next page starts; None on the last page.
    """

    corrections: list[ListedCorrection]
    next_after: str | None


def list_corrections(
    corrections: CorrectionSource,
    state: CorrectionState | None,
    *,
    reason: str | None,
    run_id: str | None = None,
    category: str | None = None,
    player: str | None = None,
    after: str | None,
    limit: int,
) -> Page:
    """Return a page of the corrections that fit all filters.

    Args:
        corrections: where to read them.
        state: their state; None for any.
        reason: their reason; None for any.
        run_id: the run that gave them this state; None for any.
        category: the class that the player says; None for any.
        player: the player's id; None for any.
        after: the id after which the page starts; None for the first page.
        limit: the largest number of corrections on the page.
    """
    # One more than the page holds shows whether there is a next page.
    documents = corrections.find(
        state,
        reason=reason,
        run_id=run_id,
        category=category,
        player=player,
        after=after,
        limit=limit + 1,
    )
    more, documents = len(documents) > limit, documents[:limit]
    decisions = corrections.decisions([document.id for document in documents])
    listed = [describe_document(document, decisions.get(document.id)) for document in documents]
    return Page(listed, documents[-1].id if more else None)


def get_correction(corrections: CorrectionSource, correction_id: str) -> ListedCorrection:
    """Return one correction.

    Raises:
        NotFound: there is no such correction.
    """
    document = corrections.get(correction_id)
    return describe_document(document, corrections.decisions([correction_id]).get(correction_id))


def describe_document(
    document: CorrectionDocument, decision: OwnerDecision | None
) -> ListedCorrection:
    """Return what the owner sees of a document, and of the decision on it.

    It never fails, whatever the document holds.
    """
    fields, retraining = document.fields, read_retraining(document.fields)
    return ListedCorrection(
        id=document.id,
        corrected_label=_read_text(fields.get("correctedLabel"), MAX_WORD),
        original_prediction=_read_text(fields.get("originalPrediction"), MAX_WORD),
        confidence=read_share(fields.get("confidence")),
        model_version=_read_text(read_text(fields.get("modelVersion")), MAX_WORD),
        timestamp=read_time(fields.get("timestamp")),
        state=read_state(fields),
        reason=_read_text(read_reason(fields), MAX_WORD),
        explanation=_read_text(retraining.get("explanation"), MAX_SENTENCE),
        run_id=_read_text(retraining.get("runId"), MAX_SENTENCE),
        at=read_time(retraining.get("at")),
        decision=decision,
    )


def make_drawing(
    document: CorrectionDocument, artefacts: ArtefactStore, settings: Settings
) -> Images:
    """Return the drawing of a correction, uint8 `(28, 28)`, made as a run makes it.

    Args:
        document: the correction.
        artefacts: where its canvas is.
        settings: the place of canvases and their largest size.

    Raises:
        NotFound: there is no canvas, or no drawing can be made of it or of the strokes.
    """
    try:
        canvas = read_canvas(document.fields, CanvasPlace.of(settings))
        drawing = draw_own(canvas, settings.max_canvas_bytes)
        if drawing is not None:
            return drawing
        return normalize_canvas(artefacts.read(canvas.path or "", settings.max_canvas_bytes))
    except (CorrectionRefused, InvalidDrawing, ObjectTooLarge) as error:
        raise NotFound(f"no drawing can be made of this correction: {error}") from error


def make_drawings(
    ids: Sequence[str],
    corrections: CorrectionSource,
    artefacts: ArtefactStore,
    settings: Settings,
    on_progress: OnProgress = silent,
) -> dict[str, Images]:
    """Return the drawings of several corrections, by id.

    Corrections of which no drawing can be made are left out. A document can have many strokes, so
    only as many as there are threads are in memory at once.

    Args:
        ids: of the corrections.
        corrections: where their documents are.
        artefacts: where their canvases are; several are fetched at once.
        settings: see `make_drawing`.
        on_progress: called after each correction.

    Raises:
        Retryable: Storage does not answer.
    """

    def try_to_make(correction_id: str) -> Images | None:
        try:
            return make_drawing(corrections.get(correction_id), artefacts, settings)
        except NotFound:
            return None

    drawings = {}
    with ThreadPoolExecutor(FETCHERS) as pool:
        for done, (correction_id, drawing) in enumerate(
            zip(ids, pool.map(try_to_make, ids), strict=True), start=1
        ):
            if drawing is not None:
                drawings[correction_id] = drawing
            on_progress("fetching drawings", done, len(ids))
    return drawings


def encode_id(correction_id: str) -> str:
    """Return the id as one word that needs no quotes in a shell or a URL.

    Players choose ids, so an id can hold any character. All but letters, digits, "-", "_" and "."
    are percent-encoded, and so is a "-" at the start, which a command would take for an option.
    """
    word = quote(correction_id, safe="").replace("~", "%7E")  # a shell expands ~
    return f"%2D{word[1:]}" if word.startswith("-") else word


def decode_id(word: str) -> str:
    """Return the id that `encode_id` encoded as this word.

    A word that `encode_id` cannot have made is returned unchanged; no correction has such an id.
    """
    try:
        return unquote(word, errors="strict")
    except UnicodeDecodeError:
        return word


def _read_text(value: Any, max_length: int) -> str | None:
    """Return a text, shortened and escaped; None for any other value."""
    if not isinstance(value, str):
        return None
    return shorten(value, max_length)
