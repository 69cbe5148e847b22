"""The fit of a head: its gradient, its one optimum from any start, and the pull to the anchor."""

from collections.abc import Callable
from typing import Any, Self

import numpy as np
import pytest

from pipeline.errors import Unavailable
from pipeline.fit import solver
from pipeline.fit.scaling import Scaling
from pipeline.fit.solver import fit_head
from pipeline.model.head import Head

CLASSES = 4
WIDTH = 7


def problem(rows: int, seed: int = 0) -> tuple[Any, Any, Any, Head]:
    rng = np.random.default_rng(seed)
    anchor = Head(
        rng.normal(size=(WIDTH, CLASSES)).astype(np.float32),
        rng.normal(size=CLASSES).astype(np.float32),
    )
    return (
        np.maximum(rng.normal(size=(rows, WIDTH)), 0).astype(np.float32),
        rng.integers(0, CLASSES, rows).astype(np.uint8),
        rng.uniform(0.5, 5, rows).astype(np.float32),
        anchor,
    )


def loss_of(head: Head, rows: tuple[Any, Any, Any], anchor: Head, strength: float) -> float:
    """Return the loss of `fit_head`, without the cost of dropout, in double precision."""
    features, labels, weights = rows
    total = 0.0
    for row, label, weight in zip(
        features.astype(float), labels, weights.astype(float), strict=True
    ):
        scores = row @ head.weights.astype(float) + head.bias.astype(float)
        total += weight * (np.log(np.exp(scores).sum()) - scores[label])
    away = sum(
        float(((a.astype(float) - b.astype(float)) ** 2).sum())
        for a, b in zip(head, anchor, strict=True)
    )
    return total / float(weights.astype(float).sum()) + strength / 2 * away


class AlwaysOpen:
    """A pool without threads, which still works after the fit has closed it."""

    def __init__(self, _: int) -> None:
        self.map = map

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def objective(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that returns the objective that `fit_head` passes to SciPy, unscaled."""

    def catch_objective(*args: Any, **options: Any) -> Any:
        caught: list[Any] = []
        solve = solver.minimize

        def minimize(function: Any, *rest: Any, **more: Any) -> Any:
            caught.append(function)
            return solve(function, *rest, **more)

        monkeypatch.setattr(solver, "minimize", minimize)
        monkeypatch.setattr(solver, "ThreadPoolExecutor", AlwaysOpen)
        monkeypatch.setattr(solver, "make_scaling", lambda *_: Scaling(None, 1.0))
        fit_head(*args, **options)
        return caught[0]

    return catch_objective


@pytest.mark.parametrize("strength", [0.0, 0.3])
def test_the_slope_equals_finite_differences(
    strength: float, objective: Callable[..., Any]
) -> None:
    features, labels, weights, anchor = problem(12)
    function = objective(features, labels, weights, anchor=anchor, strength=strength)
    point = np.random.default_rng(1).normal(size=WIDTH * CLASSES + CLASSES)
    step = 1e-2  # the scores are float32
    slope = function(point)[1]
    for index in range(len(point)):
        change = np.zeros_like(point)
        change[index] = step
        rise = function(point + change)[0] - function(point - change)[0]
        assert slope[index] == pytest.approx(rise / (2 * step), abs=3e-4)


def test_the_loss_equals_a_plain_reference(objective: Callable[..., Any]) -> None:
    features, labels, weights, anchor = problem(12)
    function = objective(features, labels, weights, anchor=anchor, strength=0.3)
    other = problem(1, seed=4)[3]
    flat = np.concatenate([part.ravel() for part in other]).astype(float)
    assert function(flat)[0] == pytest.approx(
        loss_of(other, (features, labels, weights), anchor, 0.3), rel=1e-5
    )


def test_the_cost_of_dropout_is_in_loss_and_slope(objective: Callable[..., Any]) -> None:
    features, labels, weights, anchor = problem(12)
    rng = np.random.default_rng(5)
    half = rng.normal(size=(WIDTH, CLASSES, CLASSES)).astype(np.float32)
    curvature = half @ half.transpose(0, 2, 1)  # never negative, so that there is an optimum
    plain = objective(features, labels, weights, anchor=anchor, strength=0.3)
    function = objective(
        features, labels, weights, anchor=anchor, strength=0.3, curvature=curvature
    )
    point = rng.normal(size=WIDTH * CLASSES + CLASSES)
    by_feature = point[: WIDTH * CLASSES].reshape(WIDTH, CLASSES)
    pull = np.einsum("jcd,jd->jc", curvature, by_feature)
    cost = function(point)[0] - plain(point)[0]
    assert cost == pytest.approx((pull * by_feature).sum() / 2, rel=1e-4)
    slope = function(point)[1] - plain(point)[1]
    assert slope == pytest.approx(np.r_[pull.ravel(), np.zeros(CLASSES)], abs=1e-3)


def test_no_step_away_from_the_solution_is_better() -> None:
    features, labels, weights, anchor = problem(60)
    head = fit_head(features, labels, weights, anchor=anchor, strength=0.1)
    best = loss_of(head, (features, labels, weights), anchor, 0.1)
    assert best < loss_of(anchor, (features, labels, weights), anchor, 0.1)
    rng = np.random.default_rng(0)
    for _ in range(20):
        moved = Head(
            *(part + rng.normal(scale=0.1, size=part.shape).astype(np.float32) for part in head)
        )
        assert loss_of(moved, (features, labels, weights), anchor, 0.1) > best


def test_the_order_of_the_rows_makes_no_difference() -> None:
    features, labels, weights, anchor = problem(60)
    order = np.random.default_rng(3).permutation(60)
    one = fit_head(features, labels, weights, anchor=anchor, strength=0.1)
    other = fit_head(features[order], labels[order], weights[order], anchor=anchor, strength=0.1)
    for first, second in zip(one, other, strict=True):
        assert second == pytest.approx(first, abs=0.02)


def test_a_row_of_weight_two_is_the_row_twice() -> None:
    features, labels, _, anchor = problem(20)
    weighted = fit_head(
        features,
        labels,
        np.r_[np.full(5, 2), np.ones(15)].astype(np.float32),
        anchor=anchor,
        strength=0.1,
    )
    repeated = fit_head(
        np.concatenate([features[:5], features]),
        np.concatenate([labels[:5], labels]),
        np.ones(25, np.float32),
        anchor=anchor,
        strength=0.1,
    )
    assert weighted.weights == pytest.approx(repeated.weights, abs=0.02)


def test_only_the_ratio_of_the_weights_counts() -> None:
    features, labels, weights, anchor = problem(20)
    one = fit_head(features, labels, weights, anchor=anchor, strength=0.1)
    hundred = fit_head(features, labels, weights * 128, anchor=anchor, strength=0.1)
    assert hundred.weights == pytest.approx(one.weights, abs=1e-3)


def test_the_optimum_is_that_of_plain_gradient_descent() -> None:
    features, labels, weights, anchor = problem(60)
    share = weights / weights.sum()
    descended = Head(*(part.astype(float) for part in anchor))
    for _ in range(4000):
        powers = np.exp(features @ descended.weights + descended.bias)
        slope = share[:, None] * (
            powers / powers.sum(axis=1, keepdims=True) - np.eye(CLASSES)[labels]
        )
        gradient = Head(features.T @ slope, slope.sum(axis=0))
        descended = Head(
            *(
                part - 0.2 * (slopes + 0.1 * (part - centre))
                for part, slopes, centre in zip(descended, gradient, anchor, strict=True)
            )
        )
    head = fit_head(features, labels, weights, anchor=anchor, strength=0.1)
    assert loss_of(head, (features, labels, weights), anchor, 0.1) == pytest.approx(
        loss_of(descended, (features, labels, weights), anchor, 0.1), abs=1e-4
    )
    assert head.weights == pytest.approx(descended.weights, abs=0.02)


def test_where_the_search_starts_makes_no_difference() -> None:
    features, labels, weights, anchor = problem(60)
    one = fit_head(features, labels, weights, anchor=anchor, strength=0.1)
    other = fit_head(
        features, labels, weights, anchor=anchor, strength=0.1, start=problem(1, seed=4)[3]
    )
    assert other.weights == pytest.approx(one.weights, abs=0.02)


def test_a_row_of_no_weight_is_as_if_it_were_not_there() -> None:
    features, labels, weights, anchor = problem(40)
    silent = np.where(np.arange(40) < 10, 0, weights).astype(np.float32)
    with_it = fit_head(features, labels, silent, anchor=anchor, strength=0.1)
    without = fit_head(features[10:], labels[10:], weights[10:], anchor=anchor, strength=0.1)
    assert with_it.weights == pytest.approx(without.weights, abs=1e-3)


def test_a_huge_strength_leaves_the_head_at_its_anchor() -> None:
    features, labels, weights, anchor = problem(30)
    head = fit_head(features, labels, weights, anchor=anchor, strength=1e9)
    assert head.weights == pytest.approx(anchor.weights, abs=1e-6)
    assert head.bias == pytest.approx(anchor.bias, abs=1e-6)


def test_less_strength_lets_the_head_go_farther() -> None:
    features, labels, weights, anchor = problem(60)
    away = [
        float(
            (
                (
                    fit_head(features, labels, weights, anchor=anchor, strength=strength).weights
                    - anchor.weights
                )
                ** 2
            ).sum()
        )
        for strength in (10.0, 1.0, 0.1)
    ]
    assert away == sorted(away)


def test_one_row_is_learned() -> None:
    features, labels, weights, anchor = problem(1)
    head = fit_head(features, labels, weights, anchor=anchor, strength=1e-3)
    assert np.argmax(features[0] @ head.weights + head.bias) == labels[0]


def test_the_same_problem_gives_the_same_bytes() -> None:
    features, labels, weights, anchor = problem(40)
    one, other = (
        fit_head(features, labels, weights, anchor=anchor, strength=0.01) for _ in range(2)
    )
    assert [part.tobytes() for part in one] == [part.tobytes() for part in other]


def test_the_head_has_the_form_of_its_anchor_in_float32() -> None:
    features, labels, weights, anchor = problem(5)
    head = fit_head(features, labels, weights, anchor=anchor, strength=0.1)
    assert [(part.shape, part.dtype) for part in head] == [
        ((WIDTH, CLASSES), np.float32),
        ((CLASSES,), np.float32),
    ]


def test_the_arguments_are_not_changed() -> None:
    *rows, anchor = problem(10)
    before = [part.copy() for part in (*rows, *anchor)]
    fit_head(*rows, anchor=anchor, strength=0.1)
    after = (*rows, *anchor)
    assert all(np.array_equal(was, now) for was, now in zip(before, after, strict=True))


def test_a_listener_that_raises_stops_the_fit() -> None:
    features, labels, weights, anchor = problem(40)

    def stop(message: str, done: int = 0, total: int = 0) -> None:
        raise Unavailable(message)

    with pytest.raises(Unavailable):
        fit_head(features, labels, weights, anchor=anchor, strength=0.1, on_progress=stop)


@pytest.mark.parametrize("threads", [1, 3])
def test_how_many_threads_there_are_changes_no_bit(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solver, "BLOCK_ROWS", 16)
    *rows, anchor = problem(200)
    heads = []
    for number in (2, threads):
        monkeypatch.setattr(solver, "THREADS", number)
        heads.append(fit_head(*rows, anchor=anchor, strength=0.1))
    assert all(np.array_equal(*pair) for pair in zip(*heads, strict=True))


def test_rows_in_many_blocks_have_the_optimum_of_rows_in_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    *rows, anchor = problem(200)
    whole = fit_head(*rows, anchor=anchor, strength=0.1)
    monkeypatch.setattr(solver, "BLOCK_ROWS", 7)
    assert fit_head(*rows, anchor=anchor, strength=0.1).weights == pytest.approx(
        whole.weights, abs=1e-3
    )
