"""Measure accuracy and time of two ways to make a drawing of a canvas.

    python -m benchmarks.canvas --raw DIR

A CNN is trained on 80 % of real drawings. Those of the test split, never used for any choice, are
put on canvases as players make them, and become drawings again in two ways: resized and centred, as
the game did, and by `normalize_canvas`.
"""

import argparse
import io
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from benchmarks.canvas_kinds import KINDS
from emulator.players.canvases import canvas_png
from emulator.players.odd_canvases import ODD_KINDS, odd_canvas
from pipeline.categories import CATEGORIES
from pipeline.dataset.preprocess import preprocess
from pipeline.dataset.raw_drawings import open_raw, split_rows
from pipeline.drawings import SIDE, centroid_crop, normalize_canvas
from pipeline.errors import InvalidDrawing
from pipeline.model.cnn import dump_model
from pipeline.model.file import read_predictor
from pipeline.model.predict import Predictor
from pipeline.records.dataset import Split
from pipeline.training.recipes import FAST
from pipeline.training.train import train

SPLIT_SEED = 0
PLAYERS_SEED = 1
KIND_PART = 6  # one in so many drawings is put on each further kind of canvas
LARGEST = """
import io, sys, time; from pathlib import Path; import numpy as np; from PIL import Image
from pipeline.drawings import normalize_canvas; from pipeline.errors import InvalidDrawing
def peak(): return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
png = sys.stdin.buffer.read(); before, start = peak(), time.process_time()
try: normalize_canvas(png); word = "a drawing"
except InvalidDrawing as fault: word = fault.reason
took = 1e3 * (time.process_time() - start)
print(f"{word}, {took:.0f} ms, {peak() - before:.0f} MB more than before")
"""


def main() -> None:
    """Train a model unless one is given, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="folder with <category>.npy")
    parser.add_argument("--canvases", type=int, default=3000)
    parser.add_argument(
        "--model",
        type=Path,
        help="of `redraw train`, on the same split (seed 0); default: trained here",
    )
    options = parser.parse_args()
    data = options.model.read_bytes() if options.model else train_model(options.raw)
    predictor = read_predictor(data)
    bitmaps, labels = read_test_drawings(options.raw, options.canvases)
    print(f"{len(labels):,} drawings of the test split")
    print(f"Google's bitmaps, centred: {accuracy(predictor, centroid_crop(bitmaps), labels):.2%}")
    rng = np.random.default_rng(PLAYERS_SEED)
    pngs = [canvas_png(row, rng) for row in bitmaps]
    resized = centroid_crop(np.stack([resize_as_the_game(png) for png in pngs]))
    print(f"canvases, resized and centred: {accuracy(predictor, resized, labels):.2%}")
    drawings, times = normalize_all(pngs)
    print(f"canvases, normalize_canvas: {accuracy(predictor, drawings, labels):.2%}")
    print(
        f"{median(times):.2f} ms of processor a canvas (median), "
        f"95 of 100 within {np.quantile(times, 0.95):.2f} ms"
    )
    some = slice(0, len(labels) // KIND_PART)
    centred = accuracy(predictor, centroid_crop(bitmaps[some]), labels[some])
    print(f"{len(labels[some]):,} of them, centred bitmaps: {centred:.2%}")
    show_odd_kinds(predictor, bitmaps[some], labels[some])
    for name, canvas in KINDS.items():
        drawings, _ = normalize_all([canvas(row, rng) for row in bitmaps[some]])
        print(f"{name}: {accuracy(predictor, drawings, labels[some]):.2%}", flush=True)
    for name, picture in {
        "noise": rng.integers(0, 256, (2048, 2048, 4), np.uint8),
        "a drawing": enlarge(bitmaps[0]),
    }.items():
        print(f"2048 x 2048 of {name}: {normalize_in_a_process(picture)}")


def show_odd_kinds(predictor: Predictor, bitmaps: Any, labels: Any) -> None:
    """Print for each kind of odd canvas what is guessed right, refused and guessed wrong."""
    print(f"{'canvas':36} right refused wrong    ms  reasons")
    for kind in ODD_KINDS:
        rng = np.random.default_rng(PLAYERS_SEED)
        drawings, reasons, right, took = [], Counter[str](), [], 0.0
        for row, label in zip(bitmaps, labels, strict=True):
            data = odd_canvas(kind, row, rng)
            start = time.thread_time()
            try:
                drawings.append(normalize_canvas(data))
                right.append(label)
            except InvalidDrawing as error:
                reasons[error.reason] += 1
            took += time.thread_time() - start
        share = accuracy(predictor, np.stack(drawings), np.array(right)) if drawings else 0.0
        read = len(drawings) / len(labels)
        print(
            f"{kind:36} {share * read:5.0%} {1 - read:7.0%} {(1 - share) * read:5.0%}"
            f" {1e3 * took / len(labels):5.1f}  {dict(reasons) or ''}",
            flush=True,
        )


def train_model(raw: Path) -> bytes:
    """Train a CNN by the recipe `fast` and return its file."""
    with tempfile.TemporaryDirectory() as folder:
        dataset = Path(folder) / "data.h5"
        preprocess(raw, dataset, categories=CATEGORIES, samples_per_class=70_000, seed=SPLIT_SEED)
        # Without copies: they are made by the functions that are measured here.
        recipe = FAST.with_overrides(epochs=None, batch_size=None, copies=0)
        model, curves = train(dataset, recipe=recipe, seed=0)
        print(f"trained by `fast` on 80 %; val split {curves['val_accuracy'][-1]:.2%}", flush=True)
        return dump_model(model)


def read_test_drawings(raw: Path, count: int) -> tuple[Any, Any]:
    """Read the first `count` raw drawings of the test split, uint8 (n, 28, 28), and the labels."""
    files = [open_raw(raw / f"{name}.npy") for name in CATEGORIES]
    order = split_rows([min(len(file), 70_000) for file in files], SPLIT_SEED)[Split.TEST].part(
        0, count
    )
    rows = [files[label][row] for label, row in zip(order.labels, order.rows, strict=True)]
    return np.stack(rows).reshape(-1, SIDE, SIDE), order.labels


def resize_as_the_game(png: bytes) -> Any:
    """Put the canvas on white, resize it to 28 x 28 and invert it, as the game did."""
    picture = Image.open(io.BytesIO(png)).convert("RGBA")
    sheet = Image.new("RGBA", picture.size, "white")
    sheet.alpha_composite(picture)
    return 255 - np.asarray(sheet.convert("L").resize((SIDE, SIDE)))


def normalize_all(pngs: list[bytes]) -> tuple[Any, list[float]]:
    """Return the drawings and the processor time of each, in ms; a refused canvas is blank."""
    drawings, times = [], []
    for png in pngs:
        start = time.thread_time()
        try:
            drawings.append(normalize_canvas(png))
        except InvalidDrawing as error:
            print(f"refused: {error.reason}")
            drawings.append(np.zeros((SIDE, SIDE), np.uint8))
        times.append((time.thread_time() - start) * 1e3)
    return np.stack(drawings), times


def accuracy(predictor: Predictor, drawings: Any, labels: Any) -> float:
    """Return the share of right guesses."""
    return float((predictor.probabilities(drawings).argmax(axis=1) == labels).mean())


def enlarge(row: Any) -> Any:
    """Return the bitmap on the largest canvas."""
    return np.asarray(
        Image.fromarray(row).resize((2048, 2048)).filter(ImageFilter.MaxFilter(5)).convert("RGBA")
    )


def normalize_in_a_process(picture: Any) -> str:
    """Normalize a canvas in a fresh process; return the result, the time and the memory (Linux)."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", compress_level=1)
    command = [sys.executable, "-c", LARGEST]
    return (
        subprocess.run(command, input=buffer.getvalue(), check=True, capture_output=True)
        .stdout.decode()
        .strip()
    )


if __name__ == "__main__":
    main()
