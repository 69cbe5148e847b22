"""The centroid crop equals a plain reference bit for bit."""

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from pipeline.drawings import centroid_crop
from tests._examples import examples
from tests.unit.drawings._canvases import Picture


def reference_crop(image: Picture) -> Picture:
    """The centroid crop of one drawing, in the fewest words."""
    rows, columns = np.nonzero(image > 25)
    if not len(rows):
        return image
    rolled: Picture = np.roll(image, (14 - int(rows.mean()), 14 - int(columns.mean())), (0, 1))
    return rolled


@given(npst.arrays(np.uint8, st.tuples(st.integers(0, 4), st.just(28), st.just(28))))
@settings(deadline=None, max_examples=examples(50))
def test_centring_equals_the_plain_reference_bit_for_bit(images: Picture) -> None:
    cropped = centroid_crop(images)
    assert cropped.dtype == np.uint8
    assert np.array_equal(
        cropped,
        np.array([reference_crop(image) for image in images], np.uint8).reshape(images.shape),
    )


@given(
    st.lists(st.tuples(st.integers(0, 27), st.integers(0, 27), st.integers(0, 255)), max_size=12)
)
@settings(deadline=None)
@example([(0, 0, 25)])
@example([(0, 0, 26)])
@example([(27, 27, 255)])
def test_centring_sparse_ink_equals_the_plain_reference(dots: list[tuple[int, int, int]]) -> None:
    image = np.zeros((28, 28), np.uint8)
    for row, column, value in dots:
        image[row, column] = value
    assert np.array_equal(centroid_crop(image[None])[0], reference_crop(image))


def test_centring_thousands_of_random_drawings_equals_the_plain_reference() -> None:
    rng = np.random.default_rng(0)
    images = (
        rng.integers(0, 256, (3000, 28, 28))
        * (rng.random((3000, 28, 28)) < rng.random((3000, 1, 1)))
    ).astype(np.uint8)
    assert np.array_equal(
        centroid_crop(images), np.array([reference_crop(image) for image in images])
    )


def test_a_drawing_without_ink_is_unchanged_by_centring() -> None:
    faint = np.zeros((1, 28, 28), np.uint8)
    faint[0, 3, 4] = 25
    assert np.array_equal(centroid_crop(faint), faint)


def test_centring_leaves_its_argument_alone() -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8)
    before = images.copy()
    centroid_crop(images)[:] = 0
    assert np.array_equal(images, before)
