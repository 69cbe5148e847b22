"""Redraw ink as Google's renderer would: strokes of one standard width, the whole in one size.

Everything is counted in whole numbers, so that every machine draws the same bytes.
"""

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings.arrays import SIDE, Images
from pipeline.drawings.distances import UNIT, measure_squares, tabulate_roots
from pipeline.drawings.quantiles import find_quantile
from pipeline.drawings.resizing import BOX, LINEAR, WINDOWED, resize, resize_columns, resize_rows

# Google's renderer scales the centre lines of the strokes to a box of 256, draws them with a pen
# of 16, and adds half a pen and a padding of 16 on each side.
BOX_SIDE, PEN_WIDTH, PADDING = 256, 16, 16
PAPER_SIDE = BOX_SIDE + PEN_WIDTH + 2 * PADDING

# The longer side of the ink while its pen is measured and changed: four pixels for one of the
# drawing.
WORKING_SIDE = 104
MARGIN = 8  # working pixels around the ink, for a pen that must grow
MIN_COVERAGE = 0.5  # share of a line, one canvas pixel wide, that must cover a working pixel
FULL = 255
# A pixel lies on the centre line of a stroke if it is this much deeper in the ink than the mean of
# its 3 x 3 neighbourhood: nine times a fifth of a working pixel, in parts (UNIT) of one.
MIN_RIDGE_HEIGHT = 9 * UNIT // 5
# The quantile, in hundredths, of the depths along the centre lines that is taken for half the pen.
# Below the median, because strokes get wider where they cross or touch, and hardly ever narrower.
PEN_QUANTILE = 42
MAX_HALF_PEN = 10 * UNIT  # working pixels; what is thicker is a filled shape, and stays one
# Outside of the ink no pixel farther than this is reached by a pen that grows: by half of Google's
# pen at most, 3.25 working pixels, and one for the soft edge.
MAX_GROWTH = 5

# Depths are at most half of the working side with its margins.
_ROOTS = tabulate_roots((WORKING_SIDE // 2 + MARGIN) ** 2)

Mask = NDArray[np.bool_]


def redraw_with_standard_pen(ink: Mask) -> Images:
    """Redraw ink with strokes of Google's width, in Google's size.

    Measure half the width of the strokes along their centre lines, by a distance transform. Then
    move every edge of the ink inwards or outwards by the difference to Google's pen. Thinning the
    ink to a skeleton and drawing that instead would lose filled shapes, and blots and crossings
    would grow spurs (docs/decisions/0010-canvas-to-drawing.md).

    Args:
        ink: bool `(height, width)`, cropped to its bounding box.

    Returns:
        uint8 `(28, 28)`, 0 is paper, 255 is full ink, antialiased. The ink is in the middle, with
        at least one row and one column of paper on each side.
    """
    shape = _rescale(ink)
    squares = measure_squares(shape)
    roots = _ROOTS[: int(squares.max()) + 1]
    half_pen = _measure_half_pen(roots.take(squares))
    side = UNIT * (max(shape.shape) - 2 * MARGIN)
    # The bounding box of the centre lines is half a pen smaller than the ink on each side. It
    # becomes BOX_SIDE wide, so one unit of Google's box is (side - 2 * half_pen) / BOX_SIDE. Half
    # of Google's pen is PEN_WIDTH / 2 of these, a 32nd. The rest of half the pen is to go, rounded.
    excess = (17 * half_pen - side // 2 + 8) // 16
    # The distance to the edge, positive inside. The transform counts from the middle of a pixel,
    # and the edge lies half a pixel before the middle of the first. Moving the edge by `excess` is
    # subtracting it. A pixel is then inked in proportion to how far the edge lies beyond its
    # middle, which antialiases the edge.
    drawn = _ink(roots - excess).take(squares)
    if excess < 0:  # the strokes must grow: distances outside of the ink are needed too
        outside = measure_squares(~shape, MAX_GROWTH)
        grown = _ink(UNIT - excess - _ROOTS[: MAX_GROWTH**2 + 1]).take(outside)
        drawn = np.where(shape, drawn, grown)
    return _fit_to_paper(drawn)


def _ink(parts: NDArray[np.int32]) -> Images:
    """Return the ink of pixels of which so many parts (UNIT is all) are inside, as bytes."""
    return np.clip((FULL * parts + UNIT // 2) // UNIT, 0, FULL).astype(np.uint8)


def _rescale(ink: Mask) -> Mask:
    """Scale ink so that its longer side is WORKING_SIDE, and pad it by MARGIN."""
    height, width = ink.shape
    longer = max(height, width)
    # Rounded half up.
    size = [max(1, (2 * side * WORKING_SIDE + longer) // (2 * longer)) for side in ink.shape]
    picture = ink.view(np.uint8) * np.uint8(FULL)
    if longer > WORKING_SIDE:
        # When a large canvas shrinks, a thin line covers only a part of each working pixel. A line
        # one pixel wide covers WORKING_SIDE / longer of it, so the threshold shrinks with that.
        resized = resize(picture, size[0], size[1], BOX)
        level = max(1.0, MIN_COVERAGE * (WORKING_SIDE / longer) * FULL)
    else:
        resized = resize(picture, size[0], size[1], LINEAR)
        level = MIN_COVERAGE * FULL
    # Dots of a large canvas may cover less than that everywhere; then the most covered pixels stay.
    sheet = np.zeros([side + 2 * MARGIN for side in size], bool)
    sheet[MARGIN:-MARGIN, MARGIN:-MARGIN] = resized >= min(level, int(resized.max()))
    return sheet


def _measure_half_pen(depth: NDArray[np.int32]) -> int:
    """Return half the width of the strokes, in parts (UNIT) of a working pixel.

    The depth of a pixel on the centre line of a stroke is half the stroke's width. Depths rise
    from both edges to the centre line, so there a pixel is higher than the mean of its
    neighbourhood; on the slopes it equals that mean.
    """
    three = depth[:-2] + depth[1:-1] + depth[2:]
    nine = three[:, :-2] + three[:, 1:-1] + three[:, 2:]
    inner = depth[1:-1, 1:-1]
    depths = inner[(9 * inner - nine > MIN_RIDGE_HEIGHT) & (inner > 0)]
    if not len(depths):
        return min(int(depth.max()), MAX_HALF_PEN)
    return min(find_quantile(depths, PEN_QUANTILE), MAX_HALF_PEN)


def _fit_to_paper(drawn: Images) -> Images:
    """Crop to the ink, and scale so that the ink with its pen is as large as Google's, centred.

    Args:
        drawn: uint8 `(height, width)`, 0 is paper, 255 is full ink.

    Returns:
        uint8 `(28, 28)`.
    """
    top, bottom = _find_ends(drawn.max(axis=1))
    left, right = _find_ends(drawn.max(axis=0))
    # The square of working pixels around the ink that becomes the 28 x 28 drawing.
    paper = max(bottom - top, right - left) / FULL * PAPER_SIDE / (BOX_SIDE + PEN_WIDTH)
    padding = int(paper / 2.0) + 2
    x, y = ((low + high) / (2 * FULL) + padding for low, high in ((left, right), (top, bottom)))
    half = paper / 2.0
    # The first pass keeps rows of paper as they are: they are added after it.
    height, width = drawn.shape
    padded = np.zeros((height, width + 2 * padding), np.uint8)
    padded[:, padding : padding + width] = drawn
    rows = np.zeros((height + 2 * padding, SIDE), np.uint8)
    rows[padding : padding + height] = resize_rows(padded, SIDE, WINDOWED, x - half, x + half)
    return resize_columns(rows, SIDE, WINDOWED, y - half, y + half)


def _find_ends(profile: Images) -> tuple[int, int]:
    """Return where ink begins and ends along one axis, in 255ths of a working pixel.

    A pixel that is half ink counts half.
    """
    inked = np.flatnonzero(profile)
    first, last = int(inked[0]), int(inked[-1])
    return FULL * (first + 1) - int(profile[first]), FULL * last + int(profile[last])
