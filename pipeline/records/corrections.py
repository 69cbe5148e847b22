"""Corrections: the documents that the game writes, their verdicts, and the owner's decisions."""

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Self

from pydantic import Field, StrictStr, model_validator

from pipeline.records.base import Record


class CorrectionState(StrEnum):
    """The states of a correction; the glossary says what each means."""

    PENDING = "pending"
    MERGED = "merged"
    QUARANTINED = "quarantined"
    REFUSED = "refused"


class Correction(Record):
    """A player's statement of what a canvas shows.

    The fields that every client writes are strict: a number is refused, not turned into text.
    """

    corrected_label: StrictStr
    image_storage_path: StrictStr
    user_id: StrictStr
    timestamp: datetime = Field(strict=True)
    drawing_id: StrictStr | None = None
    session_id: StrictStr | None = None
    original_prediction: StrictStr | None = None
    confidence: float | None = None
    model_version: StrictStr | None = None
    strokes: Any = None
    """The strokes of the canvas, if the client sent them. `drawings.render_strokes` checks them."""


class CorrectionDocument(NamedTuple):
    """A correction's document in Firestore, unchecked: a player may have written anything."""

    id: str
    fields: dict[str, Any]
    updated_at: datetime | None = None
    """When Firestore last wrote it."""


class Backlog(NamedTuple):
    """How many corrections are pending, and the server's time when they were counted."""

    pending: int
    at: datetime


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

    correction_id: str
    by: str
    at: datetime
    held_for: str | None = None
    """The reason for which the correction was quarantined."""
