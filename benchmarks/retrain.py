"""Compare the time and memory of a fit with those of the plain recipe.

Run with `python -m benchmarks.retrain --dataset FILE`.

Each side runs in its own process. The plain recipe loads the train split as float32, as such code
usually does. Without `--whole`, a part of its first epoch is measured, and the time of five epochs
is calculated from that.
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

from pipeline.categories import CATEGORIES
from pipeline.records.dataset import Split

BATCH = 128
EPOCHS = 5
MEASURED_STEPS = 400
WARM_UP_STEPS = 20
DEFAULT_CORRECTIONS = 500


def main() -> None:
    """Measure both sides and print the results; with `--only`, one side, as JSON."""
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
        measured = (measure_plain if options.only == "plain" else measure_ours)(options)
        print(json.dumps(measured))
        return
    with tempfile.TemporaryDirectory() as folder:
        plain = run_side("plain", folder)
        print_result("plain", plain)
        print_comparison(plain, [run_side("ours", folder) for _ in range(2)])
        by_corrections = {count: run_side("ours", folder, count) for count in options.corrections}
        # Twice, because the first run computes the features of so many rows.
        by_base = {
            rows: [run_side("ours", folder, rows=rows) for _ in range(2)][-1]
            for rows in options.base_rows
        }
        for what, results in (("corrections", by_corrections), ("base rows", by_base)):
            for count, result in results.items():
                print_result(f"{count:,} {what}", result)
        if options.plot:
            plot(by_corrections, by_base, options.plot)
        for taken in options.taken:
            print_result(f"{taken:,} base rows in the fit", run_side("ours", folder, taken=taken))


def run_side(
    side: str,
    folder: str,
    corrections: int = DEFAULT_CORRECTIONS,
    *,
    rows: int = 0,
    taken: int = 0,
) -> dict[str, Any]:
    """Measure one side in a process of its own, with the options of this one.

    Args:
        side: `plain` or `ours`.
        folder: of the feature cache.
        corrections: how many.
        rows: base rows of the data set to use; 0 means all.
        taken: base rows in the fit; 0 means the setting.

    Returns:
        The wall and processor seconds of each step, the peak of memory, and a result in words.
    """
    command = [sys.executable, "-m", "benchmarks.retrain", *sys.argv[1:], "--only", side]
    command += ["--cache", folder, "--corrections", str(corrections)]
    command += ["--base-rows", str(rows), "--taken", str(taken)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    result: dict[str, Any] = json.loads(output.splitlines()[-1])
    return result


def print_comparison(plain: dict[str, Any], ours: list[dict[str, Any]]) -> None:
    """Print how much faster ours is: first with an empty feature cache, then with a full one."""
    note = "" if plain["whole"] else " (calculated from a part)"
    wall, processor = (sum(times) for times in zip(*plain["steps"].values(), strict=True))
    print(f"plain in all {wall:.0f} s, {processor:.0f} s of processor{note}")
    for what, result in zip(("features computed first", "features cached"), ours, strict=True):
        print_result(what, result)
        fit = [result["steps"][name] for name in ("features", "fit")]
        fit_wall, fit_processor = (sum(times) for times in zip(*fit, strict=True))
        faster, cheaper = wall / fit_wall, processor / fit_processor
        print(f"{what}: {faster:.0f} times faster, by processor {cheaper:.0f}")


def print_result(what: str, result: dict[str, Any]) -> None:
    """Print one line: the time of each step, the peak of memory, and the result in words."""
    steps = ", ".join(
        f"{name} {wall:.1f} s ({processor:.1f})"
        for name, (wall, processor) in result["steps"].items()
    )
    print(f"{what}: {steps}; {result['peak']:.2f} GB at most{result.get('result', '')}", flush=True)


def plot(
    by_corrections: dict[int, dict[str, Any]], by_base: dict[int, dict[str, Any]], path: Path
) -> None:
    """Plot the seconds of each step against corrections, and against base rows."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(9, 3.5), sharey=True, constrained_layout=True)
    for axes, results, what in (
        (panels[0], by_corrections, "corrections"),
        (panels[1], by_base, "base rows"),
    ):
        counts = list(results)
        steps = list(results[counts[0]]["steps"])
        seconds = [[results[count]["steps"][step][0] for count in counts] for step in steps]
        axes.stackplot(counts, seconds, labels=steps)
        axes.set(xlabel=what, xscale="log")
    panels[0].set(ylabel="seconds, features of the base cached")
    panels[0].legend(loc="upper left")
    figure.savefig(path)


class Clock:
    """Measures the wall and processor seconds of steps."""

    def __init__(self) -> None:
        self.steps: dict[str, tuple[float, float]] = {}
        self._since = time.monotonic(), time.process_time()

    def lap(self, name: str) -> None:
        """Record the time since the last lap as a step."""
        now = time.monotonic(), time.process_time()
        self.steps[name] = now[0] - self._since[0], now[1] - self._since[1]
        self._since = now

    def results(self, **more: Any) -> dict[str, Any]:
        """Return the steps, the peak of memory in GB, and further results."""
        return {
            "steps": self.steps,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
            **more,
        }


def read_champion(options: argparse.Namespace) -> bytes:
    """Return the file of the model to retrain: the given one, or one with random weights."""
    if options.model is None:
        import keras

        from pipeline.model.cnn import build_model, dump_model

        keras.utils.set_random_seed(0)
        return dump_model(build_model(len(CATEGORIES)))
    return Path(options.model).read_bytes()


def measure_plain(options: argparse.Namespace) -> dict[str, Any]:
    """Measure the plain recipe: load, prepare, and train for five epochs."""
    import hashlib

    import h5py
    import keras

    from pipeline.model.cnn import load_model

    data = read_champion(options)
    champion, clock = load_model(data, hashlib.sha256(data).hexdigest()), Clock()
    with h5py.File(options.dataset) as file:
        images, labels = file["X_train"][:], file["y_train"][:]
        corrections = file["X_test"][:DEFAULT_CORRECTIONS]
        correction_labels = file["y_test"][:DEFAULT_CORRECTIONS]
    clock.lap("load")
    images = np.concatenate([images, *[corrections] * 3])[..., None]
    labels = np.concatenate([labels, *[correction_labels] * 3])
    order = np.random.default_rng(0).permutation(len(labels))
    clock.lap("prepare")
    for layer in champion.layers[:-1]:
        layer.trainable = False
    champion.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")
    steps = len(labels) // BATCH + 1
    if options.whole:
        champion.fit(images, labels, batch_size=BATCH, epochs=EPOCHS, verbose=0)
        clock.lap("train")
        return clock.results(whole=True)
    for step in range(WARM_UP_STEPS + MEASURED_STEPS):
        if step == WARM_UP_STEPS:
            clock.lap("warming up")
        rows = order[step * BATCH % len(labels) :][:BATCH]
        champion.train_on_batch(images[rows], labels[rows])
    clock.lap("train")
    del clock.steps["warming up"]
    clock.steps["train"] = tuple(
        seconds * EPOCHS * steps / MEASURED_STEPS for seconds in clock.steps["train"]
    )  # type: ignore[assignment]
    return clock.results(whole=False)


def compute_once(path: Path, model: Any, images: Any) -> Any:
    """Return the features of drawings, float16; a later call reads them from the file."""
    from pipeline.model.features import compute_features

    if not path.exists():
        np.save(path, compute_features(model, images).astype(np.float16))
    return np.load(path)


def measure_ours(options: argparse.Namespace) -> dict[str, Any]:
    """Measure a run: features, choice and fit, cross-fitting, both heads on the test split."""
    from pipeline.dataset import hdf5
    from pipeline.fit.choice import Validation, choose_hyperparameters
    from pipeline.fit.crossfit import FOLDS, NewAnswers, cross_fit
    from pipeline.fit.feature_cache import load_base_features, open_cache
    from pipeline.fit.training_set import Answers, Hyperparameters, build_training_set
    from pipeline.model.answers import predict_both
    from pipeline.model.file import read_predictor
    from pipeline.version_settings import FitSettings

    data = read_champion(options)
    champion, settings, path = read_predictor(data), FitSettings(), options.dataset
    count, taken = options.corrections[0], options.taken[0] or settings.base_rows
    rows = hdf5.read_base_counts(path)
    share = (options.base_rows[0] or rows[Split.TRAIN]) / rows[Split.TRAIN]
    # The last base rows stand for corrections; they are not among the base rows in the fit.
    corrections = hdf5.read_rows(path, Split.TRAIN, rows[Split.TRAIN] - count, rows[Split.TRAIN])
    val_start = rows[Split.VAL] - max(1, count // 7)
    val_corrections = hdf5.read_rows(path, Split.VAL, val_start, rows[Split.VAL])
    clock = Clock()
    cache = open_cache(options.cache, champion, "benchmark")
    limits = {Split.TRAIN: taken, Split.VAL: 20_000, Split.TEST: rows[Split.TEST]}
    limits = {split: int(min(limit, rows[split] * share)) for split, limit in limits.items()}
    base = {
        split: (
            load_base_features(cache, path, split, limit),
            hdf5.read_labels(path, split, limit),
        )
        for split, limit in limits.items()
    }
    features, val_features = (
        compute_once(options.cache / f"{len(images)}.npy", champion, images)
        for images in (corrections.images, val_corrections.images)
    )
    clock.lap("features")
    anchor = champion.head
    answers = Answers(features, corrections.labels)
    training_set = build_training_set(base[Split.TRAIN], answers, anchor)
    default = Hyperparameters(settings.answer_weight, settings.anchor_strength)
    validation = Validation(base[Split.VAL], Answers(val_features, val_corrections.labels))
    chosen = choose_hyperparameters(training_set, default, validation)
    clock.lap("fit")
    folds = np.arange(count) % FOLDS
    new = NewAnswers(features, corrections.labels, folds)
    cross_fit(training_set, chosen.hyperparameters, chosen.head, folds, new)
    clock.lap("cross-fitting")
    predicted = predict_both(*base[Split.TEST], anchor, chosen.head)
    clock.lap("both heads on the test split")
    before, after = (
        float(np.mean(probabilities.argmax(1) == predicted.labels))
        for probabilities in (predicted.champion, predicted.challenger)
    )
    return clock.results(
        result=f"; clean {before:.2%} before, {after:.2%} after; {len(chosen.trials)} fits tried"
    )


if __name__ == "__main__":
    main()
