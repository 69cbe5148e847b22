"""Copies of drawings as they would come from a canvas: the same each time, and alike."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from emulator.players.sketches import render, sketch
from pipeline.categories import CATEGORIES
from pipeline.drawings import centroid_crop, normalize_canvas
from pipeline.drawings.copying import draw_copies, draw_copy, draw_ink, unwrap
from tests._examples import examples
from tests.unit.drawings._canvases import difference, png_of

SAME = 12.0  # grey levels on average, as in test_canvas_laws.py

seeds = st.integers(0, 2**32)
categories = st.sampled_from(CATEGORIES)


def sketched(category: str, seed: int) -> Any:
    """Return a centred drawing, uint8 (28, 28)."""
    return centroid_crop(render(sketch(category, np.random.default_rng(seed)))[None])[0]


@given(categories, seeds, seeds)
@settings(max_examples=examples(60))
def test_a_copy_is_about_what_the_canvas_would_become_as_a_file(
    category: str, seed: int, pen: int
) -> None:
    drawing = sketched(category, seed)
    ink = draw_ink(unwrap(drawing), np.random.default_rng(pen))
    copy = draw_copy(drawing, np.random.default_rng(pen))
    assert difference(copy, normalize_canvas(png_of(255 * ~ink))) < SAME


@given(categories, seeds, st.integers(-13, 13), st.integers(-13, 13))
@settings(max_examples=examples(100))
def test_ink_that_was_rolled_across_an_edge_is_put_together_again(
    category: str, seed: int, down: int, right: int
) -> None:
    drawing = sketched(category, seed)
    rolled = np.roll(drawing, (down, right), (0, 1))
    np.testing.assert_array_equal(unwrap(rolled), unwrap(drawing))
    inked = unwrap(rolled) > 25
    assert not inked[[0, -1]].any()
    assert not inked[:, [0, -1]].any()


@pytest.mark.parametrize("category", CATEGORIES[:5])
def test_copies_are_alike_but_not_the_same(category: str) -> None:
    drawing = sketched(category, 1)
    copies = draw_copies(np.stack([drawing] * 4), seed=0, first=0)
    assert len({copy.tobytes() for copy in [*copies, drawing]}) == 5
    other = sketched("cup" if category != "cup" else "star", 1)
    for copy in copies:
        assert difference(copy, drawing) < difference(copy, other)


@given(st.integers(0, 6), st.integers(0, 6))
@settings(max_examples=examples(20))
def test_a_copy_depends_on_seed_and_place_alone(start: int, length: int) -> None:
    drawings = np.stack([sketched(category, 3) for category in CATEGORIES[:8]])
    part = drawings[start : start + length]
    np.testing.assert_array_equal(
        draw_copies(part, 7, start), draw_copies(drawings, 7, 0)[start : start + length]
    )


def test_another_seed_gives_other_copies() -> None:
    drawings = sketched("cat", 0)[None]
    assert (draw_copies(drawings, 1, 0) != draw_copies(drawings, 2, 0)).any()


def test_a_drawing_that_would_be_refused_on_a_canvas_comes_back_as_it_is() -> None:
    blank = np.zeros((28, 28), np.uint8)
    np.testing.assert_array_equal(draw_copy(blank, np.random.default_rng(0)), blank)


@given(npst.arrays(np.uint8, (28, 28), elements=st.sampled_from([0, 0, 0, 1, 26, 120, 255])), seeds)
@settings(max_examples=examples(100))
def test_any_picture_has_a_copy(drawing: Any, seed: int) -> None:
    copy = draw_copy(drawing, np.random.default_rng(seed))
    assert (copy.shape, copy.dtype) == ((28, 28), np.uint8)
    assert copy.any() == drawing.any()
