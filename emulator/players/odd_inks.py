"""Canvases with ink that is not one plain colour: fills, erasers, colours, brushes."""

from typing import Any

import numpy as np
from PIL import Image, ImageFilter
from scipy import ndimage

from emulator.players.odd_base import BLACK, SIDE, WHITE, Paint, Picture, encode, paint
from emulator.players.sketches import thicken

COLOURS = ((220, 40, 40), (40, 120, 220), (40, 160, 70), (240, 190, 30), (150, 60, 190))


def filled(
    *, colours: Any = COLOURS, pen: Any = BLACK, paper: Any = WHITE, soft: float = 0
) -> Paint:
    """Return a kind of canvas whose closed shapes are filled with a colour, with an outline."""

    def make(ink: Picture, rng: np.random.Generator) -> bytes:
        line = np.asarray(Image.fromarray(ink).filter(ImageFilter.GaussianBlur(soft)))
        areas, count = ndimage.label(ink == 0)
        sheet = np.empty((SIDE, SIDE, 3))
        sheet[:] = paper
        outside = {int(areas[place]) for place in ((0, 0), (0, -1), (-1, 0), (-1, -1))}
        for area in set(range(1, count + 1)) - outside:
            sheet[ndimage.binary_dilation(areas == area)] = colours[int(rng.integers(len(colours)))]
        return encode(paint(line, pen, sheet))

    return make


def filled_loosely(ink: Picture, rng: np.random.Generator) -> bytes:
    """Colour the shape with a broad pen that goes beyond its outline, below the outline."""
    body = ndimage.binary_fill_holes(ink > 0)
    rows = np.arange(SIDE)[:, None] % 9 < 7  # noqa: PLR2004 - stripes with gaps
    wash = ndimage.shift(body & rows, rng.integers(-6, 7, 2), order=0)
    colour = COLOURS[int(rng.integers(len(COLOURS)))]
    return encode(paint(ink, BLACK, np.where(wash[..., None], colour, 255)))


def erased(pen: Any, ground: Any) -> Paint:
    """Return a kind of canvas on an opaque ground from which an eraser took a wrong stroke."""

    def make(ink: Picture, rng: np.random.Generator) -> bytes:
        alpha = np.full((SIDE, SIDE), 255)
        wrong = np.zeros((SIDE, SIDE), np.uint8)
        ends = np.linspace(rng.integers(20, 260, 2), rng.integers(20, 260, 2), 400).astype(int)
        wrong[ends[:, 0], ends[:, 1]] = 255
        alpha[(thicken(wrong, 23) > 0) & (thicken(ink, 9) == 0)] = 0
        picture = np.dstack([paint(ink, pen, ground), alpha])
        picture[alpha == 0] = 0
        return encode(picture)

    return make


def painted_over(ink: Picture, rng: np.random.Generator) -> bytes:
    """Erase with white paint on a pastel ground."""
    sheet = paint(ink, BLACK, (255, 225, 235))
    wrong = np.zeros((SIDE, SIDE), np.uint8)
    ends = np.linspace(rng.integers(20, 260, 2), rng.integers(20, 260, 2), 400).astype(int)
    wrong[ends[:, 0], ends[:, 1]] = 255
    sheet[(thicken(wrong, 19) > 0) & (thicken(ink, 9) == 0)] = 255
    return encode(sheet)


def many_colours(ink: Picture, rng: np.random.Generator) -> bytes:
    """Draw with a pen of another colour in each third of the sheet."""
    order = rng.permutation(len(COLOURS))[:3]
    stripes = np.repeat(np.array(COLOURS, float)[order], [100, 90, 90], axis=0)
    return encode(paint(ink, WHITE, WHITE) * 0 + np.where(ink[..., None] > 0, stripes, 255))


def rainbow(ink: Picture, rng: np.random.Generator) -> bytes:  # noqa: ARG001
    """Draw with a brush whose colour changes along the way."""
    turn = np.arange(SIDE)[:, None] / 40 + np.arange(SIDE) / 60
    hue = 127 + 120 * np.stack([np.sin(turn + shift) for shift in (0, 2.1, 4.2)], axis=-1)
    return encode(np.where(ink[..., None] > 0, hue, 255))


def glow(ink: Picture, rng: np.random.Generator) -> bytes:  # noqa: ARG001
    """Draw with a pen that glows, on black."""
    halo = np.asarray(Image.fromarray(ink).filter(ImageFilter.GaussianBlur(4)))
    shade = np.maximum(ink / 255, 0.6 * halo / 255)[..., None]
    return encode(shade * np.array((120, 255, 255)))


def with_shadow(ink: Picture, rng: np.random.Generator) -> bytes:  # noqa: ARG001
    """Draw with a shadow below each stroke."""
    below = np.asarray(
        Image.fromarray(np.roll(ink, (5, 5), (0, 1))).filter(ImageFilter.GaussianBlur(3))
    )
    return encode(paint(ink, BLACK, 255 - 0.35 * below[..., None] * np.ones(3)))


def spray(ink: Picture, rng: np.random.Generator) -> bytes:
    """Draw with a spray can."""
    cloud = ndimage.gaussian_filter(ink.astype(float), 2.5) / 255
    return encode(paint(((rng.random(ink.shape) < 1.3 * cloud) * 255).astype(np.uint8)))


def soft(ink: Picture, rng: np.random.Generator) -> bytes:  # noqa: ARG001
    """Draw with a soft brush."""
    return encode(paint(np.asarray(Image.fromarray(ink).filter(ImageFilter.GaussianBlur(2)))))


def plain(pen: Any, paper: Any) -> Paint:
    """Return a kind of canvas with plain ink in one colour on plain paper."""
    return lambda ink, rng: encode(paint(ink, pen, paper))  # noqa: ARG005


def thin_alpha(pen: Any, strength: int) -> Paint:
    """Return a kind of transparent canvas with ink that is half transparent."""
    return lambda ink, rng: encode(  # noqa: ARG005
        np.dstack([np.full((SIDE, SIDE, 3), pen), ink * (strength / 255)])
    )


INKS: dict[str, Paint] = {
    "plain": plain(BLACK, WHITE),
    "white on black": plain(WHITE, BLACK),
    "light on dark": plain((240, 240, 200), (30, 34, 60)),
    "dark on pastel": plain((60, 30, 90), (235, 225, 250)),
    "grey on grey": plain((100, 100, 100), (170, 170, 170)),
    "filled with colours": filled(),
    "filled with colours, soft outline": filled(soft=1.0),
    "filled with pale colours": filled(colours=((255, 230, 150), (200, 230, 255), (255, 205, 215))),
    "filled with dark colours": filled(colours=((110, 30, 30), (30, 60, 120), (20, 90, 50))),
    "filled on dark, white outline": filled(pen=WHITE, paper=(25, 25, 40)),
    "filled loosely": filled_loosely,
    "eraser on dark": erased(WHITE, (25, 25, 40)),
    "eraser on black": erased(WHITE, BLACK),
    "eraser on pastel": erased(BLACK, (250, 220, 235)),
    "eraser on white": erased(BLACK, WHITE),
    "painted over with white": painted_over,
    "pens of three colours": many_colours,
    "rainbow brush": rainbow,
    "glowing pen": glow,
    "pen with a shadow": with_shadow,
    "spray can": spray,
    "soft brush": soft,
    "black on nothing, pale": thin_alpha(BLACK, 110),
    "white on nothing": thin_alpha(WHITE, 255),
    "yellow on nothing": thin_alpha((255, 220, 0), 255),
}
