"""Runs: their states, progress, counts, lease, and the decision of the gate."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal, NamedTuple, TypeAlias

from pydantic import Field

from pipeline.records.base import Record
from pipeline.records.forgetting import Forgotten
from pipeline.records.metrics import Comparison
from pipeline.records.trials import TrialReport


class RunKind(StrEnum):
    """What a run makes."""

    RETRAIN = "retrain"
    """A new head on the champion's backbone: the next PATCH."""
    BASELINE = "baseline"
    """A new baseline, with all layers trained: the next MINOR."""
    FORGET = "forget"
    """Nothing is left of a player: not in documents, canvases, data set, or models."""


NewRecipe: TypeAlias = Literal["fast", "best"]
"""The recipes that a new baseline can be trained by."""


class RunState(StrEnum):
    """The states of a run, in order; the last seven are ends."""

    REQUESTED = "requested"
    """It waits for a worker. If it does so for minutes, look whether one runs."""
    COLLECTING = "collecting"
    """Pending corrections are read, and their canvases made into drawings."""
    MERGING = "merging"
    """Corrections are screened and added to the data set."""
    FORGETTING = "forgetting"
    """Of a run that forgets a player: before it fits, and again after it has published."""
    FITTING = "fitting"
    """A challenger is fitted; of a new baseline, all layers are trained."""
    JUDGING = "judging"
    """The gate compares champion and challenger."""
    PUBLISHING = "publishing"
    """The files of the new version are stored and checked."""
    PROMOTED = "promoted"
    """A version was released. `redraw rollback` brings the one before back."""
    REJECTED = "rejected"
    """The gate found the challenger worse somewhere; the reasons say where. Its corrections are
    merged, and the next run learns from them too: nothing is to be done."""
    HELD = "held"
    """Not enough is known to release the challenger, or another version was released meanwhile. The
    reason says how many more answers would decide. If it was published, `redraw promote VERSION`
    releases it all the same."""
    SKIPPED = "skipped"
    """There was nothing new to learn. Nothing is to be done."""
    FAILED = "failed"
    """The reason says what went wrong and what to do. Corrections that the run has not merged stay
    pending for the next run."""
    CANCELLED = "cancelled"
    """A person cancelled it. Corrections that it has not merged stay pending for the next run."""
    FORGOTTEN = "forgotten"
    """Nothing is left of the player; the receipt says what was deleted."""

    @property
    def ended(self) -> bool:
        """Whether the state is final."""
        return self in _ENDS


_ENDS = frozenset(
    {
        RunState.PROMOTED,
        RunState.REJECTED,
        RunState.HELD,
        RunState.SKIPPED,
        RunState.FAILED,
        RunState.CANCELLED,
        RunState.FORGOTTEN,
    }
)


class Trigger(StrEnum):
    """Who or what asked for a run."""

    PERSON = "person"
    """An owner asked for it."""
    CLOCK = "clock"
    """It is night, and enough corrections are pending."""
    PENDING = "pending"
    """Enough corrections are pending."""
    AGE = "age"
    """A correction has been pending for too long."""
    DRIFT = "drift"
    """Players correct the champion more often than right after its release."""
    TRIAL = "trial"
    """Enough answers about the versions of a trial are pending, or its days are over."""
    OFFER = "offer"
    """A run has offered a new baseline, and REDRAW_REBASELINE_AUTOMATIC is on."""


class Progress(Record):
    """The progress of the present step. A `total` of 0 means that it cannot be counted."""

    message: str = ""
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    """How long what the message names goes on, by its pace so far; None where that is unknown."""


class CheckStanding(StrEnum):
    """The result of one check of the gate."""

    PASSED = "passed"
    """The challenger does no harm here, as surely as the settings of the gate ask."""
    HARMFUL = "harmful"
    """The challenger is worse here: it is rejected."""
    OPEN = "open"
    """The rows are too few to show either."""


class Check(Record):
    """One check of the gate: its result, the figures behind it and a sentence that explains it.

    `difference` is the challenger's accuracy minus the champion's, from -1 to 1; `low` and `high`
    are the ends of its confidence interval. They are None where the check compares nothing.
    `allowed` is what may be lost for sure, as a share: a check is passed at once if `low` is above
    `-allowed`. Below 0 it is what must be gained. None where there is no such bound, and in checks
    of an early Redraw.
    """

    name: str
    standing: CheckStanding
    rows: int
    reason: str
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    allowed: float | None = None


class Decision(Record):
    """What the gate decided, with reasons written for the owner of a game."""

    outcome: RunState
    reasons: list[str]
    base: Comparison
    checks: list[Check] = Field(default=[])
    more: int | None = None
    """When the outcome is `held`: about how many more answers would decide it.

    None when that cannot be estimated, or when no number of answers would decide it.
    """
    expected_gain: float | None = None
    """By how much players' drawings are likely to be recognised better, -1 to 1; None: unknown."""
    effective_answers: float | None = None
    """So many answers would show as much if each stood for as many drawings as any other."""
    players_before: float | None = None
    """The champion's accuracy on players' drawings, 0 to 1, each answer weighted by what it stands
    for; None where players confirm nothing, as their corrections do not say it."""
    players_after: float | None = None
    """The same of the challenger."""


class Counts(Record):
    """How many corrections a run collected, and how many ended in each state."""

    collected: int = 0
    merged: int = 0
    quarantined: int = 0
    refused: int = 0
    waiting: int = 0
    """Left pending, as their canvas is not in Storage yet."""
    reasons: dict[str, int] = Field(default={})


UNKNOWN_REASON = "unknown"
"""Stands for why the game asked a player, where it does not say so."""


class AnswerSample(Record):
    """What the answers of a run stand for that the champion has not learned from.

    They are an uneven sample of the drawings that the champion guessed, see `pipeline.sampling`.
    """

    answers: dict[str, int] = Field(default={})
    """Their numbers, by why the game asked the player: margin, audit, disagreement, none, unknown.

    Those that are 0 are left out."""
    confirmations: int = 0
    """How many of them confirm the guess."""
    effective: float = 0.0
    """So many answers about drawings chosen at random would say as much."""
    drawings: int | None = None
    """How many drawings the champion has guessed, if the game counts them."""
    possible_low: float = 0.0
    """Between these two the champion's accuracy on players' drawings can be, 0 to 1.

    By its accuracy on clean drawings and the number of drawings alone, without chances."""
    possible_high: float = 1.0
    ratio: float
    """How many times as readily players correct a wrong guess as they confirm a right one."""
    ratio_low: float
    ratio_high: float
    accuracy_low: float | None = None
    """Between these two is the champion's accuracy on players' drawings, 0 to 1.

    None where no player confirms: corrections alone do not say it."""
    accuracy_high: float | None = None


class Trouble(Record):
    """The temporary faults that keep a run from getting further, such as a Storage that is down."""

    message: str
    """What the newest fault was, in a line."""
    since: datetime
    """When the first of them was met."""
    times: int
    """How many pauses they have caused."""
    retry_at: datetime
    """The end of the present pause. Until then no worker executes the run by itself."""
    fence: int
    """The lease under which the newest was met."""
    done: int = 0
    """How far the progress of the step was then."""


class Run(Record):
    """One pass of the retraining loop, which makes a new head or a new baseline."""

    SCHEMA: ClassVar[int] = 1

    id: str
    kind: RunKind = RunKind.RETRAIN
    recipe: NewRecipe | None = None
    """How a new baseline is trained; None for REDRAW_REBASELINE_RECIPE, and for a retrain."""
    state: RunState = RunState.REQUESTED
    trigger: Trigger = Trigger.PERSON
    requested_at: datetime
    requested_by: str = ""
    purpose: str | None = None
    """Why the run was requested, in the words of the person or program that requested it."""
    idempotency_key: str | None = None
    attempts: int = 0
    """How often a worker claimed the run."""
    deaths: int = 0
    """How many of its workers died: their lease ran out, and they had not given it up."""
    trouble: Trouble | None = None
    """Faults since the run last got further; None when there were none."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    updated_at: datetime | None = None
    progress: Progress = Progress()
    counts: Counts = Counts()
    seconds: dict[str, float] = Field(default={})
    """Wall time of each step that was executed, in seconds, by the state's name."""
    entered: dict[str, datetime] = Field(default={})
    """When the run entered each state last, by the server's clock and the state's name."""
    champion: str | None = None
    release_fence: int | None = None
    """The fence of the release that made `champion` the champion."""
    training_digest: str | None = None
    """The digest of everything the fit depends on; if it is the same, there is nothing to fit."""
    revision: int | None = None
    answers: int | None = None
    """How many corrections and confirmations that revision of the data set holds."""
    version: str | None = None
    sample: AnswerSample | None = None
    """What the answers stand for that the champion has not learned from."""
    trial: TrialReport | None = None
    """What the run did about the open trial; None if there was none."""
    decision: Decision | None = None
    cancel_requested_at: datetime | None = None
    """When the owner asked to cancel the run; its worker stops within seconds."""
    cancel_requested_by: str | None = None
    remarks: list[str] = Field(default=[])
    """Sentences for the owner about the corrections of the run: what is odd, and what to do."""
    offers_baseline: bool = False
    """Whether one of the remarks offers to train a new baseline."""
    forgotten: Forgotten | None = None
    """What a run that forgot a player has deleted, withdrawn and fitted again."""
    reason: str | None = None
    """One line that says why the run was skipped, held or failed."""


class Lease(NamedTuple):
    """The right to execute a run.

    `fence` rises with every claim, and a write with an old fence is refused. So a worker that was
    replaced without noticing cannot write any more.
    """

    run_id: str
    fence: int
