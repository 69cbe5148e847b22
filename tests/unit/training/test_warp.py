"""A warp changes a drawing only a little, and is the same for the same seed."""

import numpy as np
import pytest

from pipeline.training.warp import CENTRE, apply_warps, draw_warps

IDENTITY = np.array([1, 0, 0, 0, 1, 0, 0, 0], np.float32)


@pytest.fixture
def drawings() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (50, 28, 28)).astype(np.uint8)


def test_no_warp_leaves_every_byte(drawings: np.ndarray) -> None:
    assert np.array_equal(apply_warps(drawings, np.tile(IDENTITY, (50, 1))), drawings)


def test_a_warp_of_no_strength_mirrors_or_leaves_every_byte(drawings: np.ndarray) -> None:
    warped = apply_warps(drawings, draw_warps(50, np.random.default_rng(3), 0))
    # Mirrored about the centre pixel, so that a cropped drawing stays in its place.
    mirrored = np.zeros_like(drawings)
    mirrored[:, :, 1:] = drawings[:, :, :0:-1]
    is_same, is_mirrored = ((warped == other).all((1, 2)) for other in (drawings, mirrored))
    assert (is_same | is_mirrored).all()
    assert is_same.any()
    assert is_mirrored.any()


def test_the_same_seed_gives_the_same_warps_and_another_others() -> None:
    assert np.array_equal(
        draw_warps(9, np.random.default_rng(4), 1), draw_warps(9, np.random.default_rng(4), 1)
    )
    assert not np.array_equal(
        draw_warps(9, np.random.default_rng(4), 1), draw_warps(9, np.random.default_rng(5), 1)
    )


def test_what_is_in_the_middle_stays_near_it() -> None:
    dot = np.zeros((200, 28, 28), np.uint8)
    dot[:, CENTRE - 1 : CENTRE + 2, CENTRE - 1 : CENTRE + 2] = 255
    warped = apply_warps(dot, draw_warps(200, np.random.default_rng(0), 1))
    rows, columns = np.arange(28)[:, None], np.arange(28)[None]
    for drawing in warped.astype(float):
        assert abs((drawing * rows).sum() / drawing.sum() - CENTRE) < 1.5
        assert abs((drawing * columns).sum() / drawing.sum() - CENTRE) < 1.5


def test_about_half_are_mirrored() -> None:
    corner = np.zeros((400, 28, 28), np.uint8)
    corner[:, 8:20, 8] = 255  # a stroke on the left
    warped = apply_warps(corner, draw_warps(400, np.random.default_rng(0), 1))
    right = warped[:, :, CENTRE + 1 :].sum((1, 2)) > warped[:, :, :CENTRE].sum((1, 2))
    assert 150 < right.sum() < 250


def test_a_warp_is_mild(drawings: np.ndarray) -> None:
    ring = np.zeros((100, 28, 28), np.uint8)
    rows, columns = np.mgrid[:28, :28]
    ring[:, np.abs(np.hypot(rows - CENTRE, columns - CENTRE) - 8) < 1.5] = 255
    warped = apply_warps(ring, draw_warps(100, np.random.default_rng(2), 1))
    assert warped[:, np.hypot(rows - CENTRE, columns - CENTRE) < 4].max() == 0
    assert (warped.sum((1, 2)) > 0.7 * ring[0].sum()).all()
