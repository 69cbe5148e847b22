"""Resizing, distances and quantiles in whole numbers: exact, and near the usual libraries."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from pipeline.drawings.distances import measure_squares, tabulate_roots
from pipeline.drawings.quantiles import find_quantile
from pipeline.drawings.reducing import find_any, reduce
from pipeline.drawings.resizing import (
    BITS,
    BOX,
    CUBIC,
    LINEAR,
    SHARP_CUBIC,
    WINDOWED,
    Kernel,
    resize,
    weigh_pixels,
)
from tests._examples import examples
from tests.unit.drawings._canvases import Picture

KERNELS = {
    "BOX": BOX, "BILINEAR": LINEAR, "BICUBIC": CUBIC, "HAMMING": WINDOWED,
}  # fmt: skip
sides = st.integers(1, 40)
pictures = npst.arrays(np.uint8, st.tuples(sides, sides))
shapes = npst.arrays(np.bool_, st.tuples(sides, sides))
kernels = st.sampled_from([*KERNELS.values(), SHARP_CUBIC])


def pass_exactly(rows: list[list[int]], count: int, kernel: Kernel) -> list[list[int]]:
    """One pass of docs/canvas.md along each row, in Python's whole numbers."""
    first, weights = weigh_pixels(len(rows[0]), count, kernel, 0.0, float(len(rows[0])))
    half, full = 1 << (BITS - 1), 1 << BITS
    return [
        [
            min(max((half + sum(int(w) * row[int(start) + k] for k, w in enumerate(column) if w))
                    // full, 0), 255)
            for start, column in zip(first, weights.T, strict=True)
        ]
        for row in rows
    ]  # fmt: skip


@given(pictures, sides, sides, kernels)
@settings(deadline=None, max_examples=examples(40))
def test_resizing_is_two_passes_of_exact_sums_the_rows_first(
    picture: Picture, height: int, width: int, kernel: Kernel
) -> None:
    wide = pass_exactly(picture.tolist(), width, kernel)
    tall = pass_exactly([list(column) for column in zip(*wide, strict=True)], height, kernel)
    assert resize(picture, height, width, kernel).T.tolist() == tall


@given(st.integers(1, 2048), st.integers(1, 200), kernels)
@settings(deadline=None, max_examples=examples(60))
def test_no_sum_of_weights_leaves_32_bits(pixels: int, count: int, kernel: Kernel) -> None:
    _, weights = weigh_pixels(pixels, count, kernel, 0.0, float(pixels))
    assert int(np.abs(weights.astype(np.int64)).sum(axis=0).max()) * 255 + (1 << BITS) < 1 << 31


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("size", [(28, 28), (90, 61)])
def test_resizing_differs_from_pillow_s_by_a_level_at_most(
    name: str, size: tuple[int, int]
) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (57, 43), np.uint8)
    wanted = Image.fromarray(picture).resize(size[::-1], getattr(Image.Resampling, name))
    away = np.abs(resize(picture, *size, KERNELS[name]).astype(int) - np.asarray(wanted))
    assert away.max() <= 1


@given(shapes)
@settings(deadline=None, max_examples=examples(60))
def test_squares_of_distances_are_exact(shape: NDArray[np.bool_]) -> None:
    assume(not shape.all())
    wanted = np.rint(ndimage.distance_transform_edt(shape) ** 2)
    assert np.array_equal(measure_squares(shape), wanted)


@given(shapes, st.integers(1, 6))
@settings(deadline=None, max_examples=examples(40))
def test_distances_that_are_near_enough_are_exact_too(
    shape: NDArray[np.bool_], farthest: int
) -> None:
    assume(not shape.all())
    exact = np.rint(ndimage.distance_transform_edt(shape) ** 2)
    found = measure_squares(shape, farthest)
    assert np.array_equal(np.minimum(found, farthest**2), np.minimum(exact, farthest**2))


def test_roots_are_rounded_to_256ths() -> None:
    squares = np.arange(3000)
    for square, root in zip(squares.tolist(), tabulate_roots(2999).tolist(), strict=True):
        # The nearest whole number to 256 * sqrt(square), found without a root.
        assert (2 * root - 1) ** 2 <= 4 * 256**2 * square < (2 * root + 1) ** 2 or square == 0


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=50), st.integers(0, 100))
def test_a_quantile_is_numpy_s_rounded(values: list[int], hundredths: int) -> None:
    wanted = float(np.quantile(np.array(values, float), hundredths / 100))
    assert abs(find_quantile(np.array(values), hundredths) - wanted) <= 0.5 + 1e-6


@given(pictures, st.integers(2, 5))
@settings(deadline=None, max_examples=examples(40))
def test_reducing_is_the_rounded_mean_of_each_square(picture: Picture, factor: int) -> None:
    (reduced,) = reduce([picture], factor)
    inked = find_any(picture > 0, factor)
    for down, right in np.ndindex(*reduced.shape):
        square = picture[down * factor :, right * factor :][:factor, :factor]
        assert reduced[down, right] == math.floor(int(square.sum()) / square.size + 0.5)
        assert inked[down, right] == square.any()
