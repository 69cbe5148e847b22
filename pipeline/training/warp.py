"""Data augmentation: random rotations, stretches, shears, shifts and mirror images of drawings."""

import numpy as np
from keras import ops
from numpy.typing import NDArray

from pipeline.drawings import SIDE, Images

# The largest change in either direction.
ROTATION = np.deg2rad(12)
STRETCH = 0.12
SHEAR = 0.12
SHIFT = 1.0  # pixels
CENTRE = SIDE // 2  # the pixel to which the centroid crop moves the middle of a drawing


def draw_warps(count: int, rng: np.random.Generator, strength: float) -> NDArray[np.float32]:
    """Draw random affine transforms.

    Args:
        count: how many.
        rng: the random numbers.
        strength: 0 to 1, a factor on the largest changes above. 0 only mirrors half of the
            drawings, which moves whole pixels and does not blur.

    Returns:
        float32 `(count, 8)`, as `keras.ops.image.affine_transform` takes them: the place in the
        input for each output pixel.
    """
    rotation, stretch_x, stretch_y, shear, shift_x, shift_y = (
        strength * rng.uniform(-most, most, count)
        for most in (ROTATION, STRETCH, STRETCH, SHEAR, SHIFT, SHIFT)
    )
    cosine, sine, mirror = np.cos(rotation), np.sin(rotation), rng.choice([-1.0, 1.0], count)
    # The 2 x 2 matrix of mirror, stretch, shear and rotation together.
    xx, xy = mirror * (1 + stretch_x) * cosine, mirror * (1 + stretch_x) * (shear * cosine - sine)
    yx, yy = (1 + stretch_y) * sine, (1 + stretch_y) * (cosine + shear * sine)
    # Offsets that keep the centre in its place, apart from the shift.
    x0, y0 = CENTRE * (1 - xx - xy) + shift_x, CENTRE * (1 - yx - yy) + shift_y
    zeros = np.zeros(count)  # the two terms of a projective transform, which an affine one lacks
    return np.stack([xx, xy, x0, yx, yy, y0, zeros, zeros], 1).astype(np.float32)


def apply_warps(images: Images, transforms: NDArray[np.float32]) -> Images:
    """Warp each drawing by its own transform, with bilinear interpolation.

    Args:
        images: uint8 `(n, 28, 28)`.
        transforms: `(n, 8)`, from `draw_warps`.

    Returns:
        uint8 `(n, 28, 28)`; pixels from outside of a drawing are 0.
    """
    moved = ops.image.affine_transform(
        images[..., None].astype(np.float32),
        transforms,
        interpolation="bilinear",
        data_format="channels_last",
    )
    warped: Images = np.rint(ops.convert_to_numpy(moved)[..., 0]).astype(np.uint8)
    return warped
