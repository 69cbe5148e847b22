"""Measure each format of a model: bytes, milliseconds a guess, difference from the .h5 file.

    python -m benchmarks.formats --model FILE --raw DIR

The .h5 file is loaded by Keras, each other file by what its clients use: LiteRT, ONNX Runtime, the
web client in Chromium, and Redraw's own prediction by NumPy. All guess the same drawings one at a
time, in turns. Without options the model has random weights, and the drawings are sketches.
"""

import argparse
import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from benchmarks.canvas import read_test_drawings
from benchmarks.formats_chromium import Chromium, open_chromium
from emulator.players.sketches import sketch_rows
from pipeline.categories import CATEGORIES
from pipeline.drawings import Images, centroid_crop, scale_pixels
from pipeline.formats.check import check_files
from pipeline.formats.kinds import MODEL_NAME, write_formats
from pipeline.formats.weights import read_head, read_weights
from pipeline.model.cnn import build_model, dump_model, load_model
from pipeline.model.file import read_predictor
from pipeline.model.head import Floats
from pipeline.model.predict import Predictor

VERSION = "v1.0.3"
ROUNDS = 10
TIMED = 20  # drawings a round; Chromium times ten together


class Side(NamedTuple):
    """A way to guess with a file.

    file: its name. by: what computes. answer: returns the probabilities of drawings, float32
    `(n, classes)`. clock: returns the milliseconds a guess of some of them, one at a time.
    """

    file: str
    by: str
    answer: Callable[[Images], Floats]
    clock: Callable[[Images], list[float]]


def main() -> None:
    """Measure in turns and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="a .h5 file of 20 classes; default: random")
    parser.add_argument("--raw", type=Path, help="folder with <category>.npy; default: sketches")
    parser.add_argument("--count", type=int, default=2803, help="drawings to compare on")
    options = parser.parse_args()
    keras = (
        options.model.read_bytes()
        if options.model
        else dump_model(build_model(len(CATEGORIES)), CATEGORIES)
    )
    drawings = read_drawings(options.raw, options.count)
    named = {MODEL_NAME: keras, **write_formats(keras, int8=True)}
    files = {name.format(version=VERSION): data for name, data in named.items()}
    started = time.perf_counter()
    problems = check_files(files, drawings[:100])
    took = time.perf_counter() - started
    print(f"checked in a fresh process in {took:.1f} s: {problems or 'all in order'}")
    sent = {"weights": files["weights.bin"], "head": files["head.bin"]}
    with open_chromium(sent, drawings) as chromium:
        measure(files, drawings, chromium)


def read_drawings(raw: Path | None, count: int) -> Images:
    """Return centred drawings: of the test split where there are raw ones, else sketches."""
    if raw is not None:
        return centroid_crop(read_test_drawings(raw, count)[0])
    rows = [sketch_rows(name, 1 + count // len(CATEGORIES), 0) for name in CATEGORIES]
    return centroid_crop(np.concatenate(rows).reshape(-1, 28, 28))[:count]


def measure(files: dict[str, bytes], drawings: Images, chromium: Chromium | None) -> None:
    """Compare all sides on the drawings, time them in turns, and print the table."""
    sides = list(list_sides(files, chromium))
    answers = [side.answer(drawings) for side in sides]
    times: list[list[float]] = [[] for _ in sides]
    for number in range(ROUNDS):
        some = drawings[(number * TIMED) % max(1, len(drawings) - TIMED) :][:TIMED]
        for side, taken in zip(sides, times, strict=True):
            taken.extend(side.clock(some))
    print(f"{len(drawings):,} drawings; times are medians of {ROUNDS} rounds in turns")
    print(f"{'file':30} {'bytes':>8}  {'by':26} {'ms a guess':>10} {'difference':>11} others")
    for side, answer, taken in zip(sides, answers, times, strict=True):
        off = np.abs(answer - answers[0]).max()
        others = int((answer.argmax(axis=1) != answers[0].argmax(axis=1)).sum())
        size = len(files[side.file])
        print(
            f"{side.file:30} {size:8,}  {side.by:26} {median(taken):10.3f} {off:11.1e} {others:6,}"
        )
    if chromium is None:
        print("Chromium is not installed, so the web client was not measured")
    print("difference: the largest of a probability; others: guesses that are not the .h5 file's")


def list_sides(files: dict[str, bytes], chromium: Chromium | None) -> Iterator[Side]:
    """Yield the sides, Keras first."""
    keras, tflite, onnx = (
        files[f"quickdraw_{VERSION}.{kind}"] for kind in ("h5", "tflite", "onnx")
    )
    model = load_model(keras, hashlib.sha256(keras).hexdigest())
    predictor = read_predictor(keras)

    def by_keras(images: Images) -> Floats:
        return np.asarray(model(scale_pixels(images)[..., None], training=False))

    yield _in_process(f"quickdraw_{VERSION}.h5", "Keras, called", by_keras)
    yield _in_process(f"quickdraw_{VERSION}.h5", "NumPy", predictor.probabilities)
    yield _in_process("weights.bin", "NumPy", read_weights(files["weights.bin"]).probabilities)
    head = read_head(files["head.bin"])
    exchanged = Predictor(*predictor[:-2], *head)
    yield _in_process("head.bin", "NumPy", exchanged.probabilities)
    yield _in_process(f"quickdraw_{VERSION}.tflite", "LiteRT", _open_litert(tflite))
    int8 = f"quickdraw_{VERSION}_int8.tflite"
    yield _in_process(int8, "LiteRT", _open_litert(files[int8]))
    yield _in_process(f"quickdraw_{VERSION}.onnx", "ONNX Runtime", _open_onnx(onnx))
    if chromium is not None:
        for name in ("weights", "head"):
            yield _in_chromium(name, chromium)


def _in_process(file: str, by: str, answer: Callable[[Images], Any]) -> Side:
    def clock(images: Images) -> list[float]:
        taken = []
        for image in images:
            started = time.perf_counter()
            answer(image[None])
            taken.append((time.perf_counter() - started) * 1e3)
        return taken

    return Side(file, by, answer, clock)


def _in_chromium(name: str, chromium: Chromium) -> Side:
    return Side(
        f"{name}.bin",
        "JavaScript in Chromium",
        lambda images: chromium.answer(name, len(images)),
        lambda images: chromium.time(name, len(images)),
    )


def _open_litert(data: bytes) -> Callable[[Images], Floats]:
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(model_content=data).get_signature_runner()

    def answer(images: Images) -> Floats:
        batches = scale_pixels(images[:, None, :, :, None])
        return np.concatenate([runner(drawing=each)["probabilities"] for each in batches])

    return answer


def _open_onnx(data: bytes) -> Callable[[Images], Floats]:
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = 1  # a guess is too small for two
    session = InferenceSession(data, options, providers=["CPUExecutionProvider"])

    def answer(images: Images) -> Floats:
        inputs = {"drawing": scale_pixels(images)[..., None]}
        return np.asarray(session.run(None, inputs)[0])

    return answer


if __name__ == "__main__":
    main()
