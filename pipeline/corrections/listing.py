"""Corrections to what their owner sees of them: text of a bounded length that is safe to show, and never who drew it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from pydantic import Field

from pipeline.corrections.decisions import reason_of, retraining_of, state_of
from pipeline.drawings import Images, normalize_canvas, render_strokes
from pipeline.errors import InvalidDrawing, NotFound, ObjectTooLarge
from pipeline.ports import ArtefactStore, CorrectionSource
from pipeline.progress import OnProgress, silent
from pipeline.records.base import Record
from pipeline.records.corrections import CorrectionDocument, CorrectionState, OwnerDecision
from pipeline.storage_paths import CANVAS_PATTERN

FETCHERS = 8
WORD, SENTENCE = 40, 400  # characters of a text that are shown


class ListedCorrection(Record):
    """A correction as its owner sees it. What a player left out, or put something else for, is None."""

    id: str
    corrected_label: str | None = Field(None, description="What the player says that it shows.")
    original_prediction: str | None = Field(None, description="What the model guessed.")
    confidence: float | None = Field(None, description="How sure the model was, as a share.")
    model_version: str | None = None
    timestamp: datetime | None = Field(None, description="When the player sent it.")
    state: CorrectionState | None = Field(
        None, description="Null for an old document that Redraw has not seen yet."
    )
    reason: str | None = Field(None, description="Why, for programs.")
    explanation: str | None = Field(None, description="Why, for people.")
    run_id: str | None = Field(None, description="The run that said so.")
    at: datetime | None = Field(None, description="When it was said.")
    decision: OwnerDecision | None = Field(
        None, description="What the owner has decided, if anything."
    )


class Page(NamedTuple):
    """Some corrections in order of id; `following` is the id to go on behind, None at the end."""

    corrections: list[ListedCorrection]
    documents: list[CorrectionDocument]
    following: str | None


def list_corrections(
    corrections: CorrectionSource,
    state: CorrectionState,
    *,
    reason: str | None,
    after: str | None,
    limit: int,
) -> Page:
    """At most `limit` corrections in that state, those of `reason` where one is given, from behind the id `after`."""
    found = corrections.find(state, reason=reason, after=after, limit=limit + 1)
    documents = found[:limit]
    decisions = corrections.decisions([document.id for document in documents])
    shown = [describe_document(document, decisions.get(document.id)) for document in documents]
    return Page(shown, documents, documents[-1].id if len(found) > limit else None)


def show_correction(corrections: CorrectionSource, correction_id: str) -> ListedCorrection:
    """One correction. Raises NotFound."""
    document = corrections.get(correction_id)
    return describe_document(document, corrections.decisions([correction_id]).get(correction_id))


def describe_document(
    document: CorrectionDocument, decision: OwnerDecision | None
) -> ListedCorrection:
    """What a document says, whatever was written into it, with the owner's decision."""
    fields, retraining = document.fields, retraining_of(document.fields)
    return ListedCorrection(
        id=document.id,
        corrected_label=_text(fields.get("correctedLabel"), WORD),
        original_prediction=_text(fields.get("originalPrediction"), WORD),
        confidence=_share(fields.get("confidence")),
        model_version=_text(fields.get("modelVersion"), WORD),
        timestamp=_time(fields.get("timestamp")),
        state=state_of(fields),
        reason=_text(reason_of(fields), WORD),
        explanation=_text(retraining.get("explanation"), SENTENCE),
        run_id=_text(retraining.get("runId"), SENTENCE),
        at=_time(retraining.get("at")),
        decision=decision,
    )


def make_drawing(document: CorrectionDocument, artefacts: ArtefactStore, max_bytes: int) -> Images:
    """The drawing made of a correction's canvas, uint8 `(28, 28)`. Raises NotFound where none can be made."""
    strokes = document.fields.get("strokes")
    if strokes is not None:
        try:
            return render_strokes(strokes)
        except InvalidDrawing as fault:
            raise NotFound(f"no drawing can be made of these strokes: {fault}") from fault
    path = document.fields.get("imageStoragePath")
    if not isinstance(path, str) or not CANVAS_PATTERN.fullmatch(path):
        raise NotFound("this correction names no canvas")
    try:
        return normalize_canvas(artefacts.read(path, max_bytes))
    except (InvalidDrawing, ObjectTooLarge) as fault:
        raise NotFound(f"no drawing can be made of this canvas: {fault}") from fault


def make_drawings(
    documents: Sequence[CorrectionDocument],
    artefacts: ArtefactStore,
    max_bytes: int,
    on_progress: OnProgress = silent,
) -> dict[str, Images]:
    """The drawings of several corrections by id, without those of which none can be made; several are fetched at once."""

    def attempt(document: CorrectionDocument) -> Images | None:
        try:
            return make_drawing(document, artefacts, max_bytes)
        except NotFound:
            return None

    drawings = {}
    with ThreadPoolExecutor(FETCHERS) as pool:
        for done, (document, drawing) in enumerate(
            zip(documents, pool.map(attempt, documents), strict=True), start=1
        ):
            if drawing is not None:
                drawings[document.id] = drawing
            on_progress("fetching drawings", done, len(documents))
    return drawings


def escape_unprintable(text: str) -> str:
    """`text` with everything escaped that would not show, or would change how the rest shows, on a page or a terminal."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )


def encode_id(correction_id: str) -> str:
    """The id as one word that every shell and URL takes as it is: what players put into ids, percent-encoded."""
    word = quote(correction_id, safe="").replace("~", "%7E")  # a shell knows what ~ means
    return f"%2D{word[1:]}" if word.startswith("-") else word


def decode_id(word: str) -> str:
    """The id that `encode_id` made this word of; what it never makes is the id of no correction, as it stands."""
    try:
        return unquote(word, errors="strict")
    except UnicodeDecodeError:
        return word


def _text(value: Any, most: int) -> str | None:
    if not isinstance(value, str):
        return None
    return escape_unprintable(value if len(value) <= most else f"{value[:most]}...")


def _time(value: Any) -> datetime | None:
    return value if isinstance(value, datetime) else None


def _share(value: Any) -> float | None:
    return (
        value
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
        else None
    )
