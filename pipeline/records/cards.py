"""The card of a version: what `card.json` holds.

Of players' drawings it holds counts alone: no names, no hashes, no ids, no pictures.
"""

from pydantic import Field

from pipeline.records.base import Record
from pipeline.records.metrics import Metrics
from pipeline.records.runs import Check, RunState

FORMAT = 1
CARD_JSON, CARD_PAGE = "card.json", "card.html"
"""The files of a version that hold it, for programs and for people."""


class CardPoint(Record):
    """One version in the curve of accuracy. Accuracies are from 0 to 1."""

    version: str
    accuracy: float
    """On clean base drawings that no version has learned from."""
    players_accuracy: float | None = None
    """On players' drawings, as its gate estimated it; None: not known."""


class ChangedRow(Record):
    """A clean drawing that the version guesses otherwise than its parent.

    `row`: its place among the base rows of test. `truth`, `before`, `after`: names of classes.
    """

    row: int
    truth: str
    before: str
    after: str


class ChangeCounts(Record):
    """How many drawings two versions guess right: both, only the new one, only the old, neither."""

    both: int
    now_right: int
    now_wrong: int
    neither: int

    @property
    def rows(self) -> int:
        """The number of drawings."""
        return self.both + self.now_right + self.now_wrong + self.neither


class SinceParent(Record):
    """What changed since the parent, on drawings that neither has learned from."""

    clean: ChangeCounts
    recall: dict[str, float]
    """By class: the version's recall on clean drawings minus its parent's, -1 to 1."""
    now_right: list[ChangedRow] = Field(default=[])
    """Some of the clean drawings that only the new version guesses right."""
    now_wrong: list[ChangedRow] = Field(default=[])
    players: ChangeCounts | None = None
    """The answers of players who are held out of all learning; None: there are none."""
    players_held_out: int = 0
    """How many players gave those answers."""


class LearnedFrom(Record):
    """What the version could learn from."""

    base_rows: int
    """Drawings of Quick, Draw! in the train split."""
    answers: int
    """Answers of players in the train split, corrections and confirmations."""
    players: int
    """How many players gave those answers."""
    new_answers: int
    """Those of them that the parent could not learn from."""
    new_players: int
    """How many players gave the new ones; they may have given others before."""
    dataset_revision: int
    canvas_rule: int
    """The rule by which canvases become drawings now; older revisions may have others."""


class CardGate(Record):
    """What the gate decided: its outcome, its reasons, and each check."""

    outcome: RunState
    reasons: list[str]
    checks: list[Check]


class Card(Record):
    """The card of a version. The number is not yet known when it is gathered."""

    format: int = FORMAT
    version: str = ""
    parent: str | None = None
    retrained: bool = False
    """Whether only its last layer was fitted; the other layers are its baseline's."""
    categories: list[str]
    history: list[CardPoint]
    """The version's ancestors, the oldest first, and at the end itself."""
    clean: Metrics
    """On the base rows of test."""
    learned_from: LearnedFrom
    since_parent: SinceParent | None = None
    """None for a first baseline, which has no parent."""
    gate: CardGate | None = None
    limits: list[str] = Field(default=[])
