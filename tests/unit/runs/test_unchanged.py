"""A run that would see what an earlier one saw is known by its digest."""

from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from pipeline.records.runs import Run, RunKind, RunState
from pipeline.runs.unchanged import explain_unchanged, training_digest
from pipeline.settings import Settings

SETTINGS = Settings(_env_file=None)
NOW = datetime.now(UTC)
RETRAIN = Run(id="run-1", requested_at=NOW)
DIGEST = training_digest("data", "v1.0.1", RETRAIN, SETTINGS)


def run(state: RunState) -> Run:
    return RETRAIN.model_copy(update={"state": state, "training_digest": DIGEST})


def baseline_digest(recipe: Literal["fast", "best"] | None = None, **settings: Any) -> str:
    run = Run(id="run-2", kind=RunKind.BASELINE, recipe=recipe, requested_at=NOW)
    return training_digest("data", "v1.0.1", run, SETTINGS.with_changes(**settings))


@pytest.mark.parametrize(
    "changed",
    [
        ("other data", "v1.0.1", {}),
        ("data", "v1.0.0", {}),
        *(
            ("data", "v1.0.1", change)
            for change in (
                {"fit": {"method": "keras"}},
                {"fit": {"base_rows": 100}},
                {"fit": {"answer_weight": 7.0}},
                {"fit": {"anchor_strength": 0.1}},
                {"gate": {"margin": 0.01}},
                {"gate": {"eagerness": 2.0}},
            )
        ),
    ],
    ids=str,
)
def test_whatever_decides_how_a_run_ends_changes_the_digest(
    changed: tuple[str, str, dict[str, Any]],
) -> None:
    data, champion, settings = changed
    assert training_digest(data, champion, RETRAIN, SETTINGS.with_changes(**settings)) != DIGEST


def test_what_decides_nothing_changes_no_digest() -> None:
    changed = SETTINGS.with_changes(port=1, nightly_hour=9, rebaseline={"recipe": "best"})
    assert training_digest("data", "v1.0.1", RETRAIN, changed) == DIGEST


def test_a_new_baseline_from_the_same_drawings_is_something_else_and_its_recipe_counts() -> None:
    assert baseline_digest() != DIGEST
    assert baseline_digest() == baseline_digest("fast")
    assert baseline_digest("best") == baseline_digest(rebaseline={"recipe": "best"})
    changed = [
        baseline_digest("best"),
        baseline_digest(rebaseline={"answer_share": 0.7}),
        baseline_digest(epochs=2),
        baseline_digest(seed=5),
        baseline_digest(gate={"margin": 0.01}),
    ]
    assert len({baseline_digest(), *changed}) == 1 + len(changed)
    assert baseline_digest(fit={"base_rows": 100}) == baseline_digest()


@pytest.mark.parametrize("state", [RunState.PROMOTED, RunState.REJECTED, RunState.HELD])
def test_the_reason_names_the_run_that_saw_the_same(state: RunState) -> None:
    assert explain_unchanged(run(state)) == (
        f"nothing to learn since run run-1, which was {state}: "
        "the same drawings, champion and settings"
    )
