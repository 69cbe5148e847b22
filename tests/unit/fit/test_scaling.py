"""Scaled coordinates: a faithful map, in which the known curvature is 1, and fewer steps."""

from typing import Any

import numpy as np
import pytest

from pipeline.fit import solver
from pipeline.fit.scaling import Scaling, make_scaling
from pipeline.fit.solver import fit_head
from pipeline.model.head import Head

CLASSES, WIDTH = 3, 6
STRENGTH = 0.01
SIZE = WIDTH * CLASSES + CLASSES


def uneven_curvature() -> Any:
    """Return curvature by features whose sizes differ by factors of ten, one of them always 0."""
    rng = np.random.default_rng(1)
    probabilities = rng.dirichlet(np.ones(CLASSES), WIDTH)
    blocks = np.stack([np.diag(row) - np.outer(row, row) for row in probabilities])
    sizes = np.array([0.0, 1e-2, 1e-1, 1, 10, 100])
    return (blocks * sizes[:, None, None]).astype(np.float32)


def make() -> Scaling:
    anchor = Head(np.ones((WIDTH, CLASSES), np.float32), np.zeros(CLASSES, np.float32))
    return make_scaling(anchor, STRENGTH, uneven_curvature())


def test_there_and_back_is_the_same_head() -> None:
    head = np.random.default_rng(2).normal(size=SIZE)
    assert make().unscale(make().scale(head)) == pytest.approx(head, rel=1e-6)


def test_a_small_step_changes_a_loss_by_its_scaled_gradient() -> None:
    rng = np.random.default_rng(3)
    gradient, step = rng.normal(size=SIZE), rng.normal(size=SIZE)
    scaled = make().scale_gradient(gradient) @ step
    assert scaled == pytest.approx(gradient @ make().unscale(step), rel=1e-5)


def test_the_known_curvature_is_one_in_every_direction() -> None:
    step = np.random.default_rng(4).normal(size=SIZE)
    step[-CLASSES:] = 0
    weights = make().unscale(step)[: WIDTH * CLASSES].reshape(WIDTH, CLASSES)
    pull = np.einsum("jcd,jd->jc", uneven_curvature().astype(np.float64), weights)
    assert ((pull + STRENGTH * weights) * weights).sum() == pytest.approx(step @ step, rel=1e-3)


def test_without_curvature_nothing_is_scaled() -> None:
    anchor = Head(np.ones((WIDTH, CLASSES), np.float32), np.zeros(CLASSES, np.float32))
    scaling, head = make_scaling(anchor, STRENGTH, None), np.arange(float(SIZE))
    for function in (scaling.scale, scaling.unscale, scaling.scale_gradient):
        assert np.array_equal(function(head), head)


def test_blocks_without_any_pull_can_be_scaled() -> None:
    anchor = Head(np.ones((WIDTH, CLASSES), np.float32), np.zeros(CLASSES, np.float32))
    scaling = make_scaling(anchor, 0.0, uneven_curvature())
    assert np.isfinite(scaling.unscale(np.ones(SIZE))).all()


def test_the_optimum_is_the_same_and_takes_fewer_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    features = (rng.exponential(size=(200, WIDTH)) * [0, 0.3, 0.5, 1, 3, 10]).astype(np.float32)
    labels = rng.integers(0, CLASSES, 200).astype(np.uint8)
    anchor = Head(np.zeros((WIDTH, CLASSES), np.float32), np.zeros(CLASSES, np.float32))
    monkeypatch.setattr(solver, "TOLERANCE", 1e-12)

    def fit() -> tuple[Head, int]:
        steps: list[Any] = []
        head = fit_head(
            features,
            labels,
            np.ones(200, np.float32),
            anchor=anchor,
            strength=STRENGTH,
            curvature=uneven_curvature(),
            on_progress=lambda *step: steps.append(step),
        )
        return head, len(steps)

    head, steps = fit()
    monkeypatch.setattr(solver, "make_scaling", lambda *_: Scaling(None, 1.0))
    plain, plain_steps = fit()
    assert head.probabilities(features) == pytest.approx(plain.probabilities(features), abs=1e-3)
    assert steps < plain_steps
