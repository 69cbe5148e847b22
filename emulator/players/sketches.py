"""Drawings for demo and tests where no Quick, Draw! files are at hand: sketched in strokes, rendered as Google renders."""

import math
import zlib
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from emulator.players.motifs_nature import NATURE
from emulator.players.motifs_things import THINGS
from emulator.players.shapes import TURN, Hand, Stroke
from pipeline.categories import CATEGORIES
from pipeline.errors import RedrawError

MOTIFS = {**NATURE, **THINGS}
SIDE = 28
PIXELS = SIDE * SIDE
# Google scales a drawing into a box of 256, adds 16 of padding and half a pen of 16 on each side, and reduces it to 28 x 28.
BOX, PEN, PADDING = 256, 16, 16
FINE = 6  # points of our paper a pixel, each way: 37 shades of grey at an edge
PAPER = SIDE * FINE
SCALE = PAPER / (BOX + 2 * PADDING + PEN)
NIB = round(PEN * SCALE)
# How far people differ. With these the nearest of 100 drawings a class is right about 87 times in 100 (65 on Google's own).
SPREAD = np.array(
    [0.13, 0.13, 0.18]
)  # of turn (radians), slant and proportions (natural logarithm)
FREQUENCIES = np.array(
    [1 / 11, 1 / 11, 1 / 5, 1 / 5]
)  # of a hand's slow and quick waves in x and y, per point of a stroke
MIRRORED = (1.0, -1.0)
PLAYERS_HASTE = (
    1.7  # in a game: its drawings are harder to recognise than those that a model began with
)
UNFINISHED = 0.1  # share of the drawings in which time was up before the last strokes


def sketch(category: str, rng: np.random.Generator, haste: float = 1.0) -> list[Stroke]:
    """One drawing of `category`, one of its usual variants, as an unsteady and hurried hand makes it.

    Args:
        category: a class for which there is a motif.
        rng: the source of every choice; the same state gives the same drawing.
        haste: how much more careless than people are when nothing presses them.

    Returns:
        The strokes in drawing order, each float64 (n, 2) with x to the right and y down, about 1 across in all.
    """
    if category not in MOTIFS:
        raise RedrawError(
            f"nobody has sketched {category!r} yet: use real drawings, or add it to emulator/motifs_things.py"
        )
    strokes = MOTIFS[category](Hand(rng))
    if len(strokes) > 1 and rng.random() < UNFINISHED:
        strokes = strokes[: int(rng.integers((len(strokes) + 1) // 2, len(strokes)))]
    sizes = [len(stroke) for stroke in strokes]
    points = _wobble(np.concatenate(strokes), sizes, rng, haste) @ _slant(rng, haste)
    ends = accumulate(sizes)
    return [points[end - size : end] for end, size in zip(ends, sizes, strict=True)]


def _wobble(points: Stroke, sizes: list[int], rng: np.random.Generator, haste: float) -> Stroke:
    """Two waves along each stroke bend it, and each stroke lands a little off its place: more so where the hand is careless."""
    careless = haste * rng.gamma(3.0, 1 / 3)
    luck = np.repeat(rng.random((len(sizes), 6)), sizes, axis=0)
    along = np.arange(len(points))[:, None]
    waves = np.sin(TURN * (luck[:, :4] + along * FREQUENCIES))
    bent: Stroke = points + careless * (
        0.02 * waves[:, :2] + 0.008 * waves[:, 2:] + 0.07 * (luck[:, 4:] - 0.5)
    )
    return bent


def _slant(rng: np.random.Generator, haste: float) -> NDArray[np.float64]:
    """The 2 x 2 matrix of one drawing's turn, slant, proportions and, half the time, mirroring."""
    turned, slant, wide = haste * SPREAD * rng.standard_normal(3)
    cosine, sine = math.cos(turned), math.sin(turned)
    stretch = math.exp(wide) * MIRRORED[int(rng.integers(2))]
    # A stretch in x and a slant, then a turn, multiplied out.
    return np.array(
        [[stretch * cosine, stretch * sine], [slant * cosine - sine, slant * sine + cosine]]
    )


def render(strokes: Sequence[Stroke]) -> NDArray[np.uint8]:
    """The bitmap of some strokes in Google's layout.

    Args:
        strokes: float arrays (n, 2) of any scale and place; no strokes at all give a blank bitmap.

    Returns:
        uint8 (28, 28), white (255) on black (0), the longer side fitted to the bitmap and the drawing centred.
    """
    if not strokes:
        return np.zeros((SIDE, SIDE), np.uint8)
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = BOX * SCALE / max(float((high - low).max()), 1e-9)
    placed = (points - (low + high) / 2) * scale + PAPER / 2
    paper = Image.new("L", (PAPER, PAPER))
    draw = ImageDraw.Draw(paper)
    numbers = placed.ravel().tolist()
    begin = 0
    for stroke in strokes:
        end = begin + 2 * len(stroke)
        draw.line(numbers[begin:end], fill=255)
        begin = end
    return np.array(Image.fromarray(thicken(np.array(paper), NIB)).reduce(FINE))


def thicken(ink: NDArray[np.uint8], pen: int) -> NDArray[np.uint8]:
    """What a round pen leaves where a point of 1 pixel went: each pixel becomes the brightest one under the pen.

    Args:
        ink: uint8 (height, width).
        pen: the pen's diameter in pixels, odd; 1 changes nothing.

    Returns:
        uint8 (height, width), nowhere darker than `ink`.
    """
    reach = pen // 2
    height, width = ink.shape
    # Rows lie end to end with a gap as wide as the pen reaches: a shift sideways is one of the whole, and nothing wraps around.
    spaced = np.zeros((height, width + reach), np.uint8)
    spaced[:, :width] = ink
    line = spaced.ravel()
    wide = line.copy()  # `line` spread sideways by as far as the pen is wide at the row in hand
    thick = np.zeros_like(line)
    spread = 0
    # From the pen's tip, where it is narrowest, to its middle: so each row of it extends the one before.
    for up in range(reach, -1, -1):
        half = int(np.sqrt((pen / 2) ** 2 - up**2))
        while spread < half:
            spread += 1
            np.maximum(wide[spread:], line[:-spread], out=wide[spread:])
            np.maximum(wide[:-spread], line[spread:], out=wide[:-spread])
        down = up * (width + reach)
        np.maximum(thick[down:], wide[: len(line) - down], out=thick[down:])
        np.maximum(thick[: len(line) - down], wide[down:], out=thick[: len(line) - down])
    return thick.reshape(height, -1)[:, :width]


def sketch_rows(category: str, count: int, seed: int, haste: float = 1.0) -> NDArray[np.uint8]:
    """`count` drawings of one class, the same for the same seed on any machine; fewer are the first ones of more.

    Args:
        category: a class for which there is a motif.
        count: how many, 0 or more.
        seed: 0 or more; classes of one seed do not share their luck.
        haste: as in `sketch`; players who race against a clock have more.

    Returns:
        uint8 (count, 784), white on black, row-major.
    """
    rng = np.random.default_rng([seed, zlib.crc32(category.encode())])
    rows = np.zeros((count, PIXELS), np.uint8)
    for row in rows:
        row[:] = render(sketch(category, rng, haste)).ravel()
    return rows


def write_sketches(
    folder: Path, per_class: int, seed: int, on_progress: Callable[[int, int], None] | None = None
) -> None:
    """Fills `folder` with `<category>.npy`, uint8 (per_class, 784), for every class; files there already are replaced.

    Args:
        folder: made if need be.
        per_class: drawings a class.
        seed: as in sketch_rows.
        on_progress: called after each class with the drawings written so far and their number in all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for done, category in enumerate(CATEGORIES, start=1):
        rows = sketch_rows(category, per_class, seed)
        beside = (
            folder / f".{category}.npy.part"
        )  # whoever is stopped here leaves no half file under the real name
        with beside.open("wb") as file:
            np.save(file, rows)
        beside.replace(folder / f"{category}.npy")
        if on_progress is not None:
            on_progress(done * per_class, len(CATEGORIES) * per_class)
