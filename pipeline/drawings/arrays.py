"""Array types of drawings and labels, and their conversion to model input and to a digest."""

import hashlib
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

SIDE = 28  # pixels, of a drawing

Images: TypeAlias = NDArray[np.uint8]
Labels: TypeAlias = NDArray[np.uint8]


def scale_pixels(images: Images) -> NDArray[np.float32]:
    """Scale bytes to the float32 in [0, 1] that the data set holds and the model takes.

    Args:
        images: uint8 of any shape, 0 to 255.

    Returns:
        float32 of the same shape, exact multiples of 1/255.
    """
    return images.astype(np.float32) / np.float32(255)


def image_digest(image: Images) -> str:
    """Return the sha256 (hex) of a drawing's 784 bytes. Equal digests mean equal drawings."""
    return hashlib.sha256(np.ascontiguousarray(image).tobytes()).hexdigest()
