"""What the odd canvases have in common: a drawing on a plain sheet, and files of pictures."""

import io
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from emulator.players.sketches import thicken

Picture: TypeAlias = NDArray[np.uint8]
Paint: TypeAlias = Callable[[Picture, np.random.Generator], bytes]
"""Take ink, uint8 (height, width), 255 is ink; return the file of a canvas with it."""

SIDE = 280
"""Width and height of a canvas unless its kind says otherwise, in pixels."""
SIZES = (110, 260)
PENS = (1, 3, 5, 7, 9, 11)
INK_THRESHOLD = 110
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def lay_ink(row: Picture, rng: np.random.Generator) -> Picture:
    """Return a drawing anywhere on a canvas, in any size and pen, as `canvas_png` places it.

    Args:
        row: uint8 (28, 28), white on black.
        rng: chooses size, place and pen.

    Returns:
        uint8 (280, 280), 0 or 255 (ink).
    """
    size = int(rng.integers(SIZES[0], SIZES[1] + 1))
    enlarged = np.asarray(Image.fromarray(row).resize((size, size), Image.Resampling.BICUBIC))
    ink = (enlarged > min(INK_THRESHOLD, int(row.max()) // 2)).astype(np.uint8) * 255
    left, top = rng.integers(0, SIDE + 1 - size, 2)
    sheet = np.zeros((SIDE, SIDE), np.uint8)
    sheet[top : top + size, left : left + size] = thicken(ink, int(rng.choice(PENS)))
    return sheet


def paint(
    ink: Picture, pen: tuple[int, int, int] = BLACK, paper: Any = WHITE
) -> NDArray[np.float64]:
    """Return the canvas in colour: ink in `pen` on `paper`, a colour or a picture of that size.

    Returns:
        float64 (height, width, 3), 0 to 255.
    """
    share = ink[..., None] / 255
    sheet: NDArray[np.float64] = share * np.array(pen, float) + (1 - share) * np.asarray(
        paper, float
    )
    return sheet


def encode(picture: Any, kind: str = "PNG", **options: Any) -> bytes:
    """Return the file of a picture: (height, width) or (height, width, 3 or 4), 0 to 255."""
    image = (
        picture
        if isinstance(picture, Image.Image)
        else Image.fromarray(np.asarray(picture).round().clip(0, 255).astype(np.uint8))
    )
    buffer = io.BytesIO()
    image.save(buffer, kind, **({"compress_level": 1} if kind == "PNG" else {}), **options)
    return buffer.getvalue()


def enlarge(ink: Picture, width: int, height: int) -> Picture:
    """Return ink on a canvas of another size: enlarged as far as it fits, in the middle."""
    side = min(width, height)
    big = Image.fromarray(ink).resize((side, side), Image.Resampling.BILINEAR)
    sheet = Image.new("L", (width, height))
    sheet.paste(big, ((width - side) // 2, (height - side) // 2))
    return np.asarray(sheet)
