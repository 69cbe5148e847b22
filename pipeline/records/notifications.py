"""Notifications: what is told to the owner's receiver, and how its delivery went."""

import hashlib
import json
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, NamedTuple

from pydantic import Field

from pipeline.records.base import Record


class NotificationKind(StrEnum):
    """What a notification is about."""

    RUN_ENDED = "run.ended"
    """A run has ended. The reason is its state."""
    DECISION_NEEDED = "decision.needed"
    """Something waits for an owner."""
    ROLLED_BACK = "release.rolled_back"
    """A lower version was released in the place of a higher one."""
    ALARM = "alarm"
    """Something does not work, and does not get better by itself."""
    TEST = "test"
    """An owner tries out whether notifications arrive."""


class NotificationReason(StrEnum):
    """Why a notification was made, besides the ends of runs, for programs."""

    HELD = "held"
    """A run was held, and its version is not on trial."""
    QUARANTINED = "quarantined"
    """Many corrections are quarantined."""
    TRIAL_ENDED = "trial_ended"
    """A trial has ended without a release."""
    TRIAL_UNREADABLE = "trial_unreadable"
    """The release names a trial that cannot be read."""
    BY_RUN = "by_run"
    """A run went back: after a watch, or to forget a player."""
    BY_OWNER = "by_owner"
    """A person went back."""
    RUN_FAILED = "run_failed"
    """A run has failed."""
    RUN_IN_TROUBLE = "run_in_trouble"
    """Temporary faults have kept a run from getting further for half of its patience."""
    RUN_WAITS = "run_waits"
    """No worker has executed the run in the slot for a quarter of an hour."""
    SLOT_DEAD = "slot_dead"
    """The run in the slot can never go on."""
    NO_RELEASE = "no_release"
    """Nothing is released, or the release cannot be read, although versions are ready."""
    FILES_MISSING = "files_missing"
    """Files of the released version are missing in Storage, or have another size."""
    OLDEST_PENDING = "oldest_pending"
    """A correction has been pending for longer than REDRAW_WEBHOOK_PENDING_HOURS."""
    TEST = "test"
    """An owner asked for it."""


class DeliveryStatus(StrEnum):
    """How far the delivery of a notification is."""

    WAITING = "waiting"
    """It is tried at `nextAttemptAt`."""
    DELIVERED = "delivered"
    """The receiver has answered 2xx."""
    GIVEN_UP = "given_up"
    """It is not tried any more."""


class Attempt(Record):
    """One attempt to deliver a notification."""

    at: datetime
    seconds: float
    """How long the receiver took to answer, or not to."""
    code: int | None = None
    """The HTTP status of the answer; None if there was none."""
    error: str | None = None
    """What went wrong, in a few words; None if it was delivered."""


class Event(NamedTuple):
    """What has happened, as it is found in the state of the project.

    subject: what it happened to. Kind, reason and subject together happen once.
    sentence: for a person; without personal data.
    link: the path of the route that shows more.
    """

    kind: NotificationKind
    reason: str
    subject: str
    at: datetime
    sentence: str
    link: str
    run_id: str | None = None
    version: str | None = None


class Notification(Record):
    """The document `notifications/{id}`: what has happened, and how its delivery went."""

    SCHEMA: ClassVar[int] = 1

    id: str
    kind: NotificationKind
    reason: str
    """A code for programs: the state of a run that has ended, or a `NotificationReason`."""
    at: datetime
    """When it happened, or was noticed."""
    sentence: str
    """For a person."""
    run_id: str | None = None
    version: str | None = None
    link: str
    """The path of the route that shows more."""
    status: DeliveryStatus = DeliveryStatus.WAITING
    created_at: datetime
    """When it was found; lists are sorted by it."""
    next_attempt_at: datetime | None = None
    """When it is tried, or tried again if the process that is trying it dies; None at the end."""
    tries: int = 0
    """How often it was tried, also by processes that died meanwhile."""
    attempts: list[Attempt] = Field(default=[])
    """The newest attempts that have ended."""

    @classmethod
    def of(cls, event: Event, now: datetime) -> "Notification":
        """Return the notification of an event, to be delivered from `now` on.

        The id follows from the event alone, so to find it again makes the same document. It
        has no full stop, which separates the parts of what is signed.
        """
        named = json.dumps([event.kind, event.reason, event.subject])
        name = f"msg_{hashlib.sha256(named.encode()).hexdigest()[:32]}"
        return cls(
            id=name,
            kind=event.kind,
            reason=event.reason,
            at=event.at,
            sentence=event.sentence,
            run_id=event.run_id,
            version=event.version,
            link=event.link,
            created_at=now,
            next_attempt_at=now,
        )


class Noticed(Record):
    """The document `notification_state/noticed`: how far the project was looked at for events."""

    SCHEMA: ClassVar[int] = 1

    runs_until: datetime | None = None
    """Up to here the ends of runs were noticed; None before the first look."""
    runs: list[str] = Field(default=[])
    """The runs that were noticed and ended not long before."""
    release_fence: int = 0
    """Up to this fence the history of releases was noticed."""
    conditions: dict[str, datetime] = Field(default={})
    """What is wrong at present, by name, and since which look."""
