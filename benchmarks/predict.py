"""Compare the time for one drawing without TensorFlow with `model.predict` of Keras.

python -m benchmarks.predict
"""

import argparse
import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from emulator.players.sketches import sketch_rows
from pipeline.categories import CATEGORIES
from pipeline.drawings import scale_pixels
from pipeline.model.cnn import build_model, dump_model, load_model
from pipeline.model.file import read_predictor

ROUNDS = 20
CALLS = {"ours": 50, "Keras": 10}
"""The calls of each side in a round."""


def main() -> None:
    """Measure in turns and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--model", type=Path, help="a published .h5 file; default: the CNN with random weights"
    )
    data = (
        options.model.read_bytes()
        if (options := parser.parse_args()).model
        else dump_model(build_model(len(CATEGORIES)))
    )
    sha256 = hashlib.sha256(data).hexdigest()
    predictor, model = read_predictor(data), load_model(data, sha256)
    drawings = np.concatenate([sketch_rows(name, 10, 0) for name in CATEGORIES]).reshape(-1, 28, 28)

    def by_keras(images: Any) -> Any:
        return model.predict(scale_pixels(images)[..., None], verbose=0)

    difference = np.abs(by_keras(drawings) - predictor.probabilities(drawings)).max()
    assert difference < 1e-5, difference
    sides: dict[str, Callable[[Any], Any]] = {"ours": predictor.probabilities, "Keras": by_keras}
    times: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(ROUNDS):
        for side, answer in sides.items():
            for drawing in drawings[: CALLS[side]]:
                start = time.perf_counter()
                answer(drawing[None])
                times[side].append((time.perf_counter() - start) * 1e3)
    print(
        f"one drawing, {ROUNDS} rounds in turns; probabilities differ by {difference:.1e} at most"
    )
    for side, taken in times.items():
        print(
            f"{side:6} median {median(taken):8.3f} ms, "
            f"95 of 100 within {np.quantile(taken, 0.95):8.3f} ms"
        )
    print(f"ours is {median(times['Keras']) / median(times['ours']):.0f} times faster")


if __name__ == "__main__":
    main()
