"""The table of a run says what its result means for players, and who gets the new version."""

from datetime import UTC, datetime

import pytest

from pipeline.pages.run_words import describe_result
from pipeline.pages.sample_words import explain_sample
from pipeline.records.metrics import Comparison, Metrics
from pipeline.records.runs import AnswerSample, Check, CheckStanding, Decision, Run, RunState
from service.cli.display import result_table

NO_METRICS = Metrics(rows=0, accuracy=0, loss=0, recall={}, precision={}, confusion=[])
DECISION = Decision(
    outcome=RunState.PROMOTED,
    reasons=["better"],
    base=Comparison(champion=NO_METRICS, challenger=NO_METRICS),
    checks=[
        Check(
            name="players' drawings",
            standing=CheckStanding.PASSED,
            rows=900,
            reason="players' drawings: better",
            difference=0.009,
            low=-0.002,
            high=0.02,
        )
    ],
    players_before=0.861,
    players_after=0.87,
)


def make_run(state: RunState, outcome: RunState) -> Run:
    return Run(
        id="run-1",
        requested_at=datetime(2026, 11, 24, tzinfo=UTC),
        state=state,
        decision=DECISION.model_copy(update={"outcome": outcome}),
    )


@pytest.mark.parametrize(
    ("state", "outcome", "end"),
    [
        (RunState.PROMOTED, RunState.PROMOTED, "Released to all."),
        (RunState.HELD, RunState.HELD, "Not released."),
        (RunState.HELD, RunState.PROMOTED, "Not released."),  # another version was meanwhile
        (RunState.REJECTED, RunState.REJECTED, "Not released, as it would do harm."),
    ],
)
def test_a_result_says_how_many_are_right_and_who_gets_the_version(
    state: RunState, outcome: RunState, end: str
) -> None:
    run = make_run(state, outcome)
    sentence = "Players' drawings: 86.1% to 87.0% right (surely no worse than 85.9%)."
    assert run.decision is not None
    assert describe_result(run, run.decision) == f"{sentence} {end}"
    cells = [str(cell) for column in result_table(run).columns for cell in column.cells]
    assert f"{sentence} {end}" in cells


def test_a_run_says_what_its_answers_stand_for() -> None:
    sample = AnswerSample(answers={"unknown": 40}, effective=40, ratio=2, ratio_low=1, ratio_high=4)
    run = make_run(RunState.HELD, RunState.HELD).model_copy(update={"sample": sample})
    names, cells = ([str(cell) for cell in column.cells] for column in result_table(run).columns)
    assert dict(zip(names, cells, strict=True))["answers"] == explain_sample(sample)
