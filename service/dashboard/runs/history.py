"""The list of runs: what each made, and the filters."""

from typing import NamedTuple
from urllib.parse import urlencode

from pipeline.pages.run_words import KIND_WORDS, TRIGGER_WORDS, describe_end, find_reason
from pipeline.records.runs import Run, RunKind, RunState, Trigger

CHIPS = {
    RunState.PROMOTED: "good",
    RunState.FORGOTTEN: "good",
    RunState.FAILED: "bad",
    RunState.REJECTED: "bad",
}


class Row(NamedTuple):
    """A run in the list.

    seconds: how long it took, None while it goes on. reason: why it ended so, None if that says no
    more than `sentence`.
    """

    run: Run
    sentence: str
    chip: str
    kind: str
    trigger: str
    seconds: float | None
    reason: str | None


class Filters(NamedTuple):
    """Which runs are listed; None: all."""

    state: RunState | None
    kind: RunKind | None
    trigger: Trigger | None

    @property
    def chosen(self) -> bool:
        """Whether any filter is set."""
        return any(self)

    def address(self, after: str | None = None) -> str:
        """Return the address of the list with these filters."""
        given = {**self._asdict(), "after": after}
        query = urlencode({name: str(value) for name, value in given.items() if value is not None})
        return f"/runs?{query}" if query else "/runs"


def show_row(run: Run) -> Row:
    """Return a run as the list shows it."""
    return Row(
        run=run,
        sentence=describe_end(run),
        chip=choose_chip(run),
        kind=KIND_WORDS[run.kind],
        trigger=TRIGGER_WORDS[run.trigger],
        seconds=measure_seconds(run),
        reason=find_reason(run) if run.state.ended else None,
    )


def choose_chip(run: Run) -> str:
    """Return the colour of the chip of a run's state."""
    return CHIPS.get(run.state, "") if run.state.ended else "busy"


def measure_seconds(run: Run) -> float | None:
    """Return how long a run took, from its first step to its end; None if that is not known."""
    if run.started_at is None or run.ended_at is None:
        return None
    return max(0.0, (run.ended_at - run.started_at).total_seconds())
