"""Canvases with something at their edges: frames, bars, rounded corners, shadows, toolbars."""

from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from emulator.players.odd_base import BLACK, SIDE, WHITE, Paint, Picture, encode, paint


def _draw(picture: Any) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.fromarray(picture.round().astype(np.uint8))
    return image, ImageDraw.Draw(image)


def frame(
    width: int, inset: int = 0, colour: Any = BLACK, radius: int = 0, **options: Any
) -> Paint:
    """Return a kind of canvas with a frame of `width` pixels, `inset` from the edge."""

    def make(ink: Picture, rng: np.random.Generator) -> bytes:  # noqa: ARG001 - nothing random
        image, draw = _draw(paint(ink, **options))
        last = SIDE - 1 - inset
        box = (inset, inset, last, last)
        draw.rounded_rectangle(box, radius, outline=colour, width=width)
        return encode(image)

    return make


def two_frames(ink: Picture, rng: np.random.Generator) -> bytes:  # noqa: ARG001
    """Draw a frame of two levels of grey."""
    image, draw = _draw(paint(ink))
    draw.rectangle((0, 0, SIDE - 1, SIDE - 1), outline=(90, 90, 90), width=3)
    draw.rectangle((3, 3, SIDE - 4, SIDE - 4), outline=(190, 190, 190), width=3)
    return encode(image)


def soft_frame(ink: Picture, rng: np.random.Generator) -> bytes:  # noqa: ARG001
    """Draw a frame between two pixels, as a browser does with a line of width 1."""
    picture = paint(ink)
    for edge in (8, 9):
        picture[edge, 8:-8] = picture[-1 - edge, 8:-8] = 128
        picture[8:-8, edge] = picture[8:-8, -1 - edge] = 128
    return encode(picture)


def bars(*, across: bool, colour: Any = BLACK, share: tuple[float, float] = (0.06, 0.4)) -> Paint:
    """Return a kind of canvas between two bars: above and below if `across`, else at the sides."""

    def make(ink: Picture, rng: np.random.Generator) -> bytes:
        width = int(SIDE * rng.uniform(*share))
        bar = np.empty((width, SIDE, 3) if across else (SIDE, width, 3))
        bar[:] = colour
        return encode(np.concatenate([bar, paint(ink), bar], axis=0 if across else 1))

    return make


def toolbar(ink: Picture, rng: np.random.Generator) -> bytes:  # noqa: ARG001
    """Draw a plain grey bar above the canvas."""
    bar = np.full((40, SIDE, 3), 70.0)
    return encode(np.concatenate([bar, paint(ink)]))


def corners(radius: int, behind: Any = BLACK, paper: Any = WHITE) -> Paint:
    """Return a kind of canvas with rounded corners, whose transparency was lost."""

    def make(ink: Picture, rng: np.random.Generator) -> bytes:  # noqa: ARG001
        large = Image.new("L", (4 * SIDE, 4 * SIDE))
        ImageDraw.Draw(large).rounded_rectangle((0, 0, 4 * SIDE, 4 * SIDE), 4 * radius, fill=255)
        card = np.asarray(large.reduce(4))
        return encode(paint(card, paint(ink, paper=paper), behind))  # type: ignore[arg-type]

    return make


def transparent_corners(ink: Picture, rng: np.random.Generator) -> bytes:  # noqa: ARG001
    """Round the corners of a dark canvas; they are transparent."""
    card = Image.new("L", (SIDE, SIDE))
    ImageDraw.Draw(card).rounded_rectangle((0, 0, SIDE - 1, SIDE - 1), 40, fill=255)
    return encode(np.dstack([paint(ink, WHITE, (25, 30, 45)), np.asarray(card)]))


def shadow(ink: Picture, rng: np.random.Generator) -> bytes:  # noqa: ARG001
    """Put the canvas as a card with a soft shadow on a grey page."""
    side = SIDE + 40
    page = Image.new("L", (side, side), 235)
    ImageDraw.Draw(page).rectangle((20, 24, side - 20, side - 16), fill=120)
    page = page.filter(ImageFilter.GaussianBlur(6))
    picture = np.dstack([np.asarray(page)] * 3).astype(float)
    picture[20:-20, 20:-20] = paint(ink)
    return encode(picture)


EDGES: dict[str, Paint] = {
    "frame at the edge, 1 px": frame(1),
    "frame at the edge, 4 px": frame(4),
    "frame at the edge, 12 px, grey": frame(12, colour=(120, 120, 120)),
    "frame at the edge, blue": frame(3, colour=(30, 60, 220)),
    "frame at the edge, white on dark": frame(3, colour=WHITE, pen=WHITE, paper=(20, 20, 30)),
    "frame inset by 10, 1 px": frame(1, 10),
    "frame inset by 10, 3 px": frame(3, 10),
    "frame inset by 5, rounded": frame(2, 5, radius=12),
    "frame at the edge, rounded": frame(3, 0, radius=24),
    "frame of two greys": two_frames,
    "frame between two pixels": soft_frame,
    "bars above and below": bars(across=True),
    "bars at the sides": bars(across=False),
    "bars, dark grey": bars(across=True, colour=(40, 40, 40)),
    "bars, narrow": bars(across=False, share=(0.02, 0.05)),
    "toolbar": toolbar,
    "small rounded corners on black": corners(16),
    "large rounded corners on black": corners(70),
    "rounded corners on grey": corners(50, (128, 128, 128)),
    "circle on black": corners(140),
    "transparent corners, dark": transparent_corners,
    "card with a shadow": shadow,
}
