"""Find the ink of a canvas: what differs from its paper and is not part of the page."""

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings.arrays import Images
from pipeline.drawings.captions import find_captions
from pipeline.drawings.centring import INK_THRESHOLD
from pipeline.drawings.corners import drop_remnants, find_corners
from pipeline.drawings.dots import find_dots
from pipeline.drawings.fills import keep_strokes
from pipeline.drawings.frames import Sheet, lay_on, peel_frames
from pipeline.drawings.pale import drop_pale
from pipeline.drawings.paper import find_middle_colour
from pipeline.drawings.pieces import Pieces, label_pieces, measure_extent
from pipeline.drawings.resizing import CUBIC, resize
from pipeline.drawings.ruling import remove_ruling

Mask = NDArray[np.bool_]

# On a canvas that was made smaller before it was sent, a thin stroke is grey, and its edges are
# between two pixels. So it is enlarged first, and the edges are where the ink is half as strong.
SMALL_SIDE = 48
ENLARGED_SIDE = 256
MIN_SMALL_INK_SHARE = 0.45
MAX_CARD_INK = 0.3  # of a card with rounded corners
MIN_EXTENT = 0.2  # of the canvas, of the drawing that is left without what the page printed


def find_ink(pixels: Images) -> tuple[Mask, Pieces | None] | None:
    """Return which pixels of a canvas are ink, or None if there is none.

    Args:
        pixels: uint8 `(height, width, channels)`. The ink may be dark or light.

    Returns:
        bool; the size is that of what the canvas has inside of its frames, or larger if the canvas
        is small. And its pieces, if they are known.
    """
    sheet = peel_frames(pixels)
    if max(pixels.shape[:2]) <= SMALL_SIDE:
        return (_enlarge(sheet.strength), None) if sheet.in_rows.any() else None
    is_peeled = sheet.ink.shape != pixels.shape[:2]
    sheet = _cut_corners(sheet)
    if is_peeled:
        sheet = sheet._replace(ink=drop_remnants(sheet.ink))
    if not sheet.ink.any():
        return None
    ink = keep_strokes(sheet, remove_ruling(sheet))
    return _drop_print(drop_pale(sheet, ink))


def _drop_print(ink: Mask) -> tuple[Mask, Pieces | None]:
    """Return ink without dots of the paper and without words, unless hardly a drawing is left.

    And its pieces, where nothing was left out.
    """
    pieces = label_pieces(ink)
    listed = pieces.listed
    printed = [*find_dots(listed, max(ink.shape)), *find_captions(listed, len(ink))]
    if not printed:
        return ink, pieces
    without = ink.copy()
    without[pieces.box] &= ~np.isin(pieces.labels, [piece.number for piece in printed])
    if measure_extent(without) >= MIN_EXTENT * min(ink.shape):
        return without, None
    return ink, pieces


def _cut_corners(sheet: Sheet) -> Sheet:
    """Return the sheet with what is behind its rounded corners turned to paper."""
    found = find_corners(sheet.pixels)
    if found is None:
        return sheet
    behind, ring = found
    pixels = sheet.pixels.copy()
    pixels[behind] = paper = find_middle_colour(ring)
    without = lay_on(pixels, paper)
    # A round drawing that fills its canvas leaves corners too, but what it shows inside is not
    # mostly of one colour, or nothing else.
    is_card = 0 < np.count_nonzero(without.ink) <= MAX_CARD_INK * without.ink.size
    return without if is_card else sheet


def _enlarge(strength: Images) -> Mask:
    """Return the ink of a small canvas, enlarged."""
    times = ENLARGED_SIDE // max(strength.shape)
    height, width = strength.shape
    enlarged = resize(strength, height * times, width * times, CUBIC)
    return enlarged > max(INK_THRESHOLD, int(MIN_SMALL_INK_SHARE * int(enlarged.max())))
