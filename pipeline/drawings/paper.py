"""Find the colour of the paper, and how far each pixel is from it."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from pipeline.drawings.arrays import Images

Colour = tuple[int, ...]
"""Red, green and blue, 0 to 255."""


def cut_border(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the pixels at the four edges.

    Args:
        pixels: uint8 `(height, width, channels)`.

    Returns:
        uint8 `(2 * (height + width), channels)`; the corners are in it twice.
    """
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])


def find_middle_colour(pixels: NDArray[np.uint8]) -> Colour:
    """Return the middle value of each channel, for uint8 `(n, channels)`, n at least 1.

    Not np.median: if half of the pixels are black and half are white, it returns grey, which is
    neither.
    """
    return tuple(np.sort(pixels, axis=0)[len(pixels) // 2].tolist())


def measure_distance(pixels: NDArray[np.uint8], colour: Colour) -> Images:
    """Return how far each pixel is from a colour, in the channel where it is farthest.

    Args:
        pixels: uint8 `(height, width, 3)`.
        colour: the paper's.

    Returns:
        uint8 `(height, width)`: 0 is the colour itself.
    """
    picture = Image.fromarray(pixels)
    plain = Image.new("RGB", picture.size, colour)
    red, green, blue = ImageChops.difference(picture, plain).split()
    return np.asarray(ImageChops.lighter(ImageChops.lighter(red, green), blue))


def count_ink(ink: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many pixels of each row, and of each column, are ink.

    The bits are packed first: eight times as fast as np.count_nonzero.

    Returns:
        int64 `(height,)` and `(width,)`.
    """
    rows = np.bitwise_count(np.packbits(ink, axis=1)).sum(axis=1, dtype=np.int64)
    columns = np.bitwise_count(np.packbits(ink, axis=0)).sum(axis=0, dtype=np.int64)
    return rows, columns
