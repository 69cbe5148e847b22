"""`redraw rebaseline` makes a new baseline by a run, or goes on with one that was left."""

from typing import Any

import pytest

from pipeline.errors import TrainingStopped
from pipeline.records.runs import Run, RunKind, RunState
from pipeline.runs.context import RunContext
from tests.unit.cli._runs import Call


def stopped(context: RunContext, _: object) -> Run:
    raise TrainingStopped("the training process was killed by signal 9")


@pytest.mark.parametrize(
    ("arguments", "recipe"),
    [((), None), (("--recipe", "best"), "best"), (("--recipe", "fast"), "fast")],
)
def test_it_executes_a_run_of_that_kind_by_the_recipe_that_was_asked_for(
    redraw: Call, ports: Any, arguments: tuple[str, ...], recipe: str | None
) -> None:
    code, output, _ = redraw("rebaseline", *arguments)
    (run,) = ports.runs.list()
    assert (code, run.kind, run.recipe, run.state) == (
        0,
        RunKind.BASELINE,
        recipe,
        RunState.PROMOTED,
    )
    assert "a new baseline, all layers trained" in output


def test_a_recipe_that_no_new_baseline_is_trained_by_is_a_wrong_call(redraw: Call) -> None:
    assert redraw("rebaseline", "--recipe", "plain")[0] == 2


def test_a_training_that_was_stopped_is_continued_by_the_same_command(
    redraw: Call, ports: Any
) -> None:
    code, _, errors = redraw("rebaseline", story=stopped)
    assert code == 1
    assert "`redraw rebaseline` goes on with it" in errors
    code, output, _ = redraw("rebaseline")
    assert (code, [run.state for run in ports.runs.list()]) == (0, [RunState.PROMOTED])
    assert "was left unfinished" in output
    assert "call `redraw" not in output


@pytest.mark.parametrize(("left", "asked"), [("rebaseline", "retrain"), ("retrain", "rebaseline")])
def test_a_run_of_the_other_kind_that_was_left_comes_first_and_the_command_says_so(
    redraw: Call, ports: Any, left: str, asked: str
) -> None:
    redraw(left, story=stopped)
    code, output, _ = redraw(asked)
    (run,) = ports.runs.list()
    assert (code, run.state) == (0, RunState.PROMOTED)
    assert f"it is a {run.kind}: call `redraw {asked}` again when it has ended" in output


def test_the_list_of_runs_says_which_made_a_baseline(redraw: Call) -> None:
    redraw("rebaseline")
    redraw("retrain")
    _, output, _ = redraw("runs")
    lines = [line for line in output.splitlines() if line.startswith("run-")]
    assert ["baseline" in line for line in lines] == [False, True]
