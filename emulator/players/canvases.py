"""What players send: canvases as clients export them, and corrections, some of them faulty."""

import io
import itertools
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from emulator.players.sketches import MOTIFS, SIDE, render, sketch, thicken
from emulator.players.slant import slant
from pipeline.categories import CATEGORIES
from pipeline.errors import RedrawError
from pipeline.records.corrections import Asked
from pipeline.versions.asking import Asking

CANVAS_SIDE = 280
"""Width and height of a canvas, in pixels."""
DRAWING_SIDES = (110, 260)
"""Smallest and largest width of the drawing on the canvas, in pixels."""
PEN_WIDTHS = (1, 3, 5, 7, 9, 11)
INK_THRESHOLD = 110
"""A pixel of an enlarged bitmap that is brighter than this is ink."""
FAULTS = ("missing_object", "blank", "truncated", "not_an_image", "unknown_label", "duplicate")
UNKNOWN_LABELS = ("none of these", "", "кот", "a kind of bird?")
FIRST_DAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SEED_SALT = 0xCA0
"""Makes the random numbers of corrections differ from those of sketches with the same seed."""
REPEATED_FIELDS = (
    "sessionId", "originalPrediction", "correctedLabel", "confidence", "userId", "asked",
    "askedChance",
)  # fmt: skip
MEAN_PAUSE_SECONDS = 20.0
"""Mean time between one correction and the next."""
CORRECTED_SHARE, CONFIRMED_SHARE = 0.8, 0.2
"""The shares of wrong guesses that are corrected, and of right ones that are confirmed, unasked."""
ANSWERED_SHARE = 0.9
"""The share of the game's questions that players answer."""


class Guessed(NamedTuple):
    """What the game does with a canvas.

    label: the class that it guesses. confidence: 0 to 1. asking: whether it asks the player.
    """

    label: str
    confidence: float
    asking: Asking = Asking(Asked.NONE, None)


Guess: TypeAlias = Callable[[bytes, str], Guessed]
"""The game: takes the PNG of a canvas and the id of the drawing."""


class SentCorrection(NamedTuple):
    """One correction as it is stored in Firestore and Storage.

    `fields` is the document without its id. `path` is where in Storage its canvas belongs, or None
    if the document names no usable path. `png` is the object there, whatever its bytes are, or None
    if there is no object.
    """

    id: str
    fields: dict[str, object]
    path: str | None
    png: bytes | None


def canvas_png(row: NDArray[np.uint8], rng: np.random.Generator) -> bytes:
    """Return the canvas of a drawing, as a game's client exports it.

    Args:
        row: uint8 (28, 28), white on black.
        rng: chooses the size (110 to 260 pixels), the place, the pen (1 to 11 pixels wide) and the
            background.

    Returns:
        A PNG, RGBA, 280 x 280: black ink on a transparent background half the time, on white
        otherwise. A row with any ink gives a canvas with some.
    """
    size = int(rng.integers(DRAWING_SIDES[0], DRAWING_SIDES[1] + 1))
    enlarged = np.asarray(Image.fromarray(row).resize((size, size), Image.Resampling.BICUBIC))
    ink = (enlarged > min(INK_THRESHOLD, int(row.max()) // 2)).astype(np.uint8) * 255
    left, top = rng.integers(0, CANVAS_SIDE + 1 - size, 2)
    canvas = np.zeros((CANVAS_SIDE, CANVAS_SIDE, 4), np.uint8)
    canvas[top : top + size, left : left + size, 3] = thicken(ink, int(rng.choice(PEN_WIDTHS)))
    if rng.random() < 0.5:  # noqa: PLR2004 - half of the clients
        canvas[..., :3] = 255 - canvas[..., 3:]
        canvas[..., 3] = 255
    return _encode_png(Image.fromarray(canvas))


def _encode_png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    # For line drawings this strategy is twice as fast, and the file no larger.
    picture.save(buffer, "PNG", compress_type=zlib.Z_RLE)
    return buffer.getvalue()


def blank_png() -> bytes:
    """Return a white canvas without a drawing: PNG, RGBA, 280 x 280."""
    return _encode_png(Image.new("RGBA", (CANVAS_SIDE, CANVAS_SIDE), (255, 255, 255, 255)))


def truncated_png(rng: np.random.Generator) -> bytes:
    """Return the first part of a canvas's PNG, as a broken upload leaves it.

    Its header is complete, its pixels are not.
    """
    category = sorted(MOTIFS)[int(rng.integers(len(MOTIFS)))]
    return _truncate(canvas_png(render(sketch(category, rng)), rng), rng)


def _truncate(png: bytes, rng: np.random.Generator) -> bytes:
    return png[: int(len(png) * rng.uniform(0.3, 0.7))]


def not_an_image() -> bytes:
    """Return an SVG file with a script in it, which no client of the game sends."""
    return b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"


def player_corrections(
    rows_by_category: Mapping[str, NDArray[np.uint8]],
    count: int,
    seed: int,
    model_version: str,
    *,
    players: int = 60,
    faulty: float = 0.04,
    guess: Guess | None = None,
    slanted: bool = False,
    categories: Sequence[str] = CATEGORIES,
) -> Iterator[SentCorrection]:
    """Generate `count` realistic corrections, the same for the same seed.

    Args:
        rows_by_category: drawings to put on the canvases, each uint8 (n, 784), white on black.
        count: how many.
        seed: 0 or more; ids, drawing ids and random choices differ from seed to seed.
        model_version: the version whose guesses are corrected.
        players: the number of players who send them.
        faulty: the share (0 to 1) with a fault. The kinds in FAULTS take turns: no object, an empty
            canvas, half a PNG, no image at all, an unknown label, the same canvas sent twice.
        guess: the game's guess. Players then answer nine in ten of its questions. Unasked they
            correct four in five of its wrong guesses and confirm one in five of its right ones.
            Without it every drawing is corrected, with a random guess.
        slanted: players slant all that they draw.
        categories: the classes that are guessed.

    Yields:
        Corrections whose timestamps rise (with timezone) and whose status is "pending".

    Raises:
        RedrawError: when there are no drawings.
    """
    stock = {category: rows for category, rows in sorted(rows_by_category.items()) if len(rows)}
    if not stock:
        raise RedrawError(
            "there are no drawings to make corrections of: run `redraw download`, or sketch some"
        )
    rng = np.random.default_rng([seed, SEED_SALT])
    clock = FIRST_DAY + timedelta(days=seed % 365)
    earlier: SentCorrection | None = None
    sent, faults = 0, 0
    for index in itertools.count():
        if sent == count:
            return
        truth = list(stock)[int(rng.integers(len(stock)))]
        rows = stock[truth]
        png = canvas_png(np.asarray(rows[int(rng.integers(len(rows)))]).reshape(SIDE, SIDE), rng)
        png = slant(png) if slanted else png
        others = [category for category in categories if category != truth]
        player = f"{int(rng.integers(players)):03d}"
        drawing = f"d{seed:03d}{index:07d}"
        path = f"drawings/corrections/{drawing}.png"
        clock += timedelta(seconds=float(rng.exponential(MEAN_PAUSE_SECONDS)))
        fields: dict[str, object] = {
            "drawingId": drawing,
            "sessionId": f"session-{player}-{int(rng.integers(5))}",
            "originalPrediction": others[int(rng.integers(len(others)))],
            "correctedLabel": truth,
            "confidence": round(float(rng.uniform(0.2, 0.84)), 4),
            "userId": f"player-{player}",
            "timestamp": clock,
            "modelVersion": model_version,
            "imageStoragePath": path,
            "status": "pending",
        }
        correction = SentCorrection(f"c{seed:03d}{index:07d}", fields, path, png)
        if guess is not None:
            guessed = guess(png, drawing)
            if rng.random() >= _share_that_answers(guessed, truth):
                continue
            correction.fields.update(_describe_guess(guessed))
        if rng.random() < faulty:
            correction = _add_fault(correction, FAULTS[faults % len(FAULTS)], earlier, rng)
            faults += 1
        else:
            earlier = correction
        sent += 1
        yield correction


def _share_that_answers(guessed: Guessed, truth: str) -> float:
    if guessed.asking.asked is not Asked.NONE:
        return ANSWERED_SHARE
    return CONFIRMED_SHARE if guessed.label == truth else CORRECTED_SHARE


def _describe_guess(guessed: Guessed) -> dict[str, object]:
    """Return what the game writes about its guess, and why and with which chance it asked."""
    fields: dict[str, object] = {
        "originalPrediction": guessed.label,
        "confidence": round(guessed.confidence, 4),
        "asked": str(guessed.asking.asked),
    }
    chance = guessed.asking.chance
    return fields if chance is None else fields | {"askedChance": chance}


def _add_fault(
    sound: SentCorrection, fault: str, earlier: SentCorrection | None, rng: np.random.Generator
) -> SentCorrection:
    """Return the correction with one of the FAULTS.

    If there is no `earlier` correction to repeat, it gets an unknown label instead.
    """
    if fault == "missing_object":
        return sound._replace(png=None)
    if fault == "blank":
        return sound._replace(png=blank_png())
    if fault == "truncated" and sound.png is not None:
        return sound._replace(png=_truncate(sound.png, rng))
    if fault == "not_an_image":
        return sound._replace(png=not_an_image())
    if fault == "duplicate" and earlier is not None:
        # The same player's client tries again: it sends the same content under new ids.
        own = {name: value for name, value in sound.fields.items() if name not in REPEATED_FIELDS}
        repeated = {
            name: earlier.fields[name] for name in REPEATED_FIELDS if name in earlier.fields
        }
        return sound._replace(fields=own | repeated, png=earlier.png)
    label = UNKNOWN_LABELS[int(rng.integers(len(UNKNOWN_LABELS)))]
    return sound._replace(fields=sound.fields | {"correctedLabel": label})
