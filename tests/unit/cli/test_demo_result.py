"""The demo says at its end, in three lines, what happened, whatever that was."""

from datetime import UTC, datetime

import pytest

from pipeline.records.runs import Counts, Run, RunState
from service.cli.demo_result import print_summary, summarize
from tests.unit.cli.test_display_results import DECISION

COUNTS = Counts(collected=800, merged=741, quarantined=18, refused=34, waiting=7)


def make_run(state: RunState, version: str | None = None) -> Run:
    return Run(
        id="run-1",
        requested_at=datetime(2026, 11, 24, tzinfo=UTC),
        state=state,
        champion="v1.0.0",
        version=version,
        counts=COUNTS,
        decision=DECISION.model_copy(update={"outcome": state}),
        seconds={RunState.COLLECTING: 2.0, RunState.FITTING: 6.4},
    )


def test_what_was_learned_and_released_is_said() -> None:
    first, second, third = summarize(make_run(RunState.PROMOTED, "v1.0.1"), "v1.0.1", 51.6)
    assert first == (
        "Players answered 800 guesses of v1.0.0: 741 answers joined the data set, "
        "18 wait for your decision, 34 could not be used."
    )
    assert second.startswith("A new model learned from them in 8 s. Players' drawings: 86.1% to")
    assert third == "v1.0.1 was released. All of this took 52 s."


@pytest.mark.parametrize(
    ("state", "version", "end"),
    [
        (RunState.HELD, None, "Not enough is known to release the new model; v1.0.0 stays"),
        (RunState.HELD, "v1.0.1", "v1.0.1 is ready; the run did not release it; v1.0.0 stays"),
        (RunState.REJECTED, None, "The new model was worse somewhere, so nothing was released;"),
        (RunState.FAILED, None, "The run failed; v1.0.0 stays released."),
    ],
)
def test_what_was_not_released_is_said_and_what_stays(
    state: RunState, version: str | None, end: str
) -> None:
    assert summarize(make_run(state, version), "v1.0.0", 50)[2].startswith(end)


def test_on_a_narrow_terminal_too_they_are_three_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    print_summary(make_run(RunState.PROMOTED, "v1.0.1"), "v1.0.1", 50)
    assert len(capsys.readouterr().out.strip().splitlines()) == 3
