"""Find the ink of a canvas: what differs from its paper."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.drawings.arrays import Images
from pipeline.drawings.centring import INK_THRESHOLD
from pipeline.drawings.paper import cut_border, find_middle_colour, measure_distance

Mask = NDArray[np.bool_]

# Fainter pixels, as a share of the strongest ink, are paper texture or shadows.
MIN_INK_SHARE = 0.2
# On a canvas that was made smaller before it was sent, a thin stroke is grey, and its edges are
# between two pixels. So it is enlarged first, and the edges are where the ink is half as strong.
SMALL_SIDE = 48
ENLARGED_SIDE = 256
MIN_SMALL_INK_SHARE = 0.45


def find_ink(sheet: Images) -> Mask | None:
    """Return which pixels of a canvas are ink, or None if there is none.

    Args:
        sheet: uint8 `(height, width, 3)`. The ink may be dark or light.

    Returns:
        bool; its size is that of the canvas, or larger if the canvas is small.
    """
    strength = measure_distance(sheet, find_middle_colour(cut_border(sheet)))
    if int(strength.max()) <= INK_THRESHOLD:
        return None
    if max(strength.shape) <= SMALL_SIDE:
        return _enlarge(strength)
    return strength > max(INK_THRESHOLD, MIN_INK_SHARE * int(strength.max()))


def _enlarge(strength: Images) -> Mask:
    """Return the ink of a small canvas, enlarged."""
    times = ENLARGED_SIDE // max(strength.shape)
    height, width = strength.shape
    enlarged = np.asarray(
        Image.fromarray(strength).resize((width * times, height * times), Image.Resampling.BICUBIC)
    )
    return enlarged > max(INK_THRESHOLD, MIN_SMALL_INK_SHARE * int(enlarged.max()))
