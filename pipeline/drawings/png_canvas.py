"""A player's PNG to ink, how far each pixel is from the paper; never reads more than one picture of modest size."""

import io
import struct

import numpy as np
from PIL import Image, ImageChops

from pipeline.drawings.arrays import SIDE, Images
from pipeline.drawings.centring import INK
from pipeline.errors import InvalidDrawing

MAX_CANVAS_SIDE = 2048

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">8x4x4sIIB")  # signature, length, "IHDR", width, height, bit depth
_CHUNK = struct.Struct(">I4s")  # length, kind; then the content and 4 bytes of checksum
_MAX_BIT_DEPTH = 8
_NEEDED = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_ANIMATION = frozenset({b"acTL", b"fcTL", b"fdAT"})


def read_canvas(png: bytes) -> Image.Image:
    """The picture, RGBA.

    Args:
        png: a PNG of at most 2048 x 2048 pixels, 8 bits a channel or fewer, one frame, whole to its end mark.

    Raises:
        InvalidDrawing: `unreadable_image` for anything else. Size and depth are checked in the header, before any decoding.
    """
    if len(png) < _HEADER.size or not png.startswith(_SIGNATURE):
        raise _unreadable("the canvas is not a PNG file")
    kind, width, height, depth = _HEADER.unpack_from(png)
    # Checked on the header alone: a file of a few hundred kB can ask for gigabytes.
    if kind != b"IHDR" or not (0 < width <= MAX_CANVAS_SIDE and 0 < height <= MAX_CANVAS_SIDE):
        raise _unreadable(
            f"the canvas is {width} x {height}; at most {MAX_CANVAS_SIDE} x {MAX_CANVAS_SIDE} are read"
        )
    if depth > _MAX_BIT_DEPTH:
        raise _unreadable(f"the canvas has {depth} bits a channel; 8 are read")
    try:
        return Image.open(io.BytesIO(_picture_alone(png)), formats=["PNG"]).convert("RGBA")
    except (MemoryError, InvalidDrawing):
        raise
    except (
        Exception
    ) as fault:  # players send what they like, and Pillow has every kind of error for it
        raise _unreadable(f"the canvas cannot be decoded: {fault}") from fault


def _picture_alone(png: bytes) -> bytes:
    """The same file without texts and profiles, which Pillow would unpack: a bomb may lie in those too."""
    parts, at, kind = [_SIGNATURE], len(_SIGNATURE), b""
    while kind != b"IEND":
        if at + _CHUNK.size > len(png):
            raise _unreadable("the canvas is cut off")
        length, kind = _CHUNK.unpack_from(png, at)
        end = at + _CHUNK.size + length + 4
        if end > len(png):
            raise _unreadable("the canvas is cut off")
        if kind in _ANIMATION or (kind == b"IHDR" and len(parts) > 1):
            raise _unreadable("the canvas is an animation, or has two headers")
        if kind in _NEEDED:
            parts.append(png[at:end])
        at = end
    return b"".join(parts)


def _unreadable(message: str) -> InvalidDrawing:
    return InvalidDrawing("unreadable_image", message)


def extract_ink(picture: Image.Image) -> Images:
    """How far each pixel is from the paper, in the channel where it is farthest; ink may be dark or light.

    Args:
        picture: RGBA; transparent pixels are paper.

    Returns:
        uint8 `(height, width)`: 0 is paper, a pixel above 25 may be ink.

    Raises:
        InvalidDrawing: `blank` when there is no ink.
    """
    away = _away_from_all if picture.size == (SIDE, SIDE) else _away_from_border
    # White ink on a transparent canvas is invisible on white.
    for sheet in ("white", "black"):
        ink = away(_laid_on(picture, sheet))
        if (ink > INK).any():
            return ink
    raise InvalidDrawing("blank", "the canvas is empty")


def _laid_on(picture: Image.Image, colour: str) -> Image.Image:
    sheet = Image.new("RGBA", picture.size, colour)
    sheet.alpha_composite(picture)
    return sheet.convert("RGB")


def _distance(picture: Image.Image, paper: tuple[int, ...]) -> Images:
    red, green, blue = ImageChops.difference(picture, Image.new("RGB", picture.size, paper)).split()
    return np.asarray(ImageChops.lighter(ImageChops.lighter(red, green), blue))


def _away_from_border(picture: Image.Image) -> Images:
    """What most of the border shows is the paper, dark or light."""
    pixels = np.asarray(picture)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    # Not np.median: half way between black and white lies neither.
    return _distance(picture, tuple(np.sort(border, axis=0)[len(border) // 2].tolist()))


def _away_from_all(picture: Image.Image) -> Images:
    """The same for a picture the size of a drawing: white on black, unless seen as black on white it is spaced and else not.

    The border would mislead, as a drawing's ink may have come back on the opposite side. But a drawing that was fitted has at
    least one row and one column of paper, and what has both is not crossed by a row or a column of ink.
    """
    light, dark = (_distance(picture, (paper, paper, paper)) for paper in (0, 255))
    if np.ptp(light) <= INK:
        return np.zeros_like(light)
    return dark if _spaced(dark) and not _spaced(light) else light


def _spaced(ink: Images) -> bool:
    paper = ink <= INK
    return bool(paper.all(axis=0).any() and paper.all(axis=1).any())
