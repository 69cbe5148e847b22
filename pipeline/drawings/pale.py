"""Leave out ink far paler than the strokes: watermarks, shadows, the other side of the paper."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pipeline.drawings.frames import Sheet
from pipeline.drawings.pieces import measure_extent

Mask = NDArray[np.bool_]

MAX_PALE = 0.4  # of the strength of the strongest ink
MIN_PALE_SHARE = 0.1  # of the ink; fewer pale pixels are soft edges
EDGE = 3  # pixels next to strong ink, which may be its soft edge
MIN_EXTENT = 0.4  # of the extent of all ink, of the strong ink


def drop_pale(sheet: Sheet, ink: Mask) -> Mask:
    """Return ink without what is far paler than the rest, if the rest is the greater part.

    Args:
        sheet: the canvas, with the strength of its ink.
        ink: bool `(height, width)`.
    """
    strong = sheet.strength > int(MAX_PALE * int(sheet.strength.max()))
    strong &= ink
    pale = np.count_nonzero(ink) - np.count_nonzero(strong)
    if pale < MIN_PALE_SHARE * np.count_nonzero(ink):
        return ink
    if measure_extent(strong) < MIN_EXTENT * measure_extent(ink):
        return ink
    kept: Mask = ink & ndimage.binary_dilation(strong, iterations=EDGE)
    return kept
