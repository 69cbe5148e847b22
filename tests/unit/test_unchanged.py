"""A fit that would see what an earlier one saw is known by its digest, whatever the order of the rows."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records import Run, RunState
from pipeline.unchanged import TrainingInput, nothing_new, training_digest

ROWS = 4
GIVEN = TrainingInput(
    base="base",
    champion="v1.0.1",
    digests=np.array(["aa", "bb", "cc", "dd"], object),
    labels=np.array([0, 1, 2, 2], np.uint8),
    weights=np.array([20, 20, 5, 0.5], np.float32),
    method="anchored",
    settings={"strength": 1e-3, "seed": 0},
)
CHANGED: dict[str, Any] = {
    "base": "another",
    "champion": "v1.0.0",
    "digests": np.array(["aa", "bb", "cc", "de"], object),
    "labels": np.array([0, 1, 2, 3], np.uint8),
    "weights": np.array([20, 20, 5, 0.6], np.float32),
    "method": "keras",
    "settings": {"strength": 1e-3, "seed": 1},
}
DIGEST = training_digest(GIVEN)


def run(state: RunState, digest: str | None = DIGEST, revision: int = 3, name: str = "run-1") -> Run:
    return Run(id=name, state=state, requested_at=datetime.now(UTC), training_digest=digest, revision=revision)


@pytest.mark.parametrize("name", CHANGED)
def test_whatever_the_fit_sees_changes_the_digest(name: str) -> None:
    assert training_digest(GIVEN._replace(**{name: CHANGED[name]})) != DIGEST


def test_two_corrections_that_swap_their_labels_change_the_digest() -> None:
    assert training_digest(GIVEN._replace(labels=GIVEN.labels[[1, 0, 2, 3]])) != DIGEST


def test_one_correction_more_changes_the_digest() -> None:
    part = GIVEN._replace(digests=GIVEN.digests[:3], labels=GIVEN.labels[:3], weights=GIVEN.weights[:3])
    assert training_digest(part) != DIGEST


def test_without_corrections_there_is_a_digest_too() -> None:
    none = GIVEN._replace(digests=GIVEN.digests[:0], labels=GIVEN.labels[:0], weights=GIVEN.weights[:0])
    assert len(training_digest(none)) == 64


def test_parts_of_unequal_length_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="shorter"):
        training_digest(GIVEN._replace(labels=GIVEN.labels[:3]))


@given(st.permutations(range(ROWS)))
def test_in_which_order_corrections_come_changes_nothing(order: list[int]) -> None:
    columns = {name: getattr(GIVEN, name)[order] for name in ("digests", "labels", "weights")}
    assert training_digest(GIVEN._replace(**columns)) == DIGEST


def test_in_which_order_settings_are_named_changes_nothing() -> None:
    assert training_digest(GIVEN._replace(settings=dict(reversed(GIVEN.settings.items())))) == DIGEST


def test_the_digest_is_the_same_in_another_process_and_year() -> None:
    assert DIGEST == "76fdf8ac17a0e272931d27ef0cc7b35f8bee91bb9a91a1854a1a286c4960f081"


def test_without_earlier_runs_all_is_new() -> None:
    assert nothing_new(DIGEST, 3, []) is None


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.CANCELLED, RunState.SKIPPED, RunState.FITTING])
def test_a_run_that_was_not_judged_taught_nothing(state: RunState) -> None:
    assert nothing_new(DIGEST, 3, [run(state)]) is None


def test_a_run_that_never_fitted_is_passed_over() -> None:
    assert nothing_new(DIGEST, 3, [run(RunState.HELD, None), run(RunState.REJECTED)]) is not None


def test_what_the_last_fit_did_not_see_is_new_though_one_before_it_did() -> None:
    assert nothing_new(DIGEST, 3, [run(RunState.REJECTED, "another"), run(RunState.REJECTED)]) is None


def test_a_run_that_was_held_is_judged_again_on_more_drawings() -> None:
    assert nothing_new(DIGEST, 4, [run(RunState.HELD, revision=3)]) is None


@pytest.mark.parametrize("state", [RunState.PROMOTED, RunState.REJECTED, RunState.HELD])
def test_what_the_last_fit_saw_is_nothing_new_and_the_reason_names_the_run(state: RunState) -> None:
    assert nothing_new(DIGEST, 3, [run(state)]) == (
        f"nothing to learn since run run-1, which was {state}: the same drawings, champion and settings"
    )
