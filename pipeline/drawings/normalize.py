"""Turn a player's canvas, or strokes, into a centred drawing as Google's renderer makes them."""

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings.arrays import SIDE, Images
from pipeline.drawings.bitmaps import read_bitmap
from pipeline.drawings.canvas_file import read_canvas
from pipeline.drawings.centring import centre_idempotently, centroid_crop
from pipeline.drawings.ink import find_ink
from pipeline.drawings.layers import lay_on_sheets
from pipeline.drawings.pen import redraw_with_standard_pen
from pipeline.drawings.pieces import Pieces
from pipeline.drawings.scribble import is_scribble
from pipeline.drawings.specks import remove_specks
from pipeline.drawings.strokes import draw_strokes
from pipeline.errors import InvalidDrawing
from pipeline.reasons import DrawingReason


def normalize_canvas(data: bytes) -> Images:
    """Turn a player's canvas into a drawing.

    Find the ink, remove specks of dirt, redraw the ink with Google's pen in Google's size, and
    centre it. A picture that is a drawing already (`bitmaps`) is only turned white on black and
    centred. So the function is idempotent: given its own result as a PNG, it returns the same.

    Args:
        data: a PNG or JPEG as `read_canvas` takes them. The ink may be dark or light, on a plain or
            transparent background.

    Returns:
        uint8 `(28, 28)`, 0 is paper, 255 is full ink.

    Raises:
        InvalidDrawing: `unreadable_image` if it is not such a file; `blank` if it holds no ink;
            `scribble` if its ink is noise.
    """
    canvas = read_canvas(data)
    for sheet in lay_on_sheets(canvas):
        if sheet.shape[:2] == (SIDE, SIDE) and (bitmap := read_bitmap(sheet)) is not None:
            return centre_idempotently(bitmap)
        found = find_ink(sheet)
        if found is not None:
            return normalize_ink(*found)
    raise InvalidDrawing(DrawingReason.BLANK, "the canvas is empty")


def normalize_ink(ink: NDArray[np.bool_], pieces: Pieces | None = None) -> Images:
    """Turn the ink of a canvas into a drawing; see `normalize_canvas`.

    Args:
        ink: bool `(height, width)`, with at least one pixel set.
        pieces: of this ink, if they are known.

    Raises:
        InvalidDrawing: `scribble`.
    """
    shape = remove_specks(ink, pieces)
    if is_scribble(shape):
        raise InvalidDrawing(
            DrawingReason.SCRIBBLE, "the canvas is covered with noise; there is no drawing in it"
        )
    centred: Images = centroid_crop(redraw_with_standard_pen(shape)[None])[0]
    return centred


def render_strokes(strokes: object) -> Images:
    """Render strokes as Google renders them to a bitmap, and centre the result.

    If a correction's document has `strokes`, draw them instead of reading its canvas: the canvas
    was made from them.

    Args:
        strokes: as the document has them, unchecked, in one of the forms of `read_strokes`, in
            any scale, y pointing down; at most 500 strokes and 20,000 points.

    Returns:
        uint8 `(28, 28)`, 0 is paper, 255 is full ink.

    Raises:
        InvalidDrawing: `malformed_strokes` if they are not such a list; `blank` if they have no
            points.
    """
    centred: Images = centroid_crop(draw_strokes(strokes)[None])[0]
    return centred
