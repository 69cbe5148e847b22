"""The sample drawings that a version sees as most like another one."""

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pipeline.dataset.samples import Samples
from pipeline.errors import Unavailable
from pipeline.model.predict import Predictor
from service.backends.slow_result import StillWorking
from service.versions.nearest import NearestDrawings
from service.versions.sample_drawings import KnownSamples


def make_model(seed: int = 0) -> Predictor:
    luck = np.random.default_rng(seed)
    shapes = ((9, 32), (32,), (288, 64), (64,), (1600, 2), (2,))
    return Predictor(*(luck.normal(size=shape).astype(np.float32) for shape in shapes))


def draw(*rows: int) -> Any:
    """A drawing with these rows full of ink."""
    drawing = np.zeros((28, 28), np.uint8)
    drawing[list(rows)] = 255
    return drawing


IMAGES = np.stack([draw(4, 5), draw(20, 21), draw(12), draw(4, 5, 6)])
LABELS = np.array([0, 0, 1, 1], np.uint8)
KNOWN = KnownSamples("base", Samples(IMAGES, LABELS, IMAGES[:0], LABELS[:0], np.empty(0, np.int32)))


def wait_until(ask: Callable[[], Any]) -> Any:
    """Return what `ask` returns, as soon as that is something; fail after half a minute."""
    for _ in range(30_000):
        if answer := ask():
            return answer
        time.sleep(0.001)
    raise AssertionError("it never came true")


def find(nearest: NearestDrawings, model: Predictor) -> Any:
    """Ask until the features are there."""

    def ask() -> Any:
        try:
            return [nearest.find(model, draw(4, 5), [0, 1], 3)]
        except StillWorking:
            return None

    return wait_until(ask)[0]


def test_the_nearest_of_each_class_come_first() -> None:
    samples: Any = SimpleNamespace(get=lambda: KNOWN)
    found = find(NearestDrawings(samples), make_model())
    assert np.array_equal(found[0], IMAGES[[0, 1]])
    assert np.array_equal(found[1], IMAGES[[3, 2]])


def test_features_are_computed_once_for_a_backbone_whatever_the_head() -> None:
    asked: list[int] = []

    def get() -> KnownSamples:
        asked.append(1)
        return KNOWN

    samples: Any = SimpleNamespace(get=get)
    nearest, model = NearestDrawings(samples), make_model()
    find(nearest, model)
    find(nearest, model._replace(head_bias=model.head_bias + 1))
    assert len(asked) == 1
    find(nearest, make_model(1))
    assert len(asked) == 2


def test_without_stored_samples_there_are_none_until_a_run_has_stored_them() -> None:
    stored: list[KnownSamples] = []
    samples: Any = SimpleNamespace(get=lambda: stored[0] if stored else None)
    nearest, model = NearestDrawings(samples), make_model()
    assert find(nearest, model) is None
    stored.append(KNOWN)
    assert wait_until(lambda: find(nearest, model)) is not None


def test_a_fault_is_told_and_the_next_call_tries_again() -> None:
    faults: list[Exception] = [Unavailable("Storage does not answer")]

    def get() -> KnownSamples:
        if faults:
            raise faults.pop()
        return KNOWN

    samples: Any = SimpleNamespace(get=get)
    nearest, model = NearestDrawings(samples), make_model()
    with pytest.raises(Unavailable, match="Storage"):
        find(nearest, model)
    assert find(nearest, model) is not None
