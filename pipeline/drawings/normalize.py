"""Drawings, 28 x 28 grey, white strokes on black: from the canvases and strokes that players send, centred as all of them are.

The same function prepares what the model learns from and what it is asked about.
"""

from pipeline.drawings.arrays import SIDE, Images
from pipeline.drawings.centring import INK, centre_once, centroid_crop
from pipeline.drawings.pen import redraw
from pipeline.drawings.png_canvas import extract_ink, read_canvas
from pipeline.drawings.scribble import is_scribble
from pipeline.drawings.specks import remove_specks
from pipeline.drawings.strokes import draw_strokes
from pipeline.errors import InvalidDrawing

FAINTEST = (
    0.2  # share of the strongest ink: what is fainter is the texture of the paper, or a shadow
)


def normalize_canvas(png: bytes) -> Images:
    """Turns a player's canvas into a drawing: ink found, dirt left out, drawn with Google's pen in Google's size, centred.

    A picture of 28 x 28 is a drawing already, and only turned white on black and centred; so this function, given its own
    result as a PNG, returns the same.

    Args:
        png: a PNG of at most 2048 x 2048 pixels, 8 bits a channel, one frame; ink dark or light, on any plain or no ground.

    Returns:
        uint8 `(28, 28)`, 0 is paper, 255 is full ink.

    Raises:
        InvalidDrawing: `unreadable_image` for anything else than such a PNG; `blank` when it holds no ink; `scribble` when its
            ink is noise.
    """
    picture = read_canvas(png)
    ink = extract_ink(picture)
    if picture.size == (SIDE, SIDE):
        return centre_once(ink)
    shape = remove_specks(ink > max(INK, FAINTEST * int(ink.max())))
    if is_scribble(shape):
        raise InvalidDrawing(
            "scribble", "the canvas is covered with noise; there is no drawing in it"
        )
    centred: Images = centroid_crop(redraw(shape)[None])[0]
    return centred


def render_strokes(strokes: object) -> Images:
    """Turns strokes into a drawing, as Google turns them into a bitmap; then centred.

    Where a correction's document has `strokes` (`Correction.strokes` is not None), a caller draws these instead of reading
    the canvas: they are what the canvas was made of.

    Args:
        strokes: as the document has them, a list of `{"x": [numbers], "y": [numbers]}`, in any scale, y downwards; at most 500
            strokes and 20,000 points. Nothing about them is taken for granted.

    Returns:
        uint8 `(28, 28)`, 0 is paper, 255 is full ink.

    Raises:
        InvalidDrawing: `malformed_strokes` for anything else; `blank` when there is no point at all.
    """
    centred: Images = centroid_crop(draw_strokes(strokes)[None])[0]
    return centred
