"""Canvases made of whole numbers alone: the same pixels with every library and processor."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
PENS = (2, 4, 7)
SIDES = ((60, 60), (104, 104), (150, 90), (90, 210), (280, 280), (280, 280), (300, 500), (620, 310))


def scrawl(height: int, width: int, pen: int, seed: int) -> Picture:
    """White strokes with a round pen on black, at random: uint8 (height, width)."""
    rng = np.random.default_rng(seed)
    low, high = pen + 3, np.array([height, width]) - pen - 3
    points = [rng.integers(low, high, 2) for _ in range(6)]
    y, x = np.mgrid[:height, :width]
    sheet = np.zeros((height, width), np.uint8)
    for start, end in itertools.pairwise(points):
        if rng.integers(4) == 0:  # lifts the pen
            continue
        for step in range(65):
            down, right = ((64 - step) * start + step * end) // 64
            sheet[4 * ((y - down) ** 2 + (x - right) ** 2) <= pen**2] = 255
    return sheet


def made_canvases() -> Iterator[tuple[str, Any]]:
    """Canvases of the kinds that the rule tells apart, with their names."""
    for seed, (height, width) in enumerate(SIDES):
        for pen in PENS:
            ink = scrawl(height, width, pen, seed)
            yield f"{height} x {width}, pen {pen}", ink
    ink = scrawl(240, 240, 5, 20)
    dark = 255 - ink
    yield "grey on grey", 60 + ink // 3
    yield "yellow on white", np.dstack([dark | 255, dark | 200, dark])
    yield "black on nothing", np.dstack([ink * 0, ink * 0, ink * 0, ink])
    yield "white on nothing", np.dstack([ink | 255, ink | 255, ink | 255, ink])
    soft = (ink // 3 + np.roll(ink, 1, 0) // 3 + np.roll(ink, 1, 1) // 3).astype(np.uint8)
    yield "soft edges on nothing", np.dstack([soft * 0, soft * 0, soft // 2, soft])
    erased = np.dstack([20 + ink // 2, 30 + ink // 2, 60 + ink // 2, dark * 0 + 255])
    erased[100:120, 30:] = 0
    yield "an eraser on a dark ground", erased
    framed = dark.copy()
    framed[:4] = framed[-4:] = framed[:, :4] = framed[:, -4:] = 30
    yield "a frame", framed
    specks = ink.copy()
    specks[2:5, 2:5] = specks[-5:-2, 3:6] = 255
    yield "specks", specks
    ruled = dark.copy()
    ruled[::30] = 180
    yield "rules", ruled
    y, x = np.mgrid[:240, :240]
    disc = (y - 120) ** 2 + (x - 130) ** 2
    filled = np.full((240, 240, 3), 255, np.uint8)
    filled[disc < 70**2] = (250, 180, 40)
    filled[(disc < 74**2) & (disc > 68**2)] = 0
    yield "filled, with an outline", filled
    yield "filled", ((disc < 70**2) * 255).astype(np.uint8)
    yield "squeezed", soft[::6, ::6]
    yield "large", np.kron(scrawl(300, 220, 6, 21), np.ones((8, 8), np.uint8))
    yield (
        "large, on nothing",
        np.kron(np.dstack([ink * 0, ink, ink * 0, soft]), np.ones((9, 9, 1), np.uint8)),
    )
