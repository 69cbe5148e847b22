"""Corrections: the documents that the game writes, their states, and the owner's decisions."""

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Self

from pydantic import Field, StrictStr, model_validator

from pipeline.categories import LABELS
from pipeline.records.base import Record


class CorrectionState(StrEnum):
    """Where a correction stands."""

    PENDING = "pending"
    MERGED = "merged"
    QUARANTINED = "quarantined"
    REFUSED = "refused"


class Correction(Record):
    """A player's statement of what a canvas shows. Strict where the game's clients write: a number is no label."""

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
    """What the canvas was made of, where the client sent it; unchecked: `drawings.render_strokes` does that."""


class CorrectionDocument(NamedTuple):
    """A correction as it lies in Firestore, unchecked: a hostile player may have written anything into it."""

    id: str
    fields: dict[str, Any]
    updated_at: datetime | None = None
    """When Firestore last wrote it."""


class Backlog(NamedTuple):
    """How many corrections are pending, and when that was, by the server's clock."""

    pending: int
    at: datetime


class Answers(NamedTuple):
    """What players said about a version's guesses in some time: how many corrected one, and how many confirmed one."""

    corrections: int
    confirmations: int

    @property
    def total(self) -> int:
        """How many answers there are."""
        return self.corrections + self.confirmations

    @property
    def rate(self) -> float:
        """The share of answers that correct; there must be some."""
        return self.corrections / self.total


class Verdict(Record):
    """What became of a correction, and why. `reason` is for programs, `explanation` for the owner of the game."""

    state: CorrectionState
    reason: str
    explanation: str


class Retraining(Verdict):
    """What Redraw adds to a correction document, under `retraining`."""

    run_id: str
    revision: int | None = None
    version: str | None = None
    at: datetime


class OwnerAction(StrEnum):
    """What an owner does with a quarantined correction: use it as it is, use it as another class, do not use it."""

    ACCEPT = "accept"
    RELABEL = "relabel"
    REFUSE = "refuse"


class OwnerChoice(Record):
    """An action, with the class where the action is to relabel and nowhere else."""

    action: OwnerAction
    label: str | None = Field(
        None, description="The class that the drawing shows; to relabel, and only then."
    )

    @model_validator(mode="after")
    def _label_fits(self) -> Self:
        if self.action is not OwnerAction.RELABEL and self.label is not None:
            raise ValueError(f"a label goes with relabel, not with {self.action}")
        if self.action is OwnerAction.RELABEL and self.label not in LABELS:
            raise ValueError(f"to relabel, name one of the classes as label: {', '.join(LABELS)}")
        return self


class OwnerDecision(OwnerChoice):
    """The choice that stands for a correction: `decisions/{correctionId}`, which no player can write."""

    correction_id: str
    by: str
    at: datetime
    held_for: str | None = None
    """The reason for which the correction was quarantined."""
