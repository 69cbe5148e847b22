"""Windows and pools, against plain loops."""

import numpy as np
import pytest

from pipeline.model.convolution import extract_windows, pool_maximum


@pytest.mark.parametrize(("side", "channels", "windows"), [(28, 1, 26), (13, 5, 10), (8, 2, 6)])
def test_each_window_is_the_square_of_its_pixels(side: int, channels: int, windows: int) -> None:
    values = np.random.default_rng(0).random((2, side, side, channels), np.float32)
    extracted = extract_windows(values)
    assert extracted.shape == (2, windows, windows, 9 * channels)
    for row in range(windows):
        for column in range(windows):
            square = values[:, row : row + 3, column : column + 3]
            assert np.array_equal(extracted[:, row, column], square.reshape(2, -1))


def test_a_pool_is_the_maximum_of_four_neighbours() -> None:
    maps = np.random.default_rng(1).random((3, 6, 6, 4), np.float32)
    pooled = pool_maximum(maps)
    assert pooled.shape == (3, 3, 3, 4)
    for row in range(3):
        for column in range(3):
            block = maps[:, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
            assert np.array_equal(pooled[:, row, column], block.max((1, 2)))
