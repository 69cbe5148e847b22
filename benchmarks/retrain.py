"""Compare time and memory of a fit with those of the plain recipe.

    python -m benchmarks.retrain --dataset FILE

Each side runs in its own process. The plain recipe loads the train split as float32, as such code
usually does. Unless `--whole` is given, only a part of its first epoch is measured, and the time of
five epochs is computed from that.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.records.dataset import Split

BATCH = 128
EPOCHS = 5
MEASURED_STEPS = 400
WARM_UP = 20
DEFAULT_CORRECTIONS = 500


def main() -> None:
    """Measure and print; with `--only`, one side, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--dataset", type=Path, required=True, help="data set made by `redraw preprocess`"
    )
    parser.add_argument(
        "--model", type=Path, help="a published .h5 file; default: the CNN with random weights"
    )
    parser.add_argument(
        "--whole", action="store_true", help="run all five epochs of the plain recipe"
    )
    parser.add_argument("--corrections", type=int, nargs="+", default=[100, 500, 5_000, 50_000])
    parser.add_argument(
        "--base-rows", type=int, nargs="+", default=[100_000, 300_000, 1_120_000], help="of train"
    )
    parser.add_argument(
        "--taken",
        type=int,
        nargs="+",
        default=[5_000, 20_000, 50_000, 100_000],
        help="base rows in the fit",
    )
    parser.add_argument("--plot", type=Path, help="an SVG file for what a fit costs")
    parser.add_argument("--only", choices=["plain", "ours"], help="run one side in this process")
    parser.add_argument("--cache", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        measure = measure_plain if options.only == "plain" else measure_ours
        print(json.dumps(measure(options)))
        return
    arguments = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        plain = measure_in_a_process("plain", arguments, folder)
        print_result("plain", plain)
        compare(plain, [measure_in_a_process("ours", arguments, folder) for _ in range(2)])
        by_corrections = {
            count: measure_in_a_process("ours", arguments, folder, count)
            for count in options.corrections
        }
        # Twice, because the first one also computes the features of these rows for the cache.
        by_base = {
            rows: [measure_in_a_process("ours", arguments, folder, rows=rows) for _ in range(2)][-1]
            for rows in options.base_rows
        }
        for unit, results in (("corrections", by_corrections), ("base rows", by_base)):
            for count, result in results.items():
                print_result(f"{count:,} {unit}", result)
        if options.plot:
            plot(by_corrections, by_base, options.plot)
        for taken in options.taken:
            print_result(
                f"{taken:,} base rows in the fit",
                measure_in_a_process("ours", arguments, folder, taken=taken),
            )


def measure_in_a_process(
    side: str,
    arguments: list[str],
    folder: str,
    corrections: int = DEFAULT_CORRECTIONS,
    *,
    rows: int = 0,
    taken: int = 0,
) -> dict[str, Any]:
    """Measure one side in its own process; `rows` 0 means the whole data set."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.retrain",
        *arguments,
        "--only",
        side,
        "--cache",
        folder,
    ]
    command += ["--corrections", str(corrections), "--base-rows", str(rows), "--taken", str(taken)]
    result: dict[str, Any] = json.loads(
        subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.splitlines()[-1]
    )
    return result


def compare(plain: dict[str, Any], ours: list[dict[str, Any]]) -> None:
    """Print plain against ours, once with features to compute and once with cached features."""
    note = "" if plain["whole"] else " (computed from a part)"
    wall, processor = (sum(step[index] for step in plain["steps"].values()) for index in (0, 1))
    print(f"plain in all {wall:.0f} s, {processor:.0f} s of processor{note}")
    for name, result in zip(("features computed first", "features cached"), ours, strict=True):
        print_result(name, result)
        fit = [result["steps"][step] for step in ("features", "fit")]
        faster, cheaper = wall / sum(s[0] for s in fit), processor / sum(s[1] for s in fit)
        print(f"{name}: {faster:.0f} times faster, by processor {cheaper:.0f}")


def print_result(name: str, result: dict[str, Any]) -> None:
    """Print one line: the time of each step, the peak memory and the result."""
    steps = ", ".join(
        f"{step} {wall:.1f} s ({processor:.1f})"
        for step, (wall, processor) in result["steps"].items()
    )
    print(f"{name}: {steps}; {result['peak']:.2f} GB at most{result.get('result', '')}", flush=True)


def plot(
    by_corrections: dict[int, dict[str, Any]], by_base: dict[int, dict[str, Any]], path: Path
) -> None:
    """Plot the time of each step against the number of corrections and of base rows."""
    import matplotlib.pyplot as plt

    figure, both = plt.subplots(1, 2, figsize=(9, 3.5), sharey=True, constrained_layout=True)
    for axes, results, unit in (
        (both[0], by_corrections, "corrections"),
        (both[1], by_base, "base rows"),
    ):
        counts = list(results)
        steps = list(results[counts[0]]["steps"])
        axes.stackplot(
            counts,
            [[results[count]["steps"][step][0] for count in counts] for step in steps],
            labels=steps,
        )
        axes.set(xlabel=unit, xscale="log")
    both[0].set(ylabel="seconds, features of the base cached")
    both[0].legend(loc="upper left")
    figure.savefig(path)


class Clock:
    """Measures wall time and processor time of steps, in seconds."""

    def __init__(self) -> None:
        self.steps: dict[str, tuple[float, float]] = {}
        self._since = time.monotonic(), time.process_time()

    def lap(self, name: str) -> None:
        """Record the time since the last lap under this name."""
        now = time.monotonic(), time.process_time()
        self.steps[name] = now[0] - self._since[0], now[1] - self._since[1]
        self._since = now

    def result(self, **more: Any) -> dict[str, Any]:
        """Return the times and the peak memory, in GB."""
        return {
            "steps": self.steps,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
            **more,
        }


def read_champion(options: argparse.Namespace) -> bytes:
    """Return the file of the model to fine-tune."""
    if options.model is None:
        import keras

        from pipeline.model.cnn import build_model, dump_model

        keras.utils.set_random_seed(0)
        return dump_model(build_model())
    data: bytes = options.model.read_bytes()
    return data


def measure_plain(options: argparse.Namespace) -> dict[str, Any]:
    """Measure the plain recipe: load, prepare, five epochs."""
    import hashlib

    import h5py
    import keras

    from pipeline.model.cnn import load_model

    data = read_champion(options)
    champion, clock = load_model(data, hashlib.sha256(data).hexdigest()), Clock()
    with h5py.File(options.dataset) as file:
        images, labels = file["X_train"][:], file["y_train"][:]
        played = file["X_test"][:DEFAULT_CORRECTIONS]
        corrected = file["y_test"][:DEFAULT_CORRECTIONS]
    clock.lap("load")
    images = np.concatenate([images, played, played, played])[..., None]
    labels = np.concatenate([labels, corrected, corrected, corrected])
    order = np.random.default_rng(0).permutation(len(labels))
    clock.lap("prepare")
    for layer in champion.layers[:-1]:
        layer.trainable = False
    champion.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")
    steps = len(labels) // BATCH + 1
    if options.whole:
        champion.fit(images, labels, batch_size=BATCH, epochs=EPOCHS, verbose=0)
        clock.lap("train")
        return clock.result(whole=True)
    for step in range(WARM_UP + MEASURED_STEPS):
        if step == WARM_UP:
            clock.lap("warming up")
        rows = order[step * BATCH % len(labels) :][:BATCH]
        champion.train_on_batch(images[rows], labels[rows])
    clock.lap("train")
    del clock.steps["warming up"]
    wall, processor = clock.steps["train"]
    factor = EPOCHS * steps / MEASURED_STEPS
    clock.steps["train"] = wall * factor, processor * factor
    return clock.result(whole=False)


def measure_ours(options: argparse.Namespace) -> dict[str, Any]:
    """Measure ours: features, fit and choice, cross-fitting, both heads on the test split."""
    from pipeline.dataset import hdf5
    from pipeline.fit.choice import Validation, choose_hyperparameters
    from pipeline.fit.crossfit import FOLDS, ConfirmationRows, cross_fit
    from pipeline.fit.feature_cache import base_features, correction_features, open_cache
    from pipeline.fit.training_set import Hyperparameters, build_training_set
    from pipeline.model.answers import predict_both
    from pipeline.model.file import read_predictor
    from pipeline.setting_groups import FitSettings

    data = read_champion(options)
    champion, defaults, path = (
        read_predictor(data),
        FitSettings(),
        options.dataset,
    )
    count, taken = options.corrections[0], options.taken[0] or defaults.base_rows
    rows = hdf5.read_base_counts(path)
    share = (options.base_rows[0] or rows[Split.TRAIN]) / rows[Split.TRAIN]
    # The last rows stand for corrections; the fit's base rows are the first ones.
    drawn = hdf5.read_rows(path, Split.TRAIN, rows[Split.TRAIN] - count, rows[Split.TRAIN])
    held = hdf5.read_rows(path, Split.VAL, rows[Split.VAL] - max(1, count // 7), rows[Split.VAL])
    clock = Clock()
    cache = open_cache(options.cache, champion, "benchmark")
    most = {Split.TRAIN: taken, Split.VAL: 20_000, Split.TEST: rows[Split.TEST]}
    most = {split: int(min(most[split], rows[split] * share)) for split in most}
    base = {split: base_features(cache, path, split, count) for split, count in most.items()}
    labels = {split: hdf5.read_labels(path, split, count) for split, count in most.items()}
    features = correction_features(cache, Split.TRAIN, drawn.images)
    judged = correction_features(cache, Split.VAL, held.images), held.labels
    clock.lap("features")
    anchor = champion.head
    lesson = build_training_set(
        (base[Split.TRAIN], labels[Split.TRAIN]), (features, drawn.labels), anchor
    )
    usual = Hyperparameters(defaults.correction_weight, defaults.anchor_strength)
    chosen = choose_hyperparameters(
        lesson, usual, Validation((base[Split.VAL], labels[Split.VAL]), judged)
    )
    clock.lap("fit")
    beside = ConfirmationRows(features[:0], drawn.labels[:0], np.empty(0, np.int64))
    cross_fit(lesson, chosen.course, chosen.head, np.arange(count) % FOLDS, beside=beside)
    clock.lap("cross-fitting")
    both = predict_both(base[Split.TEST], labels[Split.TEST], anchor, chosen.head)
    clock.lap("both heads on the test split")
    before, after = (
        float(np.mean(probabilities.argmax(1) == both.labels))
        for probabilities in (both.champion, both.challenger)
    )
    return clock.result(
        result=f"; clean {before:.2%} before, {after:.2%} after; "
        f"{len(chosen.trials)} hyperparameters tried"
    )


if __name__ == "__main__":
    main()
