"""Bad corrections, to test the screening: wrong labels, by mistake or on purpose, and doodles."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.interpolate import CubicSpline

from emulator.players.canvases import SentCorrection, player_corrections
from emulator.players.sketches import SIDE

SHEET_SIDE = 224
"""Side of the sheet for a doodle, in pixels, before it is scaled down to 28."""
PEN_WIDTH = 12
SIGNS = "ABEFGHKMNQRSWXZ2345679&?%#"
SEED_SALT = 0x11A7
"""Makes the random numbers here differ from those of other modules with the same seed."""


def add_label_noise(
    sent: Iterable[SentCorrection], share: float, seed: int
) -> Iterator[SentCorrection]:
    """Exchange label and guess in a random share of the corrections.

    The true label becomes the guess, and the guess, another class, is called the label.
    """
    rng = np.random.default_rng([seed, SEED_SALT])
    for correction in sent:
        if rng.random() < share:
            label = correction.fields["correctedLabel"]
            guess = correction.fields["originalPrediction"]
            exchanged = {"correctedLabel": guess, "originalPrediction": label}
            yield correction._replace(fields=correction.fields | exchanged)
        else:
            yield correction


@dataclass(frozen=True)
class Poisoner:
    """An attacker who teaches the model to take one class for another (data poisoning).

    `drawn` is the class of the drawings, `claimed` the label sent for all of them, and `accounts`
    the number of accounts that the attacker uses.
    """

    drawn: str = "cat"
    claimed: str = "fish"
    accounts: int = 10

    def generate_corrections(
        self, rows: NDArray[np.uint8], count: int, seed: int, model_version: str
    ) -> Iterator[SentCorrection]:
        """Generate `count` corrections with the wrong label from drawings uint8 (n, 784)."""
        sent = player_corrections(
            {self.drawn: rows}, count, seed, model_version, players=self.accounts, faulty=0
        )
        for correction in sent:
            changes = {
                "correctedLabel": self.claimed,
                "originalPrediction": self.drawn,
                "userId": f"poisoner-{correction.fields['userId']}",
            }
            yield correction._replace(fields=correction.fields | changes)


def draw_doodles(count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw signs, loops, grids and spirals in turn, none of which is one of the classes.

    Returns:
        uint8 (count, 28, 28), white on black.
    """
    kinds = (_draw_sign, _draw_loops, _draw_grid, _draw_spiral)
    return np.stack([_draw_doodle(kinds[index % len(kinds)], rng) for index in range(count)])


def _draw_doodle(
    draw: Callable[[ImageDraw.ImageDraw, np.random.Generator], None], rng: np.random.Generator
) -> NDArray[np.uint8]:
    sheet = Image.new("L", (SHEET_SIDE, SHEET_SIDE))
    draw(ImageDraw.Draw(sheet), rng)
    return np.asarray(sheet.resize((SIDE, SIDE), Image.Resampling.BOX))


def _draw_sign(pen: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    middle = (SHEET_SIDE // 2, SHEET_SIDE // 2)
    pen.text(
        middle,
        SIGNS[int(rng.integers(len(SIGNS)))],
        fill=255,
        font=ImageFont.load_default(size=150),
        anchor="mm",
    )


def _draw_loops(pen: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    """Draw smooth curves (splines) through random points."""
    for _ in range(int(rng.integers(1, 4))):
        knots = int(rng.integers(5, 12))
        spline = CubicSpline(np.arange(knots), rng.uniform(20, SHEET_SIDE - 20, (knots, 2)))
        points = spline(np.linspace(0, knots - 1, 60 * knots)).tolist()
        pen.line([tuple(point) for point in points], fill=255, width=PEN_WIDTH)


def _draw_grid(pen: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    first, last = rng.uniform(20, 40), rng.uniform(SHEET_SIDE - 40, SHEET_SIDE - 20)
    for offset in np.linspace(first, last, int(rng.integers(4, 7))).tolist():
        pen.line([(offset, 20), (offset, SHEET_SIDE - 20)], fill=255, width=PEN_WIDTH)
        pen.line([(20, offset), (SHEET_SIDE - 20, offset)], fill=255, width=PEN_WIDTH)


def _draw_spiral(pen: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    angles, radii = np.linspace(0, rng.uniform(5, 8) * np.pi, 300), np.linspace(5, 95, 300)
    middle = SHEET_SIDE / 2
    points = np.stack([middle + radii * np.cos(angles), middle + radii * np.sin(angles)], 1)
    pen.line([tuple(point) for point in points.tolist()], fill=255, width=PEN_WIDTH)
