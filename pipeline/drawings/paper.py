"""Find the colour of the paper, and how far each pixel is from it."""

import functools

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings.arrays import Images

Colour = tuple[int, ...]
"""The level of each channel, 0 to 255: grey, or red, green and blue."""
MOST_ROWS = 255


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
        pixels: uint8 `(height, width, channels)`.
        colour: the paper's.

    Returns:
        uint8 `(height, width)`: 0 is the colour itself.
    """
    channels = (_subtract(pixels[..., i], level) for i, level in enumerate(colour))
    return functools.reduce(np.maximum, channels)


def _subtract(channel: Images, level: int) -> Images:
    """Return the difference from a level without its sign."""
    below = (channel < level).view(np.uint8)
    difference = channel - np.uint8(level)  # modulo 256
    np.negative(below, out=below)
    difference ^= below  # of a negative number: its complement, and one more
    difference -= below
    return difference


def count_ink(ink: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many pixels of each row, and of each column, are ink.

    Returns:
        int64 `(height,)` and `(width,)`.
    """
    lines = ink.view(np.uint8)
    rows = np.add.reduce(lines, axis=1, dtype=np.uint16)
    # As many rows at once as a byte can count; adding bytes is the fastest.
    blocks = [lines[top : top + MOST_ROWS] for top in range(0, len(lines), MOST_ROWS)]
    columns = sum(
        (np.add.reduce(block, axis=0, dtype=np.uint8).astype(np.int64) for block in blocks),
        start=np.zeros(ink.shape[1], np.int64),
    )
    return rows.astype(np.int64), columns
