"""Redraw ink as Google's renderer would: strokes of one standard width, the whole in one size."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from pipeline.drawings.arrays import SIDE, Images

# Google's renderer scales the centre lines of the strokes to a box of 256, draws them with a pen
# of 16, and adds half a pen and a padding of 16 on each side.
BOX_SIDE, PEN_WIDTH, PADDING = 256, 16, 16
PAPER_SIDE = BOX_SIDE + PEN_WIDTH + 2 * PADDING

# The longer side of the ink while its pen is measured and changed: four pixels for one of the
# drawing.
WORKING_SIDE = 104
MARGIN = 8  # working pixels around the ink, for a pen that must grow
MIN_COVERAGE = 0.5  # share of a line, one canvas pixel wide, that must cover a working pixel
# A pixel lies on the centre line of a stroke if it is this much deeper in the ink than the mean of
# its 3 x 3 neighbourhood, in working pixels.
MIN_RIDGE_HEIGHT = 0.2
# The quantile of the depths along the centre lines that is taken for half the pen. Below the
# median, because strokes get wider where they cross or touch, and hardly ever narrower.
PEN_QUANTILE = 0.42
MAX_HALF_PEN = 10.0  # working pixels; what is thicker is a filled shape, and stays one

Depths = NDArray[np.float32]


def redraw_with_standard_pen(ink: NDArray[np.bool_]) -> Images:
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
    depth = _measure_depth(shape)
    half_pen = _measure_half_pen(depth)
    height, width = (side - 2 * MARGIN for side in shape.shape)
    # The bounding box of the centre lines is half a pen smaller than the ink on each side. It
    # becomes BOX_SIDE wide, so one unit of Google's box is this many working pixels.
    unit = (max(height, width) - 2 * half_pen) / BOX_SIDE
    excess = half_pen - PEN_WIDTH / 2 * unit
    # Signed distance to the edge, positive inside. The transform counts from the middle of a
    # pixel, and the edge lies half a pixel before the middle of the first.
    inside = depth - 0.5
    if excess <= 0:  # the strokes must grow: distances outside of the ink are needed too
        inside = np.where(shape, inside, 0.5 - _measure_depth(~shape))
    # Moving the edge by `excess` is subtracting it. A pixel is then inked in proportion to how far
    # the edge lies beyond its middle, which antialiases the edge.
    return _fit_to_paper(np.clip(inside - excess + 0.5, 0, 1))


def _rescale(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Scale ink so that its longer side is WORKING_SIDE, and pad it by MARGIN."""
    height, width = ink.shape
    scale = WORKING_SIDE / max(height, width)
    picture = Image.fromarray(ink.astype(np.uint8) * 255)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if scale < 1:
        # When a large canvas shrinks, a thin line covers only a part of each working pixel. A line
        # one pixel wide covers `scale` of it, so the threshold shrinks with the scale.
        resized = np.asarray(picture.resize(size, Image.Resampling.BOX))
        covered = resized >= max(1, MIN_COVERAGE * scale * 255)
    else:
        resized = np.asarray(picture.resize(size, Image.Resampling.BILINEAR))
        covered = resized >= MIN_COVERAGE * 255
    return np.pad(covered, MARGIN)


def _measure_depth(shape: NDArray[np.bool_]) -> Depths:
    """Return each pixel's Euclidean distance to the nearest pixel outside of `shape`.

    It is 0 for the pixels outside.
    """
    return np.asarray(ndimage.distance_transform_edt(shape), np.float32)


def _measure_half_pen(depth: Depths) -> float:
    """Return half the width of the strokes, in working pixels.

    The depth of a pixel on the centre line of a stroke is half the stroke's width. Depths rise
    from both edges to the centre line, so there a pixel is higher than the mean of its
    neighbourhood; on the slopes it equals that mean.
    """
    centre_lines = (depth > 0) & (depth - ndimage.uniform_filter(depth, 3) > MIN_RIDGE_HEIGHT)
    depths = depth[centre_lines] if centre_lines.any() else depth.max(keepdims=True)
    return min(float(np.quantile(depths, PEN_QUANTILE)), MAX_HALF_PEN)


def _fit_to_paper(drawn: Depths) -> Images:
    """Crop to the ink, and scale so that the ink with its pen is as large as Google's, centred.

    Args:
        drawn: float32 `(height, width)`, 0 is paper, 1 is ink.

    Returns:
        uint8 `(28, 28)`.
    """
    top, bottom = _find_ends(drawn.max(axis=1))
    left, right = _find_ends(drawn.max(axis=0))
    # The square of working pixels around the ink that becomes the 28 x 28 drawing.
    paper = max(bottom - top, right - left) * PAPER_SIDE / (BOX_SIDE + PEN_WIDTH)
    padding = int(paper / 2) + 2
    sheet = Image.fromarray(np.pad(drawn, padding))
    x, y = padding + (left + right) / 2, padding + (top + bottom) / 2
    window = (x - paper / 2, y - paper / 2, x + paper / 2, y + paper / 2)
    small = np.asarray(sheet.resize((SIDE, SIDE), Image.Resampling.HAMMING, box=window))
    drawing: Images = np.rint(255 * np.clip(small, 0, 1)).astype(np.uint8)
    return drawing


def _find_ends(profile: Depths) -> tuple[float, float]:
    """Return where ink begins and ends along one axis; a pixel that is half ink counts half."""
    inked = np.flatnonzero(profile)
    first, last = int(inked[0]), int(inked[-1])
    return first + 1 - float(profile[first]), last + float(profile[last])
