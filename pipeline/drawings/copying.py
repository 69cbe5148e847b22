"""Draw a drawing once more: put it on a canvas with another pen, and normalise that canvas.

A drawing that came from a canvas differs a little from Google's bitmap of the same strokes: corners
are rounder, narrow gaps are closed, blots are larger. A model that is trained on bitmaps alone
knows canvases less well. The copies show it both (docs/decisions/0017-canvas-copies.md).
"""

import math

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings.arrays import SIDE, Images
from pipeline.drawings.centring import INK_THRESHOLD
from pipeline.drawings.normalize import normalize_ink
from pipeline.drawings.resizing import CUBIC, LINEAR, SHARP_CUBIC, Kernel, resize
from pipeline.errors import InvalidDrawing

# Pixels, of the whole drawing on the canvas. `normalize_ink` works at 104 pixels: a larger canvas
# takes longer and looks the same.
SMALLEST, LARGEST = 90, 160
BORDER = 12  # pixels of paper around it
# How an enlarged bitmap is smoothed, and how bright a pixel of it is ink: both differ from copy to
# copy, and so do the edges of the strokes.
ENLARGEMENTS = (LINEAR, CUBIC, SHARP_CUBIC)
LOWEST_LEVEL, HIGHEST_LEVEL = 80, 140
# A wider pen is drawn by blurring the ink and taking as ink what is brighter than a low threshold
# then. The blur is a share of the drawing's size: up to half a pixel of the bitmap.
LEAST_BLUR, MOST_BLUR = 0.0015, 0.0175
LOWEST_THRESHOLD, HIGHEST_THRESHOLD = 25, 90
FULL = 255
SALT = 0xC0B1E5  # keeps these random numbers apart from those of other steps with the same seed


def draw_copy(drawing: Images, rng: np.random.Generator) -> Images:
    """Return a drawing as it would come from a player's canvas.

    Args:
        drawing: uint8 `(28, 28)`, 0 is paper, 255 is full ink.
        rng: chooses the size on the canvas, the pen's width and how smooth its edges are.

    Returns:
        uint8 `(28, 28)`, centred. A drawing that `normalize_canvas` would refuse, because it is
        blank or noise, comes back as it is.
    """
    # What `normalize_canvas` does before, it does to find the ink, which is known here: it takes
    # as long again, and models trained with and without it are equally good.
    ink = draw_ink(unwrap(drawing), rng)
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return drawing
    try:
        return normalize_ink(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    except InvalidDrawing:
        return drawing


def draw_copies(drawings: Images, seed: int, first: int) -> Images:
    """Return copies of consecutive drawings, each as its seed and its place say.

    Args:
        drawings: uint8 `(n, 28, 28)`.
        seed: of all copies.
        first: the place of the first drawing among all of them.

    Returns:
        A new uint8 `(n, 28, 28)`.
    """
    copies = np.empty_like(drawings)
    for index, drawing in enumerate(drawings):
        copies[index] = draw_copy(drawing, np.random.default_rng([seed, SALT, first + index]))
    return copies


def draw_ink(drawing: Images, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return the ink of the drawing on a canvas: bool `(height, width)`."""
    size = int(rng.integers(SMALLEST, LARGEST + 1))
    enlargement = ENLARGEMENTS[int(rng.integers(len(ENLARGEMENTS)))]
    # Of a pale drawing, what is at least half as bright as its brightest pixel is ink.
    level = min(int(rng.integers(LOWEST_LEVEL, HIGHEST_LEVEL + 1)), int(drawing.max()) // 2)
    blur, threshold = (
        float(rng.uniform(least, most))
        for least, most in (
            (LEAST_BLUR, MOST_BLUR),
            (LOWEST_THRESHOLD, HIGHEST_THRESHOLD),
        )
    )
    enlarged = resize(drawing, size, size, enlargement)
    page = np.pad(np.where(enlarged > level, np.uint8(FULL), np.uint8(0)), BORDER)
    return _blur(page, blur * size) >= threshold


def _blur(page: Images, deviation: float) -> Images:
    """Blur a page by the cubic B-spline of this standard deviation, which is nearly Gaussian.

    It is computed without exp. (M. Unser, "Splines: a perfect fit for signal and image
    processing", 1999.)
    """
    # The spline for a stretch of 1 has a variance of 1/3.
    stretch = deviation * math.sqrt(3.0)

    def weigh(away: NDArray[np.float64]) -> NDArray[np.float64]:
        x = np.abs(away) / stretch
        near, far = (0.5 * x - 1.0) * x * x + 2.0 / 3.0, np.maximum(2.0 - x, 0.0)
        return np.where(x < 1.0, near, far * far * far / 6.0)

    height, width = page.shape
    return resize(page, height, width, Kernel(2.0 * stretch, weigh))


def unwrap(drawing: Images) -> Images:
    """Return the drawing with its ink in one piece, in the middle.

    Centring rolls a drawing, so what left on one side has come back on the other. The widest gap,
    counted across the edge, is what lies around the drawing.

    Args:
        drawing: uint8 `(28, 28)`.
    """
    for axis in (0, 1):
        inked = np.flatnonzero((drawing > INK_THRESHOLD).any(axis=1 - axis))
        if not len(inked):
            return drawing
        steps = np.diff(inked, append=inked[0] + SIDE)
        last = int(steps.argmax())
        first, length = inked[last] + steps[last], SIDE + 1 - steps[last]
        drawing = np.roll(drawing, (SIDE - length) // 2 - first, axis)
    return drawing
