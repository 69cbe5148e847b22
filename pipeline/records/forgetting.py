"""Records of a run that forgets a player: the request, the plan, what went, and the receipt."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from pipeline.records.base import Record


class ForgetRequest(Record):
    """Who is to be forgotten: `forget_requests/{runId}`, which goes when its run ends.

    It is the only place where Redraw keeps the id of a player, and no player can read it.
    """

    SCHEMA: ClassVar[int] = 1

    run_id: str
    player_id: str
    requested_at: datetime


class ForgetPlan(Record):
    """What a run forgets, as it was found first; it says nothing about who the player was."""

    ids: list[str]
    """Of all corrections of the player."""
    canvases: list[str] = Field(default=[])
    """Paths of the canvases that these corrections name."""
    shared: list[str] = Field(default=[])
    """Those that corrections of other players name too: they stay."""
    rows: dict[str, int] = Field(default={})
    """How many rows of the data set are theirs, by split."""
    revisions: list[int] = Field(default=[])
    """The revisions that these rows are in."""
    before: int = 0
    """The edition of the log that counts."""
    edition: int | None = None
    """The edition that is written without the rows; None if there are none."""
    learned: list[str] = Field(default=[])
    """The versions that could have learned from them, also those of an earlier run that failed."""
    runs: list[str] = Field(default=[])
    """The runs whose challengers were fitted with them."""
    unfinished: list[str] = Field(default=[])
    """Runs that failed to forget a player before. This run withdraws what they have not."""
    keep_versions: bool = False
    released: str | None = None
    """What was released; None if nothing was, or nothing that can be read."""
    ancestor: str | None = None
    """What is fitted again from; None if the released version had not learned from the player."""


class RemovedKind(StrEnum):
    """What was deleted."""

    DOCUMENT = "document"
    DECISION = "decision"
    CANVAS = "canvas"
    REVISION = "revision"
    STAGING = "staging"
    VERSION = "version"
    """A file of a version."""


class Removed(Record):
    """An object of Storage, or a document, that was deleted.

    kind: what it was.
    path: in Storage, or the document's in Firestore; a name of the player in it is left out.
    """

    kind: RemovedKind
    path: str
    size: int | None = None
    """In bytes; None for a document, and for an object too large to be read."""
    sha256: str | None = None
    """Of the bytes; of a document as `pipeline.corrections.digests` computes it."""


class Refit(Record):
    """The model that was fitted again without the player."""

    ancestor: str
    """The newest version before the released one that had not learned from the player."""
    version: str | None = None
    """What was published; None if the gate did not promote it, or there was nothing to fit."""
    outcome: str
    """`promoted`, `held`, `rejected`, or `unchanged`: nothing was left to learn."""
    reasons: list[str] = Field(default=[])


class Counts(Record):
    """How much was deleted, by kind; also how much would be, in a preview."""

    documents: int = 0
    decisions: int = 0
    canvases: int = 0
    rows: int = 0
    revisions: int = 0
    staging: int = 0
    """Objects of ended runs in Storage, with data of any players."""
    versions: int = 0
    """That could have learned from the player."""

    @property
    def is_nothing(self) -> bool:
        """Whether nothing of the player was found."""
        return not (self.documents or self.decisions or self.canvases or self.rows)


class Proof(Record):
    """The listing after everything was deleted: how much was looked at, and what was still there.

    A receipt is written only when nothing was.
    """

    listed_at: datetime
    objects: int
    """In Storage, all that Redraw and the game keep there."""
    documents: int
    """Corrections of all players in Firestore."""
    rows: int
    """Of all players, in the log in Storage."""
    shared_canvases: int = 0
    """Canvases that documents of other players name too, so they stay."""
    left: list[str] = Field(default=[])


class Forgotten(Record):
    """What a run has forgotten, as its document shows it."""

    counts: Counts
    refit: Refit | None = None
    """None if the released version had not learned from the player."""
    withdrawn: list[str] = Field(default=[])
    kept: list[str] = Field(default=[])
    """Versions that learned from the player and stay, as the settings say."""
    receipt: str


class Receipt(Record):
    """What was forgotten, and the proof: `receipts/{runId}.json`. It does not say who it was."""

    format: int = 1
    run_id: str
    requested_at: datetime
    finished_at: datetime
    summary: str
    counts: Counts
    rows: dict[str, int] = Field(default={})
    revisions: list[int] = Field(default=[])
    edition: int
    released: str | None = None
    refit: Refit | None = None
    withdrawn: list[str] = Field(default=[])
    kept: list[str] = Field(default=[])
    also_finished: list[str] = Field(default=[])
    """Runs that failed to forget a player before: what they have deleted is listed here too."""
    removed: list[Removed] = Field(default=[])
    proof: Proof


class Preview(Counts):
    """What forgetting a player would delete, withdraw and fit again."""

    learned: list[str] = Field(default=[])
    """The versions that could have learned from the player, the highest number first."""
    released: str | None = None
    ancestor: str | None = None
    """What would be fitted again from; None if the released version has not learned from them."""
    keep_versions: bool = False
