"""Read a canvas's file safely: PNG or JPEG, within a budget of pixels, to RGBA."""

import numpy as np
from PIL import Image

from pipeline.drawings.file_kinds import name_kind
from pipeline.drawings.jpeg_file import JPEG_SIGNATURE, open_jpeg
from pipeline.drawings.pixel_budget import find_reduction
from pipeline.drawings.png_file import PNG_SIGNATURE, open_png
from pipeline.errors import InvalidDrawing

BAND_ROWS = 128  # rows of the reduced picture that are made at once


def read_canvas(data: bytes) -> Image.Image:
    """Decode a canvas to RGBA.

    A canvas whose longer side has more than WORKING_LIMIT pixels is reduced by a whole factor, so
    that everything after this needs bounded memory and time.

    Args:
        data: a PNG or a JPEG of at most MAX_CANVAS_SIDE pixels a side and MAX_PIXELS in all
            (`pixel_budget`), one frame, complete to its end mark; up to 16 bits a channel.

    Returns:
        RGBA, at most WORKING_LIMIT pixels a side.

    Raises:
        InvalidDrawing: `unreadable_image` for anything else.
    """
    if not data.startswith((PNG_SIGNATURE, JPEG_SIGNATURE)):
        raise InvalidDrawing(
            "unreadable_image", f"the canvas cannot be read: it is {name_kind(data)}"
        )
    try:
        is_png = data.startswith(PNG_SIGNATURE)
        return _reduce_to_rgba(open_png(data) if is_png else open_jpeg(data))
    except (MemoryError, InvalidDrawing):
        raise
    except Exception as fault:  # Pillow raises many types of error for malformed files
        raise InvalidDrawing(
            "unreadable_image", f"the canvas cannot be decoded: {fault}"
        ) from fault


def _reduce_to_rgba(picture: Image.Image) -> Image.Image:
    """Return the picture in RGBA, reduced if it is large."""
    factor = find_reduction(picture.size)
    if factor == 1:
        return _to_rgba(picture)
    # In bands: the whole picture in RGBA, and again with its colours multiplied by alpha, would
    # need three times the memory.
    width, height = picture.size
    reduced = Image.new("RGBA", (-(-width // factor), -(-height // factor)))
    for top in range(0, height, factor * BAND_ROWS):
        band = picture.crop((0, top, width, min(height, top + factor * BAND_ROWS)))
        reduced.paste(_to_rgba(band).reduce(factor), (0, top // factor))
    return reduced


def _to_rgba(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):  # grey of 16 bits
        grey = np.asarray(picture).astype(np.uint16) >> 8
        picture = Image.fromarray(grey.astype(np.uint8))
    return picture.convert("RGBA")
