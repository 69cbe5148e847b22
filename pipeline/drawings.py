"""Drawings, 28 x 28 grey, white strokes on black: centring them, and making them from the canvases that players send."""

import io
import struct
from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image

from pipeline.errors import InvalidDrawing

SIDE = 28
CENTRE = 14
INK = 25  # a pixel above this is ink
MAX_CANVAS_SIDE = 2048
CROP_ROWS = 512  # cropped at once: what one step hands to the next is still in the processor's cache

# Google's renderer: a 256 box, pen 16 wide, padding 16 all round, scaled to 28. So the ink's longer side is this many pixels.
INK_SIDE = round(SIDE * (256 + 16) / (256 + 16 + 2 * 16))

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">8x4x4sIIB")  # signature, length, "IHDR", width, height, bit depth
_MAX_BIT_DEPTH = 8

# For each shift to the right: 255 where a pixel came back on the left.
_CAME_BACK = np.tile(np.where(np.arange(SIDE) < np.arange(SIDE)[:, None], 255, 0), SIDE).astype(np.uint8)

Images: TypeAlias = NDArray[np.uint8]


def _sums_of_bytes() -> NDArray[np.int64]:
    """For each of the 98 bytes of a drawing's ink packed into bits, and each of its 256 values: pixels, rows and columns.

    That is the number of its pixels, the sum of their rows and the sum of their columns, in 16 bits each of one integer; over a
    whole drawing none of them grows above 21,168.
    """
    pixels = np.arange(SIDE * SIDE)
    weights = 1 + (pixels // SIDE << 16) + (pixels % SIDE << 32)
    bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
    sums: NDArray[np.int64] = weights.reshape(-1, 8) @ bits.T.astype(np.int64)
    return sums.ravel()


_INK_SUMS = _sums_of_bytes()
_BYTES = 256 * np.arange(SIDE * SIDE // 8)  # where each byte's 256 sums begin


def centroid_crop(images: Images) -> Images:
    """Rolls each drawing so that the centre of its ink lies at (14, 14).

    Ink is a pixel above 25; the centre is the integer part of its mean row and column; pixels that leave on one side come back
    on the opposite one. A drawing without ink is unchanged.

    Args:
        images: uint8 `(n, 28, 28)`, 0 is paper, 255 is full ink.

    Returns:
        A new uint8 `(n, 28, 28)`.
    """
    cropped = np.empty(images.shape, np.uint8)
    for at in range(0, len(images), CROP_ROWS):
        block = images[at : at + CROP_ROWS]
        flat = block.reshape(-1, SIDE * SIDE)
        cropped[at : at + CROP_ROWS] = _rolled(flat, *_shifts(flat)).reshape(block.shape)
    return cropped


def _shifts(flat: Images) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How far down and right each drawing has to go; int64 `(n,)` each."""
    sums = _INK_SUMS.take(np.packbits(flat > INK, axis=1) + _BYTES).sum(axis=1)
    count = np.maximum(sums & 0xFFFF, 1)
    # Integer division is the integer part of the mean.
    down, right = CENTRE - (sums >> 16 & 0xFFFF) // count, CENTRE - (sums >> 32) // count
    return np.where(sums > 0, down, 0), np.where(sums > 0, right, 0)


def _rolled(flat: Images, down: NDArray[np.int64], right: NDArray[np.int64]) -> Images:
    """Rolls drawings `(n, 784)`, whole ones at a time.

    In a row of pixels written twice, a drawing rolled is the 784 pixels from another start. Only those that leave on the right
    come back one row too low; for them the start is one row further.
    """
    twice = sliding_window_view(np.concatenate([flat, flat], axis=1), SIDE * SIDE, axis=1)
    each = np.arange(len(flat))
    right = right % SIDE
    start = -(SIDE * down + right) % (SIDE * SIDE)
    rolled: Images = twice[each, start]
    higher = twice[each, (start + SIDE) % (SIDE * SIDE)]
    rolled ^= (rolled ^ higher) & _CAME_BACK[right]  # as np.where, four times faster
    return rolled


def normalize_canvas(png: bytes) -> Images:
    """Turns a player's canvas into a drawing: ink of either polarity found, cut out, fitted as Google's renderer does, centred.

    Args:
        png: a PNG of at most 2048 x 2048 pixels, 8 bits a channel, one frame.

    Returns:
        uint8 `(28, 28)`, 0 is paper, 255 is full ink.

    Raises:
        InvalidDrawing: `unreadable_image` for anything else than such a PNG; `blank` when it holds no ink.
    """
    ink = _ink(_decode(png))
    rows, columns = np.flatnonzero((ink > INK).any(axis=1)), np.flatnonzero((ink > INK).any(axis=0))
    if not len(rows):
        raise InvalidDrawing("blank", "the canvas is empty")
    # As float32: in bytes a few dots on a large canvas would be rounded to nothing.
    cut = Image.fromarray(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32))
    scale = INK_SIDE / max(cut.size)
    size = (max(1, round(cut.width * scale)), max(1, round(cut.height * scale)))
    fitted = np.array(cut.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR), dtype=np.float32)
    # A thin pen fades when it is scaled down; Google's strokes reach full ink.
    fitted *= 255 / fitted.max()
    drawing = np.zeros((SIDE, SIDE), np.uint8)
    top, left = (SIDE - size[1]) // 2, (SIDE - size[0]) // 2
    drawing[top : top + size[1], left : left + size[0]] = np.rint(fitted).astype(np.uint8)
    centred: Images = centroid_crop(drawing[None])[0]
    return centred


def _decode(png: bytes) -> Image.Image:
    if len(png) < _HEADER.size or not png.startswith(_PNG_SIGNATURE):
        raise InvalidDrawing("unreadable_image", "the canvas is not a PNG file")
    kind, width, height, depth = _HEADER.unpack_from(png)
    # Checked on the header alone: a file of a few hundred kB can ask for gigabytes.
    if kind != b"IHDR" or not (0 < width <= MAX_CANVAS_SIDE and 0 < height <= MAX_CANVAS_SIDE):
        raise InvalidDrawing(
            "unreadable_image", f"the canvas is {width} x {height}; at most {MAX_CANVAS_SIDE} x {MAX_CANVAS_SIDE} are read"
        )
    if depth > _MAX_BIT_DEPTH:
        raise InvalidDrawing("unreadable_image", f"the canvas has {depth} bits a channel; 8 are read")
    try:
        picture = Image.open(io.BytesIO(png), formats=["PNG"])
        honest = picture.size == (width, height) and not getattr(picture, "is_animated", False)
        if honest:
            picture.load()
            return picture.convert("RGBA")
    except MemoryError:
        raise
    except Exception as fault:  # players send what they like, and Pillow has every kind of error for it
        raise InvalidDrawing("unreadable_image", f"the canvas cannot be decoded: {fault}") from fault
    # Pillow follows a second header; pixels are decoded for neither.
    raise InvalidDrawing("unreadable_image", "the canvas is an animation, or has two headers")


def _ink(picture: Image.Image) -> Images:
    """uint8 (height, width): how far each pixel is from the paper."""
    ink = _contrast(picture, paper="white")
    if not (ink > INK).any():
        # White ink on a transparent canvas is invisible on white.
        ink = _contrast(picture, paper="black")
    return ink


def _contrast(picture: Image.Image, paper: str) -> Images:
    sheet = Image.new("RGBA", picture.size, paper)
    sheet.alpha_composite(picture)
    grey = np.asarray(sheet.convert("L"), dtype=np.int16)
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    # What most of the border shows is the paper, dark or light.
    ink: Images = np.abs(grey - np.int16(np.median(border))).astype(np.uint8)
    return ink
