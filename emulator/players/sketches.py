"""Generated drawings, for demo and tests without files of Quick, Draw!.

A motif gives the strokes of one class, an unsteady hand distorts them, and `render` turns them into
a bitmap in the layout of Google's files.
"""

import math
import zlib
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from emulator.players.motifs_faces import FACES
from emulator.players.motifs_nature import NATURE
from emulator.players.motifs_things import THINGS
from emulator.players.shapes import TURN, Hand, Stroke
from pipeline.categories import CATEGORIES
from pipeline.errors import RedrawError
from pipeline.files import create_folder

MOTIFS = {**NATURE, **THINGS, **FACES}
SIDE = 28
PIXELS = SIDE * SIDE

# Google scales a drawing to fit a box of 256 units, draws it with a pen 16 wide, adds a padding of
# 16 (and room for half a pen) on each side, and reduces the result to 28 x 28 pixels.
BOX, PEN, PADDING = 256, 16, 16
OVERSAMPLING = 6
"""Points of the paper for each pixel, in each direction: gives 37 shades of grey at an edge."""
PAPER_SIDE = SIDE * OVERSAMPLING
SCALE = PAPER_SIDE / (BOX + 2 * PADDING + PEN)
PEN_WIDTH = round(PEN * SCALE)

# How much people differ. The values are chosen so that a nearest-neighbour classifier with 100
# drawings a class is right in about 87 % of cases (65 % on Google's own drawings).
SPREAD = np.array([0.13, 0.13, 0.18])
"""Standard deviations of turn (radians), slant, and proportions (natural logarithm)."""
FREQUENCIES = np.array([1 / 11, 1 / 11, 1 / 5, 1 / 5])
"""Of the slow and the quick waves of a hand, each in x and y, in turns per point of a stroke."""
MIRRORED = (1.0, -1.0)
PLAYERS_HASTE = 1.7
"""The haste of players in a game, whose drawings are harder to recognise than the base rows."""
UNFINISHED = 0.1
"""The share of drawings whose last strokes are missing because the time was up."""


def sketch(category: str, rng: np.random.Generator, haste: float = 1.0) -> list[Stroke]:
    """Draw `category` in one of its usual variants, with an unsteady hand.

    Args:
        category: a class for which there is a motif.
        rng: the source of every choice; the same state gives the same drawing.
        haste: how careless the hand is; 1 for people who are in no hurry.

    Returns:
        The strokes in drawing order, each float64 (n, 2) with x to the right and y down; the
        drawing is about 1 wide.

    Raises:
        RedrawError: when there is no motif for the class.
    """
    if category not in MOTIFS:
        raise RedrawError(
            f"there is no motif for {category!r}: use real drawings, or add one to "
            "emulator/players/motifs_things.py"
        )
    strokes = MOTIFS[category](Hand(rng))
    if len(strokes) > 1 and rng.random() < UNFINISHED:
        strokes = strokes[: int(rng.integers((len(strokes) + 1) // 2, len(strokes)))]
    sizes = [len(stroke) for stroke in strokes]
    points = _bend(np.concatenate(strokes), sizes, rng, haste) @ _random_transform(rng, haste)
    ends = accumulate(sizes)
    return [points[end - size : end] for end, size in zip(ends, sizes, strict=True)]


def _bend(points: Stroke, sizes: list[int], rng: np.random.Generator, haste: float) -> Stroke:
    """Bend each stroke by a slow and a quick wave, and shift it a little.

    How strongly is random, the same for the whole drawing.

    Args:
        points: the points of all strokes, one after the other.
        sizes: the number of points of each stroke.
        rng: the source of every choice.
        haste: a factor for the strength.
    """
    strength = haste * rng.gamma(3.0, 1 / 3)  # a mean of 1, rarely near 0, sometimes 2 or 3
    # For each stroke six random numbers: the phases of its four waves, and its shift in x and y.
    random = np.repeat(rng.random((len(sizes), 6)), sizes, axis=0)
    index = np.arange(len(points))[:, None]
    waves = np.sin(TURN * (random[:, :4] + index * FREQUENCIES))
    bent: Stroke = points + strength * (
        0.02 * waves[:, :2] + 0.008 * waves[:, 2:] + 0.07 * (random[:, 4:] - 0.5)
    )
    return bent


def _random_transform(rng: np.random.Generator, haste: float) -> NDArray[np.float64]:
    """Return the 2 x 2 matrix that turns, slants, stretches and perhaps mirrors a drawing."""
    turn, slant, log_stretch = haste * SPREAD * rng.standard_normal(3)
    cosine, sine = math.cos(turn), math.sin(turn)
    stretch = math.exp(log_stretch) * MIRRORED[int(rng.integers(2))]
    # The product of three matrices: a stretch in x, a slant, and then the turn.
    return np.array(
        [[stretch * cosine, stretch * sine], [slant * cosine - sine, slant * sine + cosine]]
    )


def render(strokes: Sequence[Stroke]) -> NDArray[np.uint8]:
    """Render strokes as a bitmap in Google's layout.

    Args:
        strokes: float arrays (n, 2) of any scale and place; no strokes at all give a blank bitmap.

    Returns:
        uint8 (28, 28), white (255) on black (0), scaled so that the longer side fills the bitmap up
        to the padding, and centred.
    """
    if not strokes:
        return np.zeros((SIDE, SIDE), np.uint8)
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = BOX * SCALE / max(float((high - low).max()), 1e-9)
    placed = (points - (low + high) / 2) * scale + PAPER_SIDE / 2
    paper = Image.new("L", (PAPER_SIDE, PAPER_SIDE))
    draw = ImageDraw.Draw(paper)
    coordinates = placed.ravel().tolist()  # x, y, x, y, ...
    start = 0
    for stroke in strokes:
        end = start + 2 * len(stroke)
        draw.line(coordinates[start:end], fill=255)
        start = end
    return np.array(Image.fromarray(thicken(np.array(paper), PEN_WIDTH)).reduce(OVERSAMPLING))


def thicken(ink: NDArray[np.uint8], pen: int) -> NDArray[np.uint8]:
    """Draw lines of 1 pixel again with a round pen: a dilation with a disc.

    Each pixel becomes the brightest one that the pen covers when it is centred there.

    The disc is a stack of rows, so the dilation is the maximum over its rows: the image spread
    sideways by the row's half width, then shifted up and down by the row's distance from the
    middle. From the tip of the disc to its middle the rows only get wider, so the sideways spread
    is continued from row to row: about 2 shifts for each pixel of the radius, instead of one shift
    for each pixel of the disc.

    Args:
        ink: uint8 (height, width).
        pen: the pen's diameter in pixels, odd; 1 changes nothing.

    Returns:
        uint8 (height, width), no pixel darker than `ink`.
    """
    reach = pen // 2
    height, width = ink.shape
    # The rows of the image are put end to end in one array, with a gap as wide as the pen reaches.
    # So a shift of the whole array shifts every row, and no ink crosses into the next row.
    spaced = np.zeros((height, width + reach), np.uint8)
    spaced[:, :width] = ink
    line = spaced.ravel()
    wide = line.copy()  # `line` spread sideways by `spread` pixels
    thick = np.zeros_like(line)
    spread = 0
    for distance in range(reach, -1, -1):  # of the disc's row from its middle
        half_width = int(np.sqrt((pen / 2) ** 2 - distance**2))
        while spread < half_width:
            spread += 1
            np.maximum(wide[spread:], line[:-spread], out=wide[spread:])
            np.maximum(wide[:-spread], line[spread:], out=wide[:-spread])
        shift = distance * (width + reach)
        np.maximum(thick[shift:], wide[: len(line) - shift], out=thick[shift:])
        np.maximum(thick[: len(line) - shift], wide[shift:], out=thick[: len(line) - shift])
    return thick.reshape(height, -1)[:, :width]


def sketch_rows(category: str, count: int, seed: int, haste: float = 1.0) -> NDArray[np.uint8]:
    """Draw one class `count` times, with the same result for the same seed on any machine.

    A smaller `count` gives the first rows of a larger one.

    Args:
        category: a class for which there is a motif.
        count: how many, 0 or more.
        seed: 0 or more; the classes of one seed have different random numbers.
        haste: as in `sketch`.

    Returns:
        uint8 (count, 784), white on black, row-major.
    """
    rng = np.random.default_rng([seed, zlib.crc32(category.encode())])
    rows = np.zeros((count, PIXELS), np.uint8)
    for row in rows:
        row[:] = render(sketch(category, rng, haste)).ravel()
    return rows


def write_sketches(
    folder: Path,
    per_class: int,
    seed: int,
    on_progress: Callable[[int, int], None] | None = None,
    *,
    categories: Sequence[str] = CATEGORIES,
) -> None:
    """Write `<category>.npy`, uint8 (per_class, 784), for every class; replace existing files.

    Args:
        folder: is created if missing.
        per_class: drawings a class.
        seed: as in `sketch_rows`.
        on_progress: called after each class with the number of drawings written and their total.
        categories: the classes; each needs a motif.
    """
    create_folder(folder)
    for done, category in enumerate(categories, start=1):
        rows = sketch_rows(category, per_class, seed)
        # Written under another name first: an interruption leaves no incomplete file to be read.
        part = folder / f".{category}.npy.part"
        with part.open("wb") as file:
            np.save(file, rows)
        part.replace(folder / f"{category}.npy")
        if on_progress is not None:
            on_progress(done * per_class, len(categories) * per_class)
