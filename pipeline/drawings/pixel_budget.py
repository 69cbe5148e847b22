"""How many pixels a canvas may have, checked in its header before anything is decoded.

A file of a few hundred kB can claim to hold gigabytes of pixels.
"""

from pipeline.errors import InvalidDrawing
from pipeline.reasons import DrawingReason

MAX_CANVAS_SIDE = 8192
MAX_PIXELS = 4096 * 4096
WORKING_LIMIT = 2048
"""Pixels, of the longer side of what is worked on; larger canvases are reduced."""


def check_size(width: int, height: int) -> None:
    """Raise InvalidDrawing (`unreadable_image`) if a canvas of this size is not read."""
    if (
        not (0 < width <= MAX_CANVAS_SIDE and 0 < height <= MAX_CANVAS_SIDE)
        or width * height > MAX_PIXELS
    ):
        raise InvalidDrawing(
            DrawingReason.UNREADABLE_IMAGE,
            f"the canvas is {width} x {height}; at most {MAX_PIXELS / 1e6:.1f} million pixels and "
            f"{MAX_CANVAS_SIDE} a side are read",
        )


def find_reduction(size: tuple[int, int]) -> int:
    """Return the factor (1 or more) by which a picture of this size is reduced."""
    return -(-max(size) // WORKING_LIMIT)
