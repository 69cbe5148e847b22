"""What players send, for demo, development and tests: canvases as clients export them, and corrections with some faults."""

import errno
import io
import itertools
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from emulator.players.sketches import MOTIFS, SIDE, render, sketch, thicken
from pipeline.categories import CATEGORIES
from pipeline.errors import RedrawError

CANVAS = 280
SIZES = (110, 260)  # of the drawing on the canvas, pixels
PENS = (1, 3, 5, 7, 9, 11)
INK = 110  # how bright an enlarged bitmap must be to count as ink
FAULTS = ("missing_object", "blank", "truncated", "not_an_image", "unknown_label", "duplicate")
NO_CLASS = ("none of these", "", "кот", "a kind of bird?")
FIRST_DAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SALT = 0xCA0  # keeps the luck of corrections apart from that of sketches under the same seed
HOW = 'write one JSON object a line with the document\'s id under "id"'
REPEATED = ("sessionId", "originalPrediction", "correctedLabel", "confidence", "userId")
PAUSE_S = 20.0  # between one correction and the next, on average
CORRECTED, CONFIRMED = 0.8, 0.2  # of the guesses that are wrong, and of those that are right

Guess: TypeAlias = Callable[[bytes], tuple[str, float]]
"""A canvas to the class that a model takes it for, and how sure it is, 0 to 1."""


class SentCorrection(NamedTuple):
    """One correction as it lies in Firestore and Storage.

    `fields` is the document without its id; `path` is where in Storage its canvas belongs, None if it names no such place;
    `png` is the object there, whatever its bytes are, and None if there is no object.
    """

    id: str
    fields: dict[str, object]
    path: str | None
    png: bytes | None


def canvas_png(row: NDArray[np.uint8], rng: np.random.Generator) -> bytes:
    """A drawing as a game's client exports it.

    Args:
        row: uint8 (28, 28), white on black.
        rng: chooses size (110 to 260 pixels), place, pen (1 to 11 pixels more) and ground.

    Returns:
        A PNG, RGBA, 280 x 280: black ink on transparent ground half the time, on white otherwise. A row that has any ink
        gives a canvas that has some.
    """
    size = int(rng.integers(SIZES[0], SIZES[1] + 1))
    enlarged = np.asarray(Image.fromarray(row).resize((size, size), Image.Resampling.BICUBIC))
    ink = (enlarged > min(INK, int(row.max()) // 2)).astype(np.uint8) * 255
    left, top = rng.integers(0, CANVAS + 1 - size, 2)
    canvas = np.zeros((CANVAS, CANVAS, 4), np.uint8)
    canvas[top : top + size, left : left + size, 3] = thicken(ink, int(rng.choice(PENS)))
    if rng.random() < 0.5:  # noqa: PLR2004 - half the clients
        canvas[..., :3] = 255 - canvas[..., 3:]
        canvas[..., 3] = 255
    return _png(Image.fromarray(canvas))


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(
        buffer, "PNG", compress_type=zlib.Z_RLE
    )  # for line art twice as quick, and no larger
    return buffer.getvalue()


def blank_png() -> bytes:
    """A white canvas on which nothing was drawn: PNG, RGBA, 280 x 280."""
    return _png(Image.new("RGBA", (CANVAS, CANVAS), (255, 255, 255, 255)))


def truncated_png(rng: np.random.Generator) -> bytes:
    """The first part of a canvas's PNG, as an upload that broke off leaves it: its header is whole, its pixels are not."""
    category = sorted(MOTIFS)[int(rng.integers(len(MOTIFS)))]
    return _cut(canvas_png(render(sketch(category, rng)), rng), rng)


def _cut(png: bytes, rng: np.random.Generator) -> bytes:
    return png[: int(len(png) * rng.uniform(0.3, 0.7))]


def not_an_image() -> bytes:
    """Bytes that say they are a picture and hold a script."""
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
) -> Iterator[SentCorrection]:
    """`count` believable corrections, the same for the same seed, one by one.

    Args:
        rows_by_category: drawings to put on the canvases, each uint8 (n, 784), white on black.
        count: how many.
        seed: 0 or more; ids, drawing ids and players' luck differ from seed to seed.
        model_version: the version whose guess was corrected.
        players: how many players share the corrections.
        faulty: share (0 to 1) with a fault, the kinds in FAULTS taking turns: no object, an empty canvas, half a PNG, no image
            at all, a label that is no class, the same canvas sent a second time.
        guess: what the model makes of a canvas. Players then correct four in five of the guesses that are wrong, and
            confirm one in five of those that are right. Without it they correct whatever they draw, as if it were always wrong.

    Yields:
        Corrections whose timestamps rise, with timezone, and whose status is "pending".
    """
    stock = {category: rows for category, rows in sorted(rows_by_category.items()) if len(rows)}
    if not stock:
        raise RedrawError(
            "there are no drawings to make corrections of: run `redraw download`, or sketch some"
        )
    rng = np.random.default_rng([seed, SALT])
    clock = FIRST_DAY + timedelta(days=seed % 365)
    earlier: SentCorrection | None = None
    sent, turn = 0, 0
    for index in itertools.count():
        if sent == count:
            return
        truth = list(stock)[int(rng.integers(len(stock)))]
        rows = stock[truth]
        png = canvas_png(np.asarray(rows[int(rng.integers(len(rows)))]).reshape(SIDE, SIDE), rng)
        others = [category for category in CATEGORIES if category != truth]
        player = f"{int(rng.integers(players)):03d}"
        drawing = f"d{seed:03d}{index:07d}"
        path = f"drawings/corrections/{drawing}.png"
        clock += timedelta(seconds=float(rng.exponential(PAUSE_S)))
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
            said, sure = guess(png)
            if rng.random() >= (CONFIRMED if said == truth else CORRECTED):
                continue
            correction.fields.update(originalPrediction=said, confidence=round(sure, 4))
        if rng.random() < faulty:
            correction = _spoilt(correction, FAULTS[turn % len(FAULTS)], earlier, rng)
            turn += 1
        else:
            earlier = correction
        sent += 1
        yield correction


def _spoilt(
    sound: SentCorrection, fault: str, earlier: SentCorrection | None, rng: np.random.Generator
) -> SentCorrection:
    """The same correction with one of the FAULTS; one that has nothing `earlier` to repeat names no class instead."""
    if fault == "missing_object":
        return sound._replace(png=None)
    if fault == "blank":
        return sound._replace(png=blank_png())
    if fault == "truncated" and sound.png is not None:
        return sound._replace(png=_cut(sound.png, rng))
    if fault == "not_an_image":
        return sound._replace(png=not_an_image())
    if fault == "duplicate" and earlier is not None:
        # The same player's client, trying again: what it says is the same, the ids are new.
        again = {name: earlier.fields[name] for name in REPEATED}
        return sound._replace(fields=sound.fields | again, png=earlier.png)
    return sound._replace(
        fields=sound.fields | {"correctedLabel": NO_CLASS[int(rng.integers(len(NO_CLASS)))]}
    )


def read_corrections(folder: Path) -> Iterator[SentCorrection]:
    """The corrections in `folder`, in the order of the file, read one by one.

    The layout is `corrections.jsonl`, one document a line, and `objects/<path>`, the bytes of the canvases. Documents are
    handed on as they are, hostile ones too, with three differences: "id" is not among the fields, a "timestamp" that is ISO
    8601 text becomes a datetime (UTC where it names no zone), and a document without "status" is "pending". No object outside
    `folder`/objects is ever read, whatever a document says: then `path` and `png` are None.

    Args:
        folder: holds corrections.jsonl (UTF-8) and, where at least one canvas exists, objects/.

    Raises:
        RedrawError: at once if there is no corrections.jsonl; on reaching a line that is no document, with its number.
    """
    file = folder / "corrections.jsonl"
    if not file.is_file():
        raise RedrawError(
            f"there is no {file}: name a folder with corrections.jsonl and objects/ in it"
        )
    return _documents(file, folder / "objects")


def _documents(file: Path, objects: Path) -> Iterator[SentCorrection]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            fields = _document(line, f"{file}, line {number}")
            key = fields.pop("id")
            fields.setdefault("status", "pending")
            if "timestamp" in fields:
                fields["timestamp"] = _moment(fields["timestamp"])
            target = _inside(objects, fields.get("imageStoragePath"))
            path = None if target is None else str(fields["imageStoragePath"])
            yield SentCorrection(str(key), fields, path, _bytes_of(target))


def _document(line: bytes, place: str) -> dict[str, object]:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RedrawError(f"{place} is not JSON ({error}): {HOW}") from error
    if not isinstance(document, dict):
        raise RedrawError(f"{place} is a JSON {type(document).__name__}, not a document: {HOW}")
    key = document.get("id")
    if not isinstance(key, str) or not key or "/" in key:
        raise RedrawError(f"{place} has no usable id ({key!r:.40}): {HOW}")
    return document


def _moment(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _inside(objects: Path, path: object) -> Path | None:
    """Where the object of that Storage path lies, None if that is no plain path below `objects` (links are followed first)."""
    if (
        not isinstance(path, str)
        or "\\" in path
        or any(part in {"", ".", ".."} for part in path.split("/"))
    ):
        return None
    try:
        target = (objects / path).resolve()
        return target if target.is_relative_to(objects.resolve()) else None
    except (OSError, ValueError, RuntimeError):  # a zero byte, half a character, links in a circle
        return None


def _bytes_of(target: Path | None) -> bytes | None:
    try:
        return target.read_bytes() if target is not None and target.is_file() else None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:  # nobody can have put an object there
            return None
        raise RedrawError(
            f"{target} cannot be read ({error.strerror}): make it readable, or delete it"
        ) from error
