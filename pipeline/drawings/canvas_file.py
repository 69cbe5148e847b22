"""Read a canvas's file safely: PNG or JPEG, within a budget of pixels."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from PIL import Image

from pipeline.drawings.arrays import Images
from pipeline.drawings.file_kinds import name_kind
from pipeline.drawings.jpeg_file import JPEG_SIGNATURE, open_jpeg
from pipeline.drawings.pixel_budget import find_reduction
from pipeline.drawings.png_file import PNG_SIGNATURE, open_png
from pipeline.drawings.reducing import reduce
from pipeline.errors import InvalidDrawing
from pipeline.reasons import DrawingReason

BAND_ROWS = 128  # rows of the reduced picture that are made at once
FULL = 255  # alpha of an opaque pixel


class Canvas(NamedTuple):
    """The pixels of a canvas.

    `pixels`: uint8 `(height, width, channels)`. A canvas without colour has one channel, others
    have red, green and blue; each channel's pixels lie together in memory. `alpha`: uint8
    `(height, width)`, 0 is transparent; None if all pixels are opaque.
    """

    pixels: Images
    alpha: Images | None


def read_canvas(data: bytes) -> Canvas:
    """Decode a canvas.

    A canvas whose longer side has more than WORKING_LIMIT pixels is reduced by a whole factor, so
    that everything after this needs bounded memory and time.

    Args:
        data: a PNG or a JPEG of at most MAX_CANVAS_SIDE pixels a side and MAX_PIXELS in all
            (`pixel_budget`), one frame, complete to its end mark; up to 16 bits a channel.

    Returns:
        At most WORKING_LIMIT pixels a side.

    Raises:
        InvalidDrawing: `unreadable_image` for anything else.
    """
    if not data.startswith((PNG_SIGNATURE, JPEG_SIGNATURE)):
        raise InvalidDrawing(
            DrawingReason.UNREADABLE_IMAGE, f"the canvas cannot be read: it is {name_kind(data)}"
        )
    try:
        is_png = data.startswith(PNG_SIGNATURE)
        return _reduce(open_png(data) if is_png else open_jpeg(data))
    except (MemoryError, InvalidDrawing):
        raise
    except Exception as fault:  # Pillow raises many types of error for malformed files
        raise InvalidDrawing(
            DrawingReason.UNREADABLE_IMAGE, f"the canvas cannot be decoded: {fault}"
        ) from fault


def _reduce(picture: Image.Image) -> Canvas:
    """Return the pixels of the picture, reduced if it is large."""
    factor = find_reduction(picture.size)
    if factor == 1:
        return _join(_split(picture))
    # In bands: all channels of the whole picture at once would need several times the memory.
    bands = [reduce(_split(band), factor) for band in _cut(picture, factor * BAND_ROWS)]
    return _join([np.concatenate(parts) for parts in zip(*bands, strict=True)])


def _cut(picture: Image.Image, rows: int) -> Iterator[Image.Image]:
    width, height = picture.size
    for top in range(0, height, rows):
        yield picture.crop((0, top, width, min(height, top + rows)))


def _split(picture: Image.Image) -> list[Images]:
    """Return the channels of a picture, uint8 `(height, width)` each.

    One of grey, three of red, green and blue, or these and alpha.
    """
    if picture.mode.startswith("I"):  # grey of 16 bits
        return [(np.asarray(picture).astype(np.uint16) >> 8).astype(np.uint8)]
    if picture.mode in {"1", "L"}:
        return [np.asarray(picture.convert("L"))]
    if picture.mode not in {"RGB", "RGBA"}:
        picture = picture.convert("RGBA")
    # Pillow picks a channel out twice as fast as NumPy copies every fourth byte.
    return [
        np.frombuffer(picture.tobytes("raw", channel), np.uint8).reshape(picture.size[::-1])
        for channel in picture.mode
    ]


def _join(channels: list[Images]) -> Canvas:
    """Return the canvas of these channels."""
    has_alpha = len(channels) == len("RGBA")
    colours, alpha = channels[:3], channels[3] if has_alpha else None
    if alpha is not None and int(alpha.min()) == FULL:
        alpha = None
    is_grey = all(np.array_equal(colours[0], other) for other in colours[1:])
    planes = np.stack(colours[:1] if is_grey else colours)
    return Canvas(np.moveaxis(planes, 0, 2), alpha)
