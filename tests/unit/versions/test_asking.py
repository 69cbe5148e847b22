"""The asking policy: how often it asks, about what, and that its JSON is enough to apply it."""

import json
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from pipeline.categories import CATEGORIES
from pipeline.versions import asking
from pipeline.versions.asking import AskingPolicy

calibrate = partial(asking.calibrate, categories=CATEGORIES)
should_ask = partial(asking.should_ask, categories=CATEGORIES)
NAMES = ("apple", "sun", "tree")

scores = arrays(np.float64, st.tuples(st.integers(1, 60), st.just(3)), elements=st.floats(-8, 8))
budgets = st.floats(0, 1)
without_deadline = settings(deadline=None)  # on a busy machine a moment may take long


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float32]:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)


def margins(probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    best = np.sort(probabilities.astype(np.float64), axis=-1)
    return best[..., -1] - best[..., -2]


def sure_of(guess: int, margin: float) -> NDArray[np.float32]:
    """Probabilities of a guess with that margin, which is more than 0."""
    rest = (1 - margin) / 3
    return np.where(np.arange(3) == guess, rest + margin, rest).astype(np.float32)


def policy(**changes: object) -> AskingPolicy:
    fields = {
        "budget": 0.1,
        "source": "base",
        "rows": 1,
        "thresholds": {"apple": 0.5},
        "common_threshold": 0.2,
    }
    return AskingPolicy.model_validate(fields | changes)


@without_deadline
@given(scores, budgets)
def test_no_class_is_asked_about_more_often_than_the_budget_allows(
    logits: NDArray[np.float64], budget: float
) -> None:
    probabilities = softmax(logits)
    guesses, asked = (
        probabilities.argmax(axis=1),
        should_ask(calibrate(probabilities, budget=budget), probabilities),
    )
    for guess in range(3):
        assert asked[guesses == guess].sum() <= budget * (guesses == guess).sum() + 1e-9


@without_deadline
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(1, 999)), min_size=1, unique_by=lambda row: row[1]
    ),
    budgets,
)
def test_without_ties_the_share_asked_is_within_one_row_a_class_of_the_budget(
    rows: list[tuple[int, int]], budget: float
) -> None:
    probabilities = np.stack([sure_of(guess, thousandths / 1000) for guess, thousandths in rows])
    guesses, asked = (
        probabilities.argmax(axis=1),
        should_ask(calibrate(probabilities, budget=budget), probabilities),
    )
    for guess in range(3):
        assert abs(asked[guesses == guess].sum() - budget * (guesses == guess).sum()) <= 1


@without_deadline
@given(scores, scores)
def test_a_budget_of_nothing_never_asks_and_one_of_everything_always(
    known: NDArray[np.float64], new: NDArray[np.float64]
) -> None:
    assert not should_ask(calibrate(softmax(known), budget=0), softmax(new)).any()
    assert should_ask(calibrate(softmax(known), budget=1), softmax(new)).all()


@without_deadline
@given(scores, budgets, scores)
def test_of_two_guesses_at_one_class_the_less_certain_is_asked_about_if_the_other_is(
    known: NDArray[np.float64], budget: float, new: NDArray[np.float64]
) -> None:
    probabilities = softmax(new)
    asked, guesses, differences = (
        should_ask(calibrate(softmax(known), budget=budget), probabilities),
        probabilities.argmax(1),
        margins(probabilities),
    )
    for guess in range(3):
        of_class = guesses == guess
        most_certain = differences[of_class & asked].max(initial=-1)
        assert asked[of_class & (differences <= most_certain)].all()


@without_deadline
@given(scores, budgets, budgets, scores)
def test_a_larger_budget_asks_about_everything_that_a_smaller_one_does(
    known: NDArray[np.float64], one: float, other: float, new: NDArray[np.float64]
) -> None:
    small, large = (
        should_ask(calibrate(softmax(known), budget=budget), softmax(new))
        for budget in sorted([one, other])
    )
    assert not (small & ~large).any()


@without_deadline
@given(scores, budgets)
def test_the_order_of_the_rows_makes_no_difference(
    logits: NDArray[np.float64], budget: float
) -> None:
    probabilities = softmax(logits)
    assert calibrate(probabilities, budget=budget) == calibrate(probabilities[::-1], budget=budget)


@without_deadline
@given(scores, budgets)
def test_one_drawing_is_answered_as_it_is_among_many(
    logits: NDArray[np.float64], budget: float
) -> None:
    probabilities = softmax(logits)
    calibrated = calibrate(probabilities, budget=budget)
    assert [bool(should_ask(calibrated, row)) for row in probabilities] == should_ask(
        calibrated, probabilities
    ).tolist()


def test_rows_that_are_all_alike_are_not_asked_about_unless_the_budget_covers_all() -> None:
    probabilities = np.tile(sure_of(0, 0.3), (10, 1))
    assert not should_ask(calibrate(probabilities, budget=0.9), probabilities).any()


def test_two_classes_at_the_very_same_probability_are_as_uncertain_as_can_be() -> None:
    assert should_ask(policy(), np.array([0.5, 0.5, 0], np.float32))


def test_a_margin_at_the_threshold_is_not_asked_about() -> None:
    assert not should_ask(policy(thresholds={"apple": 0.5}), np.array([0.75, 0.25, 0], np.float32))


@pytest.mark.parametrize(
    ("budget", "asked"), [(0.0, False), (0.5, False), (0.99, False), (1.0, True)]
)
def test_of_a_single_row_nothing_less_than_everything_is_asked(budget: float, asked: bool) -> None:
    probabilities = sure_of(1, 0.4)[None]
    assert should_ask(calibrate(probabilities, budget=budget), probabilities).tolist() == [asked]


def test_a_class_that_was_never_guessed_gets_the_common_threshold() -> None:
    calibrated = calibrate(
        np.stack([sure_of(0, margin) for margin in (0.1, 0.2, 0.3, 0.4)]), budget=0.5
    )
    assert set(calibrated.thresholds) == {"apple"}
    assert calibrated.common_threshold == pytest.approx(0.3)
    assert should_ask(calibrated, np.stack([sure_of(2, 0.29), sure_of(2, 0.31)])).tolist() == [
        True,
        False,
    ]


def test_each_class_has_a_threshold_of_its_own() -> None:
    sure, unsure = (
        [sure_of(0, step / 20 + 0.5) for step in range(10)],
        [sure_of(1, step / 20 + 0.01) for step in range(10)],
    )
    probabilities = np.stack([*sure, *unsure])
    assert should_ask(calibrate(probabilities, budget=0.2), probabilities).nonzero()[
        0
    ].tolist() == [
        0,
        1,
        10,
        11,
    ]


def test_it_says_what_it_was_calibrated_on() -> None:
    calibrated = calibrate(np.stack([sure_of(0, 0.3)] * 4), budget=0.25)
    assert (
        calibrated.budget,
        calibrated.source,
        calibrated.rows,
        calibrated.measure,
        calibrated.version,
    ) == (
        0.25,
        "base",
        4,
        "margin",
        "",
    )


@without_deadline
@given(scores, budgets)
def test_it_is_the_same_after_it_was_written_as_json(
    logits: NDArray[np.float64], budget: float
) -> None:
    calibrated = calibrate(softmax(logits), budget=budget)
    assert AskingPolicy.from_document(json.loads(json.dumps(calibrated.document()))) == calibrated


@without_deadline
@given(scores, budgets, scores)
def test_a_client_that_has_nothing_but_the_json_decides_the_same(
    known: NDArray[np.float64], budget: float, new: NDArray[np.float64]
) -> None:
    calibrated = calibrate(softmax(known), budget=budget, categories=NAMES)
    document = json.loads(json.dumps(calibrated.document()))
    decided = []
    for row in softmax(new).tolist():
        best, second = sorted(row, reverse=True)[:2]
        threshold = document["thresholds"].get(NAMES[row.index(best)], document["commonThreshold"])
        decided.append(best - second < threshold)
    assert decided == should_ask(calibrated, softmax(new), categories=NAMES).tolist()


def test_another_game_s_classes_are_named_as_it_names_them() -> None:
    calibrated = calibrate(
        np.stack([sure_of(2, 0.3)] * 2), budget=0.5, categories=("dog", "boat", "plane")
    )
    assert set(calibrated.thresholds) == {"plane"}


def test_asking_loads_no_tensorflow() -> None:
    code = (
        "import sys, pipeline.versions.asking; "
        "print(sorted({'tensorflow', 'keras', 'h5py'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
