"""Records of a run that forgets a player: the request, the plan, what went, and the receipt."""

from datetime import datetime

from pydantic import Field

from pipeline.records.base import Record


class ForgetRequest(Record):
    """Who is to be forgotten: `forget_requests/{runId}`, which goes when its run ends.

    It is the only place where Redraw keeps the id of a player, and no player can read it.
    """

    run_id: str
    player_id: str
    requested_at: datetime


class ForgetPlan(Record):
    """What a run forgets, as it was found first; it says nothing about who the player was."""

    ids: list[str]
    """Of all corrections of the player."""
    canvases: list[str] = Field(default=[])
    """Paths of canvases that only what earlier runs collected names."""
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


class Removed(Record):
    """An object of Storage, or a document, that was deleted.

    path: in Storage, or the document's in Firestore; a name of the player in it is left out.
    """

    path: str
    size: int | None = None
    """In bytes; None for a document."""
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
    objects: int = 0
    """In Storage, other than canvases and files of versions: revisions before, and staging."""
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
    removed: list[Removed] = Field(default=[])
    proof: Proof
