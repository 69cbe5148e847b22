"""Corrections: the documents that the game writes, their verdicts, and the owner's decisions."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, Self

from pydantic import Field, model_validator

from pipeline.errors import NotQuarantined
from pipeline.records.base import Record


class CorrectionState(StrEnum):
    """The states of a correction: `status` of its document."""

    PENDING = "pending"
    """It waits for a run. By its age alone, a run starts after REDRAW_TRIGGER_AGE_HOURS."""
    MERGED = "merged"
    """It is in the data set."""
    QUARANTINED = "quarantined"
    """It may be wrong, and waits for an owner: `redraw decide`, or the sheet with its drawing."""
    REFUSED = "refused"
    """It cannot be used, or an owner refused it. The reason says why."""


GAME_FIELDS = (
    "drawingId", "sessionId", "originalPrediction", "correctedLabel", "confidence", "userId",
    "timestamp", "modelVersion", "imageStoragePath", "imageData", "strokes", "status", "asked",
    "askedChance",
)  # fmt: skip
"""The fields of a correction's document that the game writes."""
DRAWING_FIELDS = ("strokes", "imageData")
"""Those that hold a drawing. They may be a hundred times as large as all the others."""


class Asked(StrEnum):
    """Why the game asked the player what a drawing shows; `none`: the player said so unasked."""

    NONE = "none"
    """It did not ask."""
    MARGIN = "margin"
    """The best two classes were close."""
    AUDIT = "audit"
    """Chance chose the drawing, as one of all."""
    DISAGREEMENT = "disagreement"
    """The release and the version on trial guessed different classes."""


ASKED_CODES = {asked: code for code, asked in enumerate(Asked)}
"""In arrays, why the game asked is a number."""
NOT_SAID = 255
"""Stands in arrays in place of such a number, if the game does not say why it asked."""


class Canvas(NamedTuple):
    """Where the canvas of a correction is.

    path: its path in Storage, checked. strokes: what it was drawn with, and image: its file, both
    in the document itself and unchecked. Each is None if the document has none.
    """

    path: str | None = None
    strokes: Any = None
    image: Any = None


class Correction(NamedTuple):
    """A player's statement of what a canvas shows, as it was read from a document.

    label: the class that the player says it shows, as an index.
    user_id: the player; never empty.
    timestamp: when the player's client says that it was sent.
    canvas: where its canvas is.
    guess: what the model guessed, in the document's words; None if that is unknown.
    confidence: the probability of that guess, 0 to 1; None if it is unknown.
    version: the version of the model; "" if it is unknown.
    asked: why the game asked the player; None if it does not say.
    chance: the probability with which it asked, above 0, at most 1; None if it does not say.
    """

    label: int
    user_id: str
    timestamp: datetime
    canvas: Canvas
    guess: str | None = None
    confidence: float | None = None
    version: str = ""
    asked: Asked | None = None
    chance: float | None = None


class CorrectionDocument(NamedTuple):
    """A correction's document in Firestore, unchecked: a player may have written anything."""

    id: str
    fields: dict[str, Any]
    created_at: datetime | None = None
    """When Firestore created it, by the server's clock."""
    read_at: datetime | None = None
    """When it was read, by the same clock."""


class Wanted(NamedTuple):
    """Which corrections are asked for: those that fit all that is said; None: any.

    state: their status. reason, run_id: of `retraining`. category: the class that the player says.
    player: the player's id.
    """

    state: CorrectionState | None = None
    reason: str | None = None
    run_id: str | None = None
    category: str | None = None
    player: str | None = None


class Backlog(NamedTuple):
    """How many corrections are pending, and the server's time when they were counted."""

    pending: int
    at: datetime


class StatusCount(NamedTuple):
    """How many documents have this value as their status; a person may have written any value."""

    value: Any
    documents: int


class StatusCounts(NamedTuple):
    """How many documents there are.

    total: all. without: those that have no status. values: those that have one, by its value; at
    most twenty values.
    """

    total: int
    without: int
    values: tuple[StatusCount, ...]


class Answers(NamedTuple):
    """How many guesses of a version players corrected and confirmed in a period."""

    corrections: int
    confirmations: int

    @property
    def total(self) -> int:
        """The number of answers."""
        return self.corrections + self.confirmations

    @property
    def rate(self) -> float:
        """The correction rate, 0 to 1. Raises ZeroDivisionError when there are no answers."""
        return self.corrections / self.total


class Verdict(Record):
    """The state of a correction and why it is in it.

    `reason` is an identifier for programs; `explanation` is a sentence for the owner of the game.
    """

    state: CorrectionState
    reason: str
    explanation: str


class Retraining(Verdict):
    """The outcome that Redraw writes into a correction's document, under `retraining`."""

    SCHEMA: ClassVar[int] = 1

    run_id: str
    revision: int | None = None
    version: str | None = None
    at: datetime


class OwnerAction(StrEnum):
    """What an owner does with a quarantined correction.

    Use it as it is, use it as another class, or do not use it.
    """

    ACCEPT = "accept"
    RELABEL = "relabel"
    REFUSE = "refuse"


class OwnerChoice(Record):
    """An action, with a class if and only if the action is to relabel."""

    action: OwnerAction
    label: str | None = Field(
        None, description="The class that the drawing shows; to relabel, and only then."
    )

    @model_validator(mode="after")
    def _label_fits(self) -> Self:
        if self.action is not OwnerAction.RELABEL and self.label is not None:
            raise ValueError(f"a label goes with relabel, not with {self.action}")
        if self.action is OwnerAction.RELABEL and self.label is None:
            raise ValueError("to relabel, name one of the classes as label")
        return self


class OwnerDecision(OwnerChoice):
    """The newest choice for a correction: `decisions/{correctionId}`, which no player can write."""

    SCHEMA: ClassVar[int] = 1

    correction_id: str
    by: str
    at: datetime
    held_for: str | None = None
    """The reason for which the correction was quarantined."""
    explanation: str | None = Field(None, description="The same reason, for people.")
    run_id: str | None = Field(None, description="The run that had quarantined the correction.")
    batch: str | None = Field(
        None, description="What was decided about many at once has one text here."
    )


class Undone(NamedTuple):
    """What taking back decisions has done.

    decisions: those that were taken back. kept: why there was none to take back, by correction id.
    """

    decisions: list[OwnerDecision]
    kept: dict[str, NotQuarantined]
