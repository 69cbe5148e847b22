"""Ink to a drawing as Google's renderer makes it: every stroke of the same pen, the whole of the same size."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from pipeline.drawings.arrays import SIDE, Images

# Google's renderer: a 256 box for the middle of the strokes, a pen 16 wide, half of it and 16 of padding all round.
BOX, PEN, PADDING = 256, 16, 16
PAPER = BOX + PEN + 2 * PADDING

WORKING_SIDE = 104  # of the ink's longer side while its pen is measured and changed: four pixels for one of the drawing
MARGIN = 8  # pixels around it, for a pen that has to grow
COVERED = 0.5  # how much of a line one pixel of the canvas wide must cover a working pixel
RIDGE = 0.2  # how far a pixel is deeper in the ink than those around it, on average, in the middle of a stroke
PEN_QUANTILE = 0.42  # of the depths of the middles: strokes are widened where they cross or touch, hardly ever narrowed
WIDEST_HALF_PEN = 10.0  # working pixels; what is thicker is filled in, and stays so

Depths = NDArray[np.float32]


def redraw(ink: NDArray[np.bool_]) -> Images:
    """Draws `ink` with Google's pen, in Google's size.

    The half width of the strokes is measured where they are deepest; then as much as it is too wide or too narrow is taken
    from, or added to, every edge. Thinned to a skeleton and drawn anew, shapes that are filled in would be lost, and blots and
    crossings would grow spurs.

    Args:
        ink: bool `(height, width)`, cut to its box.

    Returns:
        uint8 `(28, 28)`, 0 is paper, 255 is full ink, antialiased; in the middle, with at least one row and column of paper on
        each side.
    """
    shape = _scaled(ink)
    depth = _depth(shape)
    half = _half_pen(depth)
    height, width = (side - 2 * MARGIN for side in shape.shape)
    # The box of the strokes' middles comes out as BOX wide, and so half a pen of Google's is this many working pixels.
    too_wide = half - PEN / 2 * (max(height, width) - 2 * half) / BOX
    # Depths are counted from the middle of the first pixel: the edge lies half a pixel before it.
    inside = depth - 0.5 if too_wide > 0 else np.where(shape, depth - 0.5, 0.5 - _depth(~shape))
    return _fitted(np.clip(inside - too_wide + 0.5, 0, 1))


def _scaled(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The ink with its longer side as WORKING_SIDE, and a margin."""
    height, width = ink.shape
    scale = WORKING_SIDE / max(height, width)
    picture = Image.fromarray(ink.astype(np.uint8) * 255)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if scale < 1:
        # In a large canvas a thin line covers little of each working pixel.
        covered = np.asarray(picture.resize(size, Image.Resampling.BOX)) >= max(
            1, COVERED * scale * 255
        )
    else:
        covered = np.asarray(picture.resize(size, Image.Resampling.BILINEAR)) >= COVERED * 255
    return np.pad(covered, MARGIN)


def _depth(shape: NDArray[np.bool_]) -> Depths:
    """How far each pixel of `shape` is from the nearest one that is not of it; 0 for the latter."""
    return np.asarray(ndimage.distance_transform_edt(shape), np.float32)


def _half_pen(depth: Depths) -> float:
    middles = (depth > 0) & (depth - ndimage.uniform_filter(depth, 3) > RIDGE)
    depths = depth[middles] if middles.any() else depth.max(keepdims=True)
    return min(float(np.quantile(depths, PEN_QUANTILE)), WIDEST_HALF_PEN)


def _fitted(drawn: Depths) -> Images:
    """Cut to its ink again, and scaled down so that with the pen it is as large as Google's, in the middle."""
    top, bottom = _ends(drawn.max(axis=1))
    left, right = _ends(drawn.max(axis=0))
    paper = max(bottom - top, right - left) * PAPER / (BOX + PEN)
    padding = int(paper / 2) + 2
    sheet = Image.fromarray(np.pad(drawn, padding))
    x, y = padding + (left + right) / 2, padding + (top + bottom) / 2
    window = (x - paper / 2, y - paper / 2, x + paper / 2, y + paper / 2)
    small = np.asarray(sheet.resize((SIDE, SIDE), Image.Resampling.HAMMING, box=window))
    drawing: Images = np.rint(255 * np.clip(small, 0, 1)).astype(np.uint8)
    return drawing


def _ends(profile: Depths) -> tuple[float, float]:
    """Where ink begins and ends: pixels that are half ink count half."""
    inked = np.flatnonzero(profile)
    first, last = int(inked[0]), int(inked[-1])
    return first + 1 - float(profile[first]), last + float(profile[last])
