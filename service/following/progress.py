"""What a page shows of a run while it goes on."""

from typing import NamedTuple

from pipeline.pages.run_words import DOING, STEP_NAMES, describe_end, describe_trouble
from pipeline.records.runs import Run
from pipeline.runs.slot import format_time
from pipeline.runs.time_left import STEPS
from service.schemas.events import RunEvent


class Step(NamedTuple):
    """A step of a run. standing: `done`, `now` or `later`."""

    name: str
    standing: str


class Progress(NamedTuple):
    """How far a run is, in words and numbers.

    doing: what it does, or how it ended. place: the number of the step; empty before the first.
    message: what the step does just now; empty if it says no more. done, total: what it counts;
    a total of 0 cannot be counted. left: how many seconds the run goes on, None if
    that is unknown. note: what the owner should know, empty if nothing.
    """

    run_id: str
    ended: bool
    doing: str
    place: str
    steps: list[Step]
    message: str
    done: int
    total: int
    left: float | None
    note: str


def describe_progress(run: Run, told: RunEvent) -> Progress:
    """Return how far a run is.

    Args:
        run: as it was read last.
        told: the newest event that was made of it.
    """
    ended = run.state.ended
    message = "" if ended or told.message == run.state else told.message
    return Progress(
        run_id=run.id,
        ended=ended,
        doing=describe_end(run) if ended else DOING[run.state],
        place=f"step {told.step} of {told.steps}" if told.step and not ended else "",
        steps=_list_steps(run, told),
        message=message[:1].upper() + message[1:],
        done=told.done,
        total=0 if ended else told.total,
        left=None if ended else told.seconds_left,
        note=_write_note(run),
    )


def _list_steps(run: Run, told: RunEvent) -> list[Step]:
    steps = []
    for number, state in enumerate(STEPS[run.kind], 1):
        reached = number < told.step or (run.state.ended and number == told.step)
        standing = "done" if reached else "now" if number == told.step else "later"
        steps.append(Step(STEP_NAMES[state], standing))
    return steps


def _write_note(run: Run) -> str:
    if run.state.ended:
        return ""
    if run.cancel_requested_at is not None:
        return f"It is being cancelled since {format_time(run.cancel_requested_at)}."
    trouble = describe_trouble(run)
    return "" if trouble is None else f"It {trouble}"
