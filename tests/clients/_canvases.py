"""Canvases of all kinds as a browser holds them: pixels in red, green, blue and alpha."""

import io
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from emulator.players.canvases import canvas_png
from emulator.players.odd_canvases import ODD_KINDS, odd_canvas
from emulator.players.odd_files import NOT_CANVASES
from emulator.players.sketches import sketch_rows
from emulator.players.slant import slant
from pipeline.categories import CATEGORIES
from pipeline.drawings import normalize_canvas
from pipeline.errors import InvalidDrawing

Pixels = NDArray[np.uint8]

LARGEST = 1_100  # pixels a side, of the odd canvases that take little time
# The border shows frames, bars and corners; these sizes are where something changes: the drawing,
# the small canvas, the ink's working size, the coarse labels.
SIDES = (1, 2, 3, 15, 16, 17, 27, 28, 29, 47, 48, 49, 103, 104, 105, 255, 257, 513)


class Canvas(NamedTuple):
    """A canvas. name: of its kind. pixels: uint8 (height, width, 4)."""

    name: str
    pixels: Pixels

    def encode(self) -> bytes:
        """Return the canvas as PNG."""
        buffer = io.BytesIO()
        Image.fromarray(self.pixels).save(buffer, "PNG", compress_level=1)
        return buffer.getvalue()


def normalize(png: bytes) -> str:
    """Return what Redraw makes of a PNG: 784 bytes in hexadecimal, or the reason."""
    try:
        return normalize_canvas(png).tobytes().hex()
    except InvalidDrawing as fault:
        return fault.reason


def decode(file: bytes) -> Pixels:
    """Return the pixels of a picture's file as a browser would hold them."""
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGBA"))


def draw_row(number: int) -> Pixels:
    """Return a drawing as Google's renderer would make it: uint8 (28, 28)."""
    category = CATEGORIES[number % len(CATEGORIES)]
    return sketch_rows(category, 1, number)[0].reshape(28, 28)


def list_plain(seed: int, count: int) -> Iterator[Canvas]:
    """Yield canvases as games export them, upright and slanted."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        png = canvas_png(draw_row(number + seed), rng)
        yield Canvas(f"plain {number}", decode(slant(png) if number % 3 == 0 else png))


def list_odd(seed: int, largest: int = LARGEST) -> Iterator[Canvas]:
    """Yield one canvas of each odd kind: frames, rules, dots, words, fills, grounds, erasers."""
    rng = np.random.default_rng(seed)
    for number, kind in enumerate(sorted(set(ODD_KINDS) - set(NOT_CANVASES))):
        pixels = decode(odd_canvas(kind, draw_row(number + seed), rng))
        if max(pixels.shape) <= largest:
            yield Canvas(kind, pixels)


def list_small() -> Iterator[Canvas]:
    """Yield drawings of 28 x 28 that are ready, or hardly, and canvases of each telling size."""
    for number in range(4):
        row = draw_row(number)
        for name, grey in (("light", row), ("dark", 255 - row), ("moved", np.roll(row, 9, 0))):
            yield Canvas(f"bitmap, {name} {number}", decode_grey(grey))
    yield Canvas("bitmap, transparent", np.dstack([np.zeros((28, 28, 3), np.uint8), draw_row(1)]))
    row = Image.fromarray(255 - draw_row(2))
    for side in SIDES:
        for width, height in ((side, side + 1), (side // 3 + 1, side), (side, side // 2 + 1)):
            grey = np.asarray(row.resize((width, height), Image.Resampling.BILINEAR))
            yield Canvas(f"{width} x {height}", decode_grey(grey))


def decode_grey(grey: Pixels) -> Pixels:
    """Return grey pixels, uint8 (height, width), as opaque ones."""
    return np.asarray(Image.fromarray(np.ascontiguousarray(grey)).convert("RGBA"))


def list_refused(seed: int) -> Iterator[Canvas]:
    """Yield empty canvases, noise, and ink that is next to nothing."""
    rng = np.random.default_rng(seed)
    for colour in ((255, 255, 255, 255), (0, 0, 0, 0), (12, 200, 90, 255), (9, 9, 9, 128)):
        yield Canvas(f"empty {colour}", np.full((120, 90, 4), colour, np.uint8))
    for step in (1, 2, 4, 8):
        noise = rng.integers(0, 2, (280 // step, 280 // step), np.uint8) * 255
        big = noise.repeat(step, 0).repeat(step, 1)
        yield Canvas(f"noise of {step}", decode_grey(big))
    yield Canvas("coloured noise", rng.integers(0, 256, (150, 170, 4), np.uint8))
    hatched = np.full((200, 200), 255, np.uint8)
    hatched[::5] = hatched[:, ::7] = 0
    yield Canvas("hatched", decode_grey(hatched))
    marks = np.full((100, 100), 255, np.uint8)  # letters? only one of them on their line
    for left, top, bottom in ((10, 6, 10), (20, 6, 10), (30, 10, 12), (40, 15, 17), (30, 40, 80)):
        marks[top:bottom, left : left + 3] = 0
    yield Canvas("marks", decode_grey(marks))
    dots = np.full((400, 300), 255, np.uint8)
    dots[7, 9] = dots[390, 280] = dots[200, 150] = 0
    yield Canvas("three dots", decode_grey(dots))


def list_random(seed: int, count: int) -> Iterator[Canvas]:
    """Yield canvases of random boxes and lines in random colours, some of them see-through."""
    rng = np.random.default_rng([seed, 1])
    for number in range(count):
        height, width = rng.integers(30, 400, 2)
        colours = rng.integers(0, 256, (4, 4), np.uint8)
        colours[:, 3] = np.where(rng.random(4) < 0.6, 255, colours[:, 3])
        pixels = np.tile(colours[0], (height, width, 1))
        for _ in range(int(rng.integers(1, 12))):
            top, left = int(rng.integers(height)), int(rng.integers(width))
            tall, wide = (int(rng.choice([1, 2, 4, 9, 60, 400])) for _ in range(2))
            pixels[top : top + tall, left : left + wide] = colours[int(rng.integers(4))]
        yield Canvas(f"random {number}", pixels)


def list_large() -> Iterator[Canvas]:
    """Yield canvases that are reduced while they are read, opaque and see-through."""
    row = Image.fromarray(255 - draw_row(3))
    for width, height in ((2_048, 300), (2_049, 300), (301, 2_500), (4_099, 2_050), (6_200, 400)):
        grey = np.asarray(row.resize((width, height), Image.Resampling.BICUBIC))
        yield Canvas(f"{width} x {height}", decode_grey(grey))
    rng = np.random.default_rng(0)
    ink = np.asarray(row.resize((2_300, 2_100)))
    colours = rng.integers(0, 256, (2_100, 2_300, 3), np.uint8)
    yield Canvas("coloured, see-through", np.dstack([colours, 255 - ink]))
    yield Canvas("too many pixels", np.zeros((4_097, 4_097, 4), np.uint8))
    yield Canvas("too wide", np.zeros((2, 8_193, 4), np.uint8))
