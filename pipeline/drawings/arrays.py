"""Drawings and labels as arrays, and the two things that are done to them everywhere."""

import hashlib
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

SIDE = 28  # pixels, of a drawing

Images: TypeAlias = NDArray[np.uint8]
Labels: TypeAlias = NDArray[np.uint8]


def scale_pixels(images: Images) -> NDArray[np.float32]:
    """Bytes to the float32 in [0, 1] that the file holds and the model takes; same shape."""
    return images.astype(np.float32) / np.float32(255)


def image_digest(image: Images) -> str:
    """sha256 (hex) of one drawing's 784 bytes: two corrections with the same digest are the same drawing."""
    return hashlib.sha256(np.ascontiguousarray(image).tobytes()).hexdigest()
