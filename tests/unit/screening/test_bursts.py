"""Bursts: five near-identical drawings of one label are copies of the first of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from emulator.players.sketches import sketch_rows
from pipeline.categories import CATEGORIES
from pipeline.screening import bursts as module
from pipeline.screening.bursts import MIN_BURST, find_bursts


@pytest.fixture(scope="session")
def cats() -> NDArray[np.uint8]:
    return sketch_rows("cat", 40, 0).reshape(-1, 28, 28)


def zeros(count: int) -> NDArray[np.uint8]:
    return np.zeros(count, np.uint8)


def near_copies(drawing: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
    """Return the drawing with a little noise, different each time."""
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 30, (count, 28, 28)).astype(np.uint8)
    return np.maximum(drawing, noise)


def test_without_drawings_there_is_no_burst() -> None:
    assert find_bursts(np.empty((0, 28, 28), np.uint8), zeros(0)).tolist() == []


def test_a_single_drawing_is_no_burst(cats: NDArray[np.uint8]) -> None:
    assert find_bursts(cats[:1], zeros(1)).tolist() == [-1]


def test_blank_drawings_are_copies_of_nothing() -> None:
    assert find_bursts(np.zeros((9, 28, 28), np.uint8), zeros(9)).tolist() == [-1] * 9


@pytest.mark.parametrize("name", CATEGORIES)
def test_drawings_made_independently_are_no_burst(name: str) -> None:
    assert (find_bursts(sketch_rows(name, 60, 2).reshape(-1, 28, 28), zeros(60)) == -1).all()


@pytest.mark.parametrize(("count", "original"), [(MIN_BURST - 1, -1), (MIN_BURST, 40)])
def test_a_burst_begins_with_the_fifth_copy(
    cats: NDArray[np.uint8], count: int, original: int
) -> None:
    originals = find_bursts(
        np.concatenate([cats, near_copies(cats[0][:, ::-1], count)]), zeros(40 + count)
    )
    assert originals.tolist() == [-1] * 40 + [original] * count


def test_copies_under_several_labels_are_counted_for_each_label(cats: NDArray[np.uint8]) -> None:
    copies = near_copies(cats[0], 8)
    assert (find_bursts(copies, np.repeat([3, 9], 4).astype(np.uint8)) == -1).all()


def test_drawings_are_compared_across_the_borders_of_blocks(
    cats: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawings, labels = np.concatenate([cats, near_copies(cats[0], 9)]), zeros(49)
    whole = find_bursts(drawings, labels)
    monkeypatch.setattr(module, "BLOCK_PAIRS", 100)
    assert find_bursts(drawings, labels).tolist() == whole.tolist()


@given(seed=st.integers(0, 999), count=st.integers(0, 30))
def test_what_a_drawing_copies_comes_before_it_and_has_its_label(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    drawings = rng.integers(0, 256, (3, 28, 28)).astype(np.uint8)[rng.integers(0, 3, count)]
    labels = rng.integers(0, 2, count).astype(np.uint8)
    originals = find_bursts(drawings, labels)
    in_burst = np.flatnonzero(originals >= 0)
    assert (originals[in_burst] <= in_burst).all()
    assert (labels[originals[in_burst]] == labels[in_burst]).all()
