"""Read a player's PNG safely, and measure how far each pixel is from the paper's colour."""

import io
import struct

import numpy as np
from PIL import Image, ImageChops

from pipeline.drawings.arrays import SIDE, Images
from pipeline.drawings.centring import INK_THRESHOLD
from pipeline.errors import InvalidDrawing

MAX_CANVAS_SIDE = 2048

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">8x4x4sIIB")  # signature, length, "IHDR", width, height, bit depth
_CHUNK = struct.Struct(">I4s")  # length, kind; then the content and 4 bytes of checksum
_CHECKSUM_SIZE = 4
_MAX_BIT_DEPTH = 8
_NEEDED = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_ANIMATION = frozenset({b"acTL", b"fcTL", b"fdAT"})


def read_canvas(png: bytes) -> Image.Image:
    """Decode a canvas to RGBA.

    Args:
        png: a PNG of at most 2048 x 2048 pixels, at most 8 bits a channel, one frame, complete to
            its end mark.

    Raises:
        InvalidDrawing: `unreadable_image` for anything else.
    """
    if len(png) < _HEADER.size or not png.startswith(_SIGNATURE):
        raise _unreadable("the canvas is not a PNG file")
    # Size and depth are checked in the header, before anything is decoded: a file of a few hundred
    # kB can claim to hold gigabytes of pixels.
    kind, width, height, depth = _HEADER.unpack_from(png)
    if kind != b"IHDR" or not (0 < width <= MAX_CANVAS_SIDE and 0 < height <= MAX_CANVAS_SIDE):
        raise _unreadable(
            f"the canvas is {width} x {height}; "
            f"at most {MAX_CANVAS_SIDE} x {MAX_CANVAS_SIDE} are read"
        )
    if depth > _MAX_BIT_DEPTH:
        raise _unreadable(f"the canvas has {depth} bits a channel; 8 are read")
    try:
        pixels_alone = _drop_optional_chunks(png)
        return Image.open(io.BytesIO(pixels_alone), formats=["PNG"]).convert("RGBA")
    except (MemoryError, InvalidDrawing):
        raise
    except Exception as fault:  # Pillow raises many types of error for malformed files
        raise _unreadable(f"the canvas cannot be decoded: {fault}") from fault


def _drop_optional_chunks(png: bytes) -> bytes:
    """Return the file with only the chunks that its pixels need.

    Pillow would unpack the compressed texts and colour profiles of the other chunks, and those can
    be decompression bombs.

    Raises:
        InvalidDrawing: the file is cut off, is an animation, or has two headers.
    """
    chunks, start, kind = [_SIGNATURE], len(_SIGNATURE), b""
    while kind != b"IEND":
        if start + _CHUNK.size > len(png):
            raise _unreadable("the canvas is cut off")
        length, kind = _CHUNK.unpack_from(png, start)
        end = start + _CHUNK.size + length + _CHECKSUM_SIZE
        if end > len(png):
            raise _unreadable("the canvas is cut off")
        if kind in _ANIMATION or (kind == b"IHDR" and len(chunks) > 1):
            raise _unreadable("the canvas is an animation, or has two headers")
        if kind in _NEEDED:
            chunks.append(png[start:end])
        start = end
    return b"".join(chunks)


def _unreadable(message: str) -> InvalidDrawing:
    return InvalidDrawing("unreadable_image", message)


def extract_ink(picture: Image.Image) -> Images:
    """Return how far each pixel is from the paper's colour, in the channel where it is farthest.

    Args:
        picture: RGBA. Transparent pixels are paper. The ink may be dark or light.

    Returns:
        uint8 `(height, width)`: 0 is paper, a pixel above 25 may be ink.

    Raises:
        InvalidDrawing: `blank` if there is no ink.
    """
    is_drawing = picture.size == (SIDE, SIDE)
    measure_ink = _measure_ink_of_drawing if is_drawing else _measure_ink_of_canvas
    # White ink on a transparent canvas cannot be seen on white, so black is tried too.
    for background in ("white", "black"):
        ink = measure_ink(_flatten(picture, background))
        if (ink > INK_THRESHOLD).any():
            return ink
    raise InvalidDrawing("blank", "the canvas is empty")


def _flatten(picture: Image.Image, background: str) -> Image.Image:
    """Return the picture in RGB, composited onto a plain background."""
    sheet = Image.new("RGBA", picture.size, background)
    sheet.alpha_composite(picture)
    return sheet.convert("RGB")


def _measure_distance(picture: Image.Image, paper: tuple[int, ...]) -> Images:
    """Return the largest difference to the colour `paper` over the three channels, uint8."""
    red, green, blue = ImageChops.difference(picture, Image.new("RGB", picture.size, paper)).split()
    return np.asarray(ImageChops.lighter(ImageChops.lighter(red, green), blue))


def _measure_ink_of_canvas(picture: Image.Image) -> Images:
    """Measure ink, taking the median colour of the border for the paper."""
    pixels = np.asarray(picture)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    # Not np.median: if half the border is black and half white, it returns grey, which is neither.
    return _measure_distance(picture, tuple(np.sort(border, axis=0)[len(border) // 2].tolist()))


def _measure_ink_of_drawing(picture: Image.Image) -> Images:
    """Measure ink in a picture of 28 x 28, which is white on black or black on white.

    The border cannot decide between the two, because a centred drawing's ink may be wrapped around
    to the opposite side. But a drawing has at least one row and one column without ink. So it is
    taken for black on white if only that view leaves a row and a column free, and else for white
    on black.
    """
    light, dark = (_measure_distance(picture, (paper, paper, paper)) for paper in (0, 255))
    if np.ptp(light) <= INK_THRESHOLD:  # one plain colour
        return np.zeros_like(light)
    return dark if _has_free_lines(dark) and not _has_free_lines(light) else light


def _has_free_lines(ink: Images) -> bool:
    """Return whether at least one row and one column hold no ink."""
    paper = ink <= INK_THRESHOLD
    return bool(paper.all(axis=0).any() and paper.all(axis=1).any())
