"""Turns, stretches, slants, moves and mirrors drawings a little, so that a network sees more of them than there are."""

import numpy as np
from keras import ops
from numpy.typing import NDArray

from pipeline.drawings import SIDE, Images

TURN = np.deg2rad(12)
STRETCH = 0.12
SLANT = 0.12
MOVE = 1.0  # pixels
CENTRE = SIDE // 2  # where the centroid crop puts a drawing's middle


def draw_warps(rows: int, rng: np.random.Generator, strength: float) -> NDArray[np.float32]:
    """As many random warps: float32 `(rows, 8)`, for each output pixel the place in the input, as Keras has it.

    `strength` 1 is the whole of the above; 0 only mirrors, which takes pixels as they are, where a warp blurs.
    """
    turn, across, down, slant, move_x, move_y = (
        strength * rng.uniform(-most, most, rows)
        for most in (TURN, STRETCH, STRETCH, SLANT, MOVE, MOVE)
    )
    cosine, sine, mirror = np.cos(turn), np.sin(turn), rng.choice([-1.0, 1.0], rows)
    xx, xy = mirror * (1 + across) * cosine, mirror * (1 + across) * (slant * cosine - sine)
    yx, yy = (1 + down) * sine, (1 + down) * (cosine + slant * sine)
    x0, y0 = CENTRE * (1 - xx - xy) + move_x, CENTRE * (1 - yx - yy) + move_y
    nothing = np.zeros(rows)
    return np.stack([xx, xy, x0, yx, yy, y0, nothing, nothing], 1).astype(np.float32)


def apply_warps(images: Images, by: NDArray[np.float32]) -> Images:
    """The drawings, uint8 `(n, 28, 28)`, each warped by its row of `by`; black comes in from outside."""
    moved = ops.image.affine_transform(
        images[..., None].astype(np.float32),
        by,
        interpolation="bilinear",
        data_format="channels_last",
    )
    grey: Images = np.rint(ops.convert_to_numpy(moved)[..., 0]).astype(np.uint8)
    return grey
