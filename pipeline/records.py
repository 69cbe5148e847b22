"""The typed records of Redraw's world: snake_case here, camelCase in Firestore. Frozen: a change is a new record."""

import hashlib
import re
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, StrictStr, model_validator
from pydantic.alias_generators import to_camel

from pipeline.categories import LABELS
from pipeline.errors import RedrawError


class Record(BaseModel):
    """A frozen record that knows its Firestore spelling."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")

    def document(self) -> dict[str, Any]:
        """The record as Firestore keeps it: camelCase keys, plain values, datetimes as datetimes."""
        return self.model_dump(by_alias=True)

    @classmethod
    def from_document(cls, fields: dict[str, Any]) -> Self:
        """The record that `document` wrote. Raises pydantic.ValidationError when the fields do not fit."""
        return cls.model_validate(fields)


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
    label: str | None = Field(None, description="The class that the drawing shows; to relabel, and only then.")

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


class RunState(StrEnum):
    """The states of a run, in order; the last six are ends."""

    REQUESTED = "requested"
    COLLECTING = "collecting"
    MERGING = "merging"
    FITTING = "fitting"
    JUDGING = "judging"
    PUBLISHING = "publishing"
    PROMOTED = "promoted"
    REJECTED = "rejected"
    HELD = "held"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing will ever happen to such a run again."""
        return self in _ENDS


_ENDS = frozenset({RunState.PROMOTED, RunState.REJECTED, RunState.HELD, RunState.SKIPPED, RunState.FAILED, RunState.CANCELLED})


class Trigger(StrEnum):
    """Who or what asked for a run."""

    PERSON = "person"
    CLOCK = "clock"
    PENDING = "pending"
    """Enough corrections are pending."""
    AGE = "age"
    """A correction has been pending for too long."""
    DRIFT = "drift"
    """Players correct the champion more often than right after its release."""


class Progress(Record):
    """How far the present step is. `total` 0 means that it cannot be counted."""

    message: str = ""
    done: int = 0
    total: int = 0


class ReliabilityBin(Record):
    """The guesses of about one confidence: how many, how confident on average, and the share that was right."""

    rows: int
    confidence: float
    accuracy: float


class Metrics(Record):
    """How well a model does on some rows."""

    rows: int
    accuracy: float
    loss: float
    recall: dict[str, float]
    precision: dict[str, float]
    confusion: list[int]
    """Flat, row-major, classes x classes: entry [truth * classes + guess]. Firestore keeps no list within a list."""
    calibration_error: float | None = None
    """Expected calibration error: how far confidence and share of right guesses lie apart, on average. None: not measured."""
    reliability: list[ReliabilityBin] = []
    """By rising confidence; bins that no guess fell into are left out."""


class Comparison(Record):
    """Champion and challenger on the same rows."""

    champion: Metrics
    challenger: Metrics


class Standing(StrEnum):
    """How a challenger stands in one check of the gate."""

    PASSED = "passed"
    HARMFUL = "harmful"
    OPEN = "open"
    """Neither is shown."""


class Check(Record):
    """One question of the gate: how it stands, and the figures and the sentence that say so.

    difference, low, high: the challenger's accuracy less the champion's, as shares: measured, at least, at most. None where
    the check compares nothing.
    """

    name: str
    standing: Standing
    rows: int
    reason: str
    difference: float | None = None
    low: float | None = None
    high: float | None = None


class Decision(Record):
    """What the gate decided, with reasons that the owner of a game understands."""

    outcome: RunState
    reasons: list[str]
    base: Comparison
    players: Comparison | None = None
    checks: list[Check] = []
    more: int | None = None
    """Of a held one: about how many more corrections would decide. None: that cannot be said, or none would."""


class Counts(Record):
    """How many corrections a run saw, and what became of them."""

    collected: int = 0
    merged: int = 0
    quarantined: int = 0
    refused: int = 0
    reasons: dict[str, int] = {}


class Run(Record):
    """One pass of the retraining loop."""

    id: str
    state: RunState = RunState.REQUESTED
    trigger: Trigger = Trigger.PERSON
    requested_at: datetime
    requested_by: str = ""
    purpose: str | None = None
    """Why it was asked for, in the asker's words."""
    idempotency_key: str | None = None
    attempts: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    updated_at: datetime | None = None
    progress: Progress = Progress()
    counts: Counts = Counts()
    seconds: dict[str, float] = {}
    """Wall time of each step that was executed, in seconds, by the name of the state."""
    champion: str | None = None
    release_fence: int | None = None
    """The fence of the release that made `champion` the champion."""
    training_digest: str | None = None
    """Of all that the fit saw; a run that would see the same has nothing to fit."""
    revision: int | None = None
    version: str | None = None
    decision: Decision | None = None
    reason: str | None = None
    """Why the run was skipped, held or failed: one line."""


class Lease(NamedTuple):
    """The right to execute a run. `fence` rises with every claim; a write with an old fence is refused."""

    run_id: str
    fence: int


class Split(StrEnum):
    """The parts of the data set: three that base rows and corrections are shared out to, and one for confirmations alone."""

    TRAIN = "train"
    VAL = "val"
    TEST = "test"
    CONTROL = "control"
    """Confirmations: kept apart, because corrections alone show nothing but the champion's mistakes."""


class DatasetRevision(Record):
    """One immutable state of the data set. Revision 0 is Quick, Draw! alone."""

    revision: int
    parent: str | None
    """Digest of the revision before; None for revision 0."""
    digest: str
    categories: list[str]
    seed: int
    rows: dict[Split, int]
    """Of each part, base rows and appended ones."""
    corrections: int = 0
    """Appended rows; confirmations are counted in `rows` alone."""


class StoredObject(NamedTuple):
    """An object in Storage. `size` in bytes; `generation` changes whenever the object does."""

    path: str
    size: int
    generation: int


class Fetched(NamedTuple):
    """What an object held, and in which generation."""

    data: bytes
    generation: int


class VersionStatus(StrEnum):
    """`publishing`: files are still on their way. `ready`: complete, may be released. `withdrawn`: never again."""

    PUBLISHING = "publishing"
    READY = "ready"
    WITHDRAWN = "withdrawn"


class VersionFile(Record):
    """One file of a version: its path in Storage, size in bytes, and sha256 in hex."""

    path: str
    size: int
    sha256: str

    @classmethod
    def of(cls, path: str, data: bytes) -> Self:
        """The entry for `data` stored under `path`."""
        return cls(path=path, size=len(data), sha256=hashlib.sha256(data).hexdigest())


class ModelMetrics(Record):
    """The figures that the game shows: the contract's `metrics` of a model document, measured on the base test split."""

    accuracy: float
    loss: float
    training_samples: int
    corrections: int
    players_accuracy: float | None = None
    recall: dict[str, float] = {}


class ModelVersion(Record):
    """A published model."""

    version: str
    created_at: datetime
    storage_path: str
    active: bool = False
    status: VersionStatus = VersionStatus.PUBLISHING
    metrics: ModelMetrics | None = None
    files: list[VersionFile] = []
    parent: str | None = None
    dataset_revision: int = 0
    run_id: str = ""
    """Empty for what the game published before it had Redraw."""
    gate: Decision | None = None


class Release(Record):
    """The one pointer to the version that clients should use."""

    version: str
    previous: str | None = None
    manifest_path: str
    fence: int
    """Rises by one with every change of the release."""
    updated_at: datetime


class VersionNumber(NamedTuple):
    """`vMAJOR.MINOR.PATCH`, ordered as numbers."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises RedrawError for anything but `v1.2.3`."""
        match = re.fullmatch(r"v(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})", text)
        if match is None:
            raise RedrawError(f"{text!r} is not a version: write it like v1.0.0")
        return cls(*map(int, match.groups()))

    def __str__(self) -> str:
        return f"v{self.major}.{self.minor}.{self.patch}"

    def next_patch(self) -> "VersionNumber":
        """What a retrain raises."""
        return VersionNumber(self.major, self.minor, self.patch + 1)

    def next_minor(self) -> "VersionNumber":
        """What a new baseline raises."""
        return VersionNumber(self.major, self.minor + 1, 0)


FIRST_VERSION = VersionNumber(1, 0, 0)


def version_folder(version: str) -> str:
    """The folder of a version in Storage."""
    return f"models/production/{version}"


def model_path(version: str) -> str:
    """The Keras file of a version in Storage."""
    return f"{version_folder(version)}/quickdraw_{version}.h5"


def manifest_path(version: str) -> str:
    """The manifest of a version in Storage: it names every other file, and is written last."""
    return f"{version_folder(version)}/manifest.json"
