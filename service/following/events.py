"""Turn the record of a run into events: one for each state that it entered, and its progress."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sse_starlette.event import ServerSentEvent

from pipeline.records.runs import Run, RunKind, RunState
from pipeline.runs.time_left import STEPS, TimeLeft, estimate_time_left
from service.schemas.events import RunEvent

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SEPARATOR = "\n"


class Event(NamedTuple):
    """An event of a run.

    number: rises from event to event. It is a time of Firestore's clock, so it is the same in each
        process that reads the run, and a listener may go on with another one.
    told: what it tells.
    """

    number: int
    told: RunEvent

    @property
    def text(self) -> bytes:
        """The event as the API sends it."""
        name = "end" if self.told.state.ended else "progress"
        data = self.told.model_dump_json(by_alias=True)
        return ServerSentEvent(data, event=name, id=str(self.number), sep=SEPARATOR).encode()


def list_events(run: Run, earlier: Sequence[Run]) -> list[Event]:
    """Return what has happened to a run so far, oldest first.

    Args:
        run: as it stands. States that it passed through between two readings are told too, since it
            notes when it entered each.
        earlier: other runs, by which the time left is estimated.
    """
    entered = {RunState(name): at for name, at in run.entered.items() if name in _STATES}
    passed = [
        (_number(at), _describe_passed(run, state, at))
        for state, at in entered.items()
        if state is not run.state
    ]
    if run.state is not RunState.REQUESTED:
        # Nothing came before it, and its time is of another clock.
        passed.append((0, _describe_passed(run, RunState.REQUESTED, run.requested_at)))
    number = 0 if run.updated_at is None else _number(run.updated_at)
    return [
        *(Event(*each) for each in sorted(passed, key=lambda each: each[0])),
        Event(number, describe_now(run, earlier)),
    ]


def write_events(events: Sequence[Event]) -> bytes:
    """Return events as the API sends them."""
    return b"".join(event.text for event in events)


def say_unavailable(detail: str) -> bytes:
    """Return the event that says that the run cannot be read. It has no number: it is no news."""
    data = json.dumps({"detail": detail})
    return ServerSentEvent(data, event="unavailable", sep=SEPARATOR).encode()


_STATES = frozenset(map(str, RunState))


def _number(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def describe_now(run: Run, earlier: Sequence[Run]) -> RunEvent:
    """Return how far a run is as it stands; `earlier` as for `list_events`."""
    left = TimeLeft(None, None) if run.state.ended else estimate_time_left(run, earlier)
    return RunEvent(
        run_id=run.id,
        state=run.state,
        step=_find_step(run, run.state),
        steps=len(STEPS[run.kind]),
        message=run.progress.message or str(run.state),
        done=run.progress.done,
        total=run.progress.total,
        seconds_left=_round(left.run),
        step_seconds_left=_round(left.step),
        updated_at=run.updated_at or run.requested_at,
        cancel_requested_at=run.cancel_requested_at,
        version=run.version,
        reason=run.reason,
    )


def _describe_passed(run: Run, state: RunState, at: datetime) -> RunEvent:
    return RunEvent(
        run_id=run.id,
        state=state,
        step=_find_step(run, state),
        steps=len(STEPS[run.kind]),
        message=str(state),
        done=0,
        total=0,
        updated_at=at,
    )


def _find_step(run: Run, state: RunState) -> int:
    """Return the number of a step; for an end, of the last step that the run has entered."""
    steps = STEPS[run.kind]
    if state.ended:
        return max((steps.index(each) + 1 for each in steps if each in run.entered), default=0)
    returned = run.kind is RunKind.FORGET and state is RunState.FORGETTING
    if returned and RunState.FITTING in run.entered:
        return len(steps)
    return steps.index(state) + 1 if state in steps else 0


def _round(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
