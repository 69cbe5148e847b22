"""A run that would see what an earlier one saw is known by its digest."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.records.runs import Run, RunState
from pipeline.runs.unchanged import explain_unchanged, training_digest
from pipeline.settings import Settings

SETTINGS = Settings(_env_file=None)
DIGEST = training_digest("data", "v1.0.1", SETTINGS)


def run(state: RunState) -> Run:
    return Run(id="run-1", state=state, requested_at=datetime.now(UTC), training_digest=DIGEST)


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
    assert training_digest(data, champion, SETTINGS.with_changes(**settings)) != DIGEST


def test_what_decides_nothing_changes_no_digest() -> None:
    assert (
        training_digest("data", "v1.0.1", SETTINGS.with_changes(port=1, nightly_hour=9)) == DIGEST
    )


@pytest.mark.parametrize("state", [RunState.PROMOTED, RunState.REJECTED, RunState.HELD])
def test_the_reason_names_the_run_that_saw_the_same(state: RunState) -> None:
    assert explain_unchanged(run(state)) == (
        f"nothing to learn since run run-1, which was {state}: "
        "the same drawings, champion and settings"
    )
