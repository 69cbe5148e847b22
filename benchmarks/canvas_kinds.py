"""Canvases of more kinds than the demo's clients export: other sizes, pens, colours and dirt."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image, ImageFilter
from scipy import ndimage

from emulator.players.sketches import thicken


def draw_canvas(  # noqa: D417 - the other arguments need no explanation
    row: Any,
    rng: np.random.Generator,
    *,
    side: int = 280,
    sizes: tuple[int, int] = (110, 260),
    pens: tuple[int, ...] = (1, 3, 5, 7, 9, 11),
    ink: tuple[int, int, int] = (0, 0, 0),
    paper: tuple[int, int, int] = (255, 255, 255),
    blur: float = 0.0,
    specks: int = 0,
    filled: bool = False,
) -> bytes:
    """Return a PNG with the drawing `row`, uint8 (28, 28), anywhere on a canvas of `side` pixels.

    Args:
        sizes: smallest and largest side of the drawing, in pixels.
        blur: radius of soft edges, in pixels.
        specks: the number of accidental dots.
        filled: whether areas enclosed by lines are filled.
    """
    size = int(rng.integers(sizes[0], sizes[1] + 1))
    shape = np.asarray(Image.fromarray(row).resize((size, size), Image.Resampling.BICUBIC)) > 110
    shape = ndimage.binary_fill_holes(shape) if filled else shape
    pen = int(rng.choice(pens))
    sheet = np.zeros((side, side), np.uint8)
    left, top = rng.integers(0, side + 1 - size, 2)
    sheet[top : top + size, left : left + size] = thicken(shape.astype(np.uint8) * 255, pen)
    for y, x in rng.integers(0, side - 3, (specks, 2)):
        sheet[y : y + 3, x : x + 3] = 255
    mask = Image.fromarray(sheet).filter(ImageFilter.GaussianBlur(blur))
    picture = Image.new("RGB", (side, side), paper)
    picture.paste(ink, mask=mask)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _kind(**options: Any) -> Callable[[Any, np.random.Generator], bytes]:
    return lambda row, rng: draw_canvas(row, rng, **options)


KINDS = {
    "black on white": _kind(),
    "white on black": _kind(ink=(255, 255, 255), paper=(0, 0, 0)),
    "yellow on white": _kind(ink=(255, 220, 0)),
    "soft edges": _kind(blur=1.5),
    "thick pen (15 to 19)": _kind(pens=(15, 17, 19), sizes=(200, 260)),
    "tiny (36 to 60 pixels)": _kind(sizes=(36, 60), pens=(1, 3)),
    "large canvas (1,000 pixels)": _kind(side=1000, sizes=(200, 950), pens=(1, 9, 21)),
    "specks of dirt": _kind(specks=3, sizes=(110, 200)),
    "filled in": _kind(filled=True),
}
