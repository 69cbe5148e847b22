"""Drawings that fit no class: each has ink, and the same seed gives the same drawings."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from emulator.players.sketches import sketch_rows
from pipeline.screening.no_class import draw_scrawls, make_patchworks

Make = Callable[[NDArray[np.uint8], np.random.Generator], NDArray[np.uint8]]


@pytest.fixture(scope="session")
def sketches() -> NDArray[np.uint8]:
    return np.concatenate([sketch_rows(name, 15, 0) for name in ("cat", "sun", "cup")]).reshape(
        -1, 28, 28
    )


@pytest.fixture(params=["patchworks", "scrawls"])
def make(request: pytest.FixtureRequest) -> Make:
    makes: dict[str, Make] = {
        "patchworks": lambda images, rng: make_patchworks(images, len(images), rng),
        "scrawls": lambda images, rng: draw_scrawls(len(images), rng),
    }
    return makes[request.param]


def test_drawings_come_out(make: Make, sketches: NDArray[np.uint8]) -> None:
    drawings = make(sketches, np.random.default_rng(0))
    assert (drawings.shape, drawings.dtype) == ((45, 28, 28), np.uint8)
    assert (drawings > 25).any((1, 2)).all()


def test_the_same_seed_gives_the_same_drawings_and_another_others(
    make: Make, sketches: NDArray[np.uint8]
) -> None:
    first, again, other = (make(sketches, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("count", [0, 1])
def test_few_are_made_when_few_are_asked_for(count: int, sketches: NDArray[np.uint8]) -> None:
    rng = np.random.default_rng(0)
    assert [
        len(drawings)
        for drawings in (make_patchworks(sketches, count, rng), draw_scrawls(count, rng))
    ] == [count] * 2
