"""Players who do not mean it: corrections whose label is wrong, at random or on purpose, and doodles that are no class."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.interpolate import CubicSpline

from emulator.players.canvases import SentCorrection, player_corrections
from emulator.players.sketches import SIDE

SHEET = 224  # pixels: what doodles are drawn on before they are scaled down to a row
PEN = 12
SIGNS = "ABEFGHKMNQRSWXZ2345679&?%#"
SALT = 0x11A7


def mislabelled(
    sent: Iterable[SentCorrection], share: float, seed: int
) -> Iterator[SentCorrection]:
    """The same corrections, that `share` of them with label and guess exchanged: a random other class is called the truth."""
    rng = np.random.default_rng([seed, SALT])
    for each in sent:
        if rng.random() < share:
            said, guessed = each.fields["correctedLabel"], each.fields["originalPrediction"]
            yield each._replace(
                fields=each.fields | {"correctedLabel": guessed, "originalPrediction": said}
            )
        else:
            yield each


@dataclass(frozen=True)
class Poisoner:
    """Somebody who wants the model to take one class for another, under several accounts."""

    drawn: str = "cat"
    said: str = "fish"
    accounts: int = 10

    def corrections(
        self, rows: NDArray[np.uint8], count: int, seed: int, model_version: str
    ) -> Iterator[SentCorrection]:
        """`count` corrections of drawings uint8 (n, 784) of the class `drawn`, all of them calling it `said`."""
        sent = player_corrections(
            {self.drawn: rows}, count, seed, model_version, players=self.accounts, faulty=0
        )
        for each in sent:
            lie = {
                "correctedLabel": self.said,
                "originalPrediction": self.drawn,
                "userId": f"poisoner-{each.fields['userId']}",
            }
            yield each._replace(fields=each.fields | lie)


def doodles(count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """uint8 (count, 28, 28), white on black: signs, loops and patterns in turns, each of which is none of the classes."""
    kinds = (_sign, _loops, _grid, _spiral)
    return np.stack([_doodle(kinds[turn % len(kinds)], rng) for turn in range(count)])


def _doodle(
    kind: Callable[[ImageDraw.ImageDraw, np.random.Generator], None], rng: np.random.Generator
) -> NDArray[np.uint8]:
    sheet = Image.new("L", (SHEET, SHEET))
    kind(ImageDraw.Draw(sheet), rng)
    return np.asarray(sheet.resize((SIDE, SIDE), Image.Resampling.BOX))


def _sign(pen: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    middle = (SHEET // 2, SHEET // 2)
    pen.text(
        middle,
        SIGNS[int(rng.integers(len(SIGNS)))],
        fill=255,
        font=ImageFont.load_default(size=150),
        anchor="mm",
    )


def _loops(pen: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    for _ in range(int(rng.integers(1, 4))):
        knots = int(rng.integers(5, 12))
        through = CubicSpline(np.arange(knots), rng.uniform(20, SHEET - 20, (knots, 2)))
        pen.line(
            [tuple(at) for at in through(np.linspace(0, knots - 1, 60 * knots)).tolist()],
            fill=255,
            width=PEN,
        )


def _grid(pen: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    first, last = rng.uniform(20, 40), rng.uniform(SHEET - 40, SHEET - 20)
    for at in np.linspace(first, last, int(rng.integers(4, 7))).tolist():
        pen.line([(at, 20), (at, SHEET - 20)], fill=255, width=PEN)
        pen.line([(20, at), (SHEET - 20, at)], fill=255, width=PEN)


def _spiral(pen: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    turn, reach = np.linspace(0, rng.uniform(5, 8) * np.pi, 300), np.linspace(5, 95, 300)
    middle = SHEET / 2
    path = np.stack([middle + reach * np.cos(turn), middle + reach * np.sin(turn)], 1)
    pen.line([tuple(at) for at in path.tolist()], fill=255, width=PEN)
