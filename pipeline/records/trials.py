"""Trials: a version that is tried beside the released one, and what its evidence has shown."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from pipeline.records.base import Record


class TrialKind(StrEnum):
    """What the version on trial does for the players in the trial."""

    SHADOW = "shadow"
    """It guesses beside the released version, whose guesses players see."""
    CANARY = "canary"
    """Players in the trial see its guesses instead of the released version's."""
    WATCH = "watch"
    """The version that was released before guesses beside the new one, as in a shadow trial."""


class TrialState(StrEnum):
    """The states of a trial; all but the first are ends."""

    OPEN = "open"
    """It goes on; `redraw trial stop` ends it."""
    PROMOTED = "promoted"
    """The version on trial was released."""
    ENDED = "ended"
    """It was not: it is worse, the trial's days are over, or another version was released."""
    ROLLED_BACK = "rolled_back"
    """A watch released the version before again, as the new one is worse."""
    STOPPED = "stopped"
    """An owner stopped it."""


class TrialVerdict(StrEnum):
    """What the evidence says about the version on trial; of a watch, about the new release.

    The same words as in `pipeline.trial.standing`.
    """

    BETTER = "better"
    """The version on trial is released; a release under watch is kept."""
    WORSE = "worse"
    """The trial ends without a release; a release under watch is rolled back."""
    FUTILE = "futile"
    """Better is unlikely to be shown any more: the trial ends, a release under watch is kept."""
    OPEN = "open"
    """None of these is shown yet."""


class TrialLook(Record):
    """The evidence as one run saw it; made once by each run, whatever happens to it."""

    run_id: str
    at: datetime
    revision: int
    """The revision of the data set whose answers were looked at."""
    verdict: TrialVerdict
    answers: int
    """Answers that were merged since the trial began."""
    disagreements: int
    """Those of them about drawings on which the two versions disagree."""
    players: int
    estimate: float | None = None
    """The accuracy of the version in question minus that of the other, from -1 to 1."""
    low: float | None = None
    high: float | None = None
    """The ends of its interval, which holds at every look together."""
    sentence: str
    """What that means, for the owner."""


class Trial(Record):
    """A trial: the document `trials/{id}`. At most one is open: the one that the release carries.

    A version can be on trial more than once, so the id is the version with the fence of the release
    that began the trial behind it, as in `v1.0.4-7`.
    """

    SCHEMA: ClassVar[int] = 1

    id: str
    version: str
    """The version on trial; of a watch, the version that was released before."""
    against: str
    """The version that is released meanwhile."""
    kind: TrialKind
    share: float = Field(ge=0, le=1)
    """The share of the players who are in the trial."""
    salt: str
    """What players are assigned by, see `pipeline.trial.assignment`. It is the id."""
    state: TrialState = TrialState.OPEN
    started_at: datetime
    started_by: str = ""
    """Who started it: an owner, or the run `run_id`."""
    run_id: str | None = None
    ends_at: datetime
    """After this time, the next look ends the trial."""
    ended_at: datetime | None = None
    revision: int = Field(ge=0)
    """The data set's revision at the start. Only answers that were merged later are evidence."""
    fence: int
    """The fence of the release that began it."""
    looks: list[TrialLook] = Field(default=[])
    reason: str | None = None
    """One line that says why it ended as it did."""
    stopped_by: str | None = None

    def find_look(self, run_id: str) -> TrialLook | None:
        """Return the look of a run; None if the run has not looked yet."""
        return next((look for look in self.looks if look.run_id == run_id), None)


class TrialPlan(Record):
    """A trial that is to be started."""

    kind: TrialKind
    share: float
    days: float
    revision: int
    started_by: str
    run_id: str | None = None


class TrialOffer(Record):
    """What the release says about the open trial: all that a client needs."""

    version: str
    share: float = Field(ge=0, le=1)
    salt: str
    kind: TrialKind
    manifest_path: str


class TrialReport(Record):
    """What a run did about the open trial: part of the run's record."""

    id: str
    version: str
    against: str
    kind: TrialKind
    verdict: TrialVerdict
    sentence: str
