"""How long a fit takes, against the plain recipe, and in what memory. Run with `python -m benchmarks.retrain --dataset FILE`.

Each side runs in a process of its own. The plain recipe loads the train split as float32, as it is usually written; unless
`--whole` is given, a part of its first epoch is measured, and five epochs are counted from that.
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
USUAL = 500


def main() -> None:
    """Measures and prints; with `--only`, one side, as JSON."""
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
        print(json.dumps(by_plain(options) if options.only == "plain" else by_ours(options)))
        return
    with tempfile.TemporaryDirectory() as folder:
        tell("plain", plain := in_a_process("plain", sys.argv[1:], folder))
        report(plain, [in_a_process("ours", sys.argv[1:], folder, USUAL) for _ in range(2)])
        by_corrections = {
            count: in_a_process("ours", sys.argv[1:], folder, count)
            for count in options.corrections
        }
        # Twice, as the first computes the features of so many rows.
        by_base = {
            rows: [in_a_process("ours", sys.argv[1:], folder, rows=rows) for _ in range(2)][-1]
            for rows in options.base_rows
        }
        for said, figures in (("corrections", by_corrections), ("base rows", by_base)):
            for many, found in figures.items():
                tell(f"{many:,} {said}", found)
        if options.plot:
            plot(by_corrections, by_base, options.plot)
        for taken in options.taken:
            tell(
                f"{taken:,} base rows in the fit",
                in_a_process("ours", sys.argv[1:], folder, taken=taken),
            )


def in_a_process(
    side: str,
    given: list[str],
    folder: str,
    corrections: int = USUAL,
    *,
    rows: int = 0,
    taken: int = 0,
) -> dict[str, Any]:
    """What one side measured; without `rows`, on the whole data set."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.retrain",
        *given,
        "--only",
        side,
        "--cache",
        folder,
    ]
    command += ["--corrections", str(corrections), "--base-rows", str(rows), "--taken", str(taken)]
    found: dict[str, Any] = json.loads(
        subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.splitlines()[-1]
    )
    return found


def report(plain: dict[str, Any], ours: list[dict[str, Any]]) -> None:
    """Plain against ours, features first computed and then at hand."""
    counted = "" if plain["whole"] else " (counted from a part)"
    wall, processor = (sum(step[at] for step in plain["steps"].values()) for at in (0, 1))
    print(f"plain in all {wall:.0f} s, {processor:.0f} s of processor{counted}")
    for said, found in zip(("features computed first", "features at hand"), ours, strict=True):
        tell(said, found)
        fit = [found["steps"][name] for name in ("features", "fit")]
        print(
            f"{said}: {wall / sum(s[0] for s in fit):.0f} times faster, by processor {processor / sum(s[1] for s in fit):.0f}"
        )


def tell(said: str, found: dict[str, Any]) -> None:
    """One line: steps, memory, and what came of it."""
    steps = ", ".join(
        f"{name} {wall:.1f} s ({processor:.1f})"
        for name, (wall, processor) in found["steps"].items()
    )
    print(f"{said}: {steps}; {found['peak']:.2f} GB at most{found.get('result', '')}", flush=True)


def plot(
    by_corrections: dict[int, dict[str, Any]], by_base: dict[int, dict[str, Any]], path: Path
) -> None:
    """Seconds of each step against corrections, and against rows of the base."""
    import matplotlib.pyplot as plt

    figure, both = plt.subplots(1, 2, figsize=(9, 3.5), sharey=True, constrained_layout=True)
    for axes, figures, said in (
        (both[0], by_corrections, "corrections"),
        (both[1], by_base, "base rows"),
    ):
        many = list(figures)
        steps = list(figures[many[0]]["steps"])
        axes.stackplot(
            many,
            [[figures[each]["steps"][step][0] for each in many] for step in steps],
            labels=steps,
        )
        axes.set(xlabel=said, xscale="log")
    both[0].set(ylabel="seconds, features of the base at hand")
    both[0].legend(loc="upper left")
    figure.savefig(path)


class Clock:
    """Wall and processor seconds of steps."""

    def __init__(self) -> None:
        self.steps: dict[str, tuple[float, float]] = {}
        self._since = time.monotonic(), time.process_time()

    def lap(self, name: str) -> None:
        """What was done since the last lap."""
        now = time.monotonic(), time.process_time()
        self.steps[name] = now[0] - self._since[0], now[1] - self._since[1]
        self._since = now

    def found(self, **more: Any) -> dict[str, Any]:
        """With the peak of memory in GB."""
        return {
            "steps": self.steps,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
            **more,
        }


def champion_of(options: argparse.Namespace) -> bytes:
    """The file of the model that is fine-tuned."""
    if options.model is None:
        import keras

        from pipeline.model.cnn import build_model, dump_model

        keras.utils.set_random_seed(0)
        return dump_model(build_model())
    data: bytes = options.model.read_bytes()
    return data


def by_plain(options: argparse.Namespace) -> dict[str, Any]:
    """Loading, preparing, five epochs."""
    import hashlib

    import h5py
    import keras

    from pipeline.model.cnn import load_model

    data = champion_of(options)
    champion, clock = load_model(data, hashlib.sha256(data).hexdigest()), Clock()
    with h5py.File(options.dataset) as file:
        images, labels = file["X_train"][:], file["y_train"][:]
        played, corrected = file["X_test"][:USUAL], file["y_test"][:USUAL]
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
        return clock.found(whole=True)
    for step in range(WARM_UP + MEASURED_STEPS):
        if step == WARM_UP:
            clock.lap("warming up")
        rows = order[step * BATCH % len(labels) :][:BATCH]
        champion.train_on_batch(images[rows], labels[rows])
    clock.lap("train")
    del clock.steps["warming up"]
    clock.steps["train"] = tuple(
        each * EPOCHS * steps / MEASURED_STEPS for each in clock.steps["train"]
    )  # type: ignore[assignment]
    return clock.found(whole=False)


def by_ours(options: argparse.Namespace) -> dict[str, Any]:
    """Features, the fit with its choice, cross-fitting, both heads on the test split."""

    from pipeline.dataset import hdf5
    from pipeline.fit.choice import Validation, choose_hyperparameters
    from pipeline.fit.crossfit import FOLDS, ConfirmationRows, cross_fit
    from pipeline.fit.feature_cache import base_features, correction_features, open_cache
    from pipeline.fit.lesson import Hyperparameters, build_training_set
    from pipeline.model.answers import predict_both
    from pipeline.model.file import read_predictor
    from pipeline.settings import FitSettings

    data = champion_of(options)
    champion, defaults, path = (
        read_predictor(data),
        FitSettings(),
        options.dataset,
    )
    count, taken = options.corrections[0], options.taken[0] or defaults.base_rows
    rows = hdf5.read_base_counts(path)
    share = (options.base_rows[0] or rows[Split.TRAIN]) / rows[Split.TRAIN]
    drawn = hdf5.read_rows(
        path, Split.TRAIN, rows[Split.TRAIN] - count, rows[Split.TRAIN]
    )  # none of those in the fit
    held = hdf5.read_rows(path, Split.VAL, rows[Split.VAL] - max(1, count // 7), rows[Split.VAL])
    clock = Clock()
    cache = open_cache(options.cache, champion, "benchmark")
    most = {Split.TRAIN: taken, Split.VAL: 20_000, Split.TEST: rows[Split.TEST]}
    most = {split: int(min(most[split], rows[split] * share)) for split in most}
    base = {split: base_features(cache, path, split, many) for split, many in most.items()}
    labels = {split: hdf5.read_labels(path, split, many) for split, many in most.items()}
    shown = correction_features(cache, Split.TRAIN, drawn.images)
    judged = correction_features(cache, Split.VAL, held.images), held.labels
    clock.lap("features")
    anchor = champion.head
    lesson = build_training_set(
        (base[Split.TRAIN], labels[Split.TRAIN]), (shown, drawn.labels), anchor
    )
    usual = Hyperparameters(defaults.correction_weight, defaults.anchor_strength)
    chosen = choose_hyperparameters(
        lesson, usual, Validation((base[Split.VAL], labels[Split.VAL]), judged)
    )
    clock.lap("fit")
    beside = ConfirmationRows(shown[:0], drawn.labels[:0], np.empty(0, np.int64))
    cross_fit(lesson, chosen.course, chosen.head, np.arange(count) % FOLDS, beside=beside)
    clock.lap("cross-fitting")
    said = predict_both(base[Split.TEST], labels[Split.TEST], anchor, chosen.head)
    clock.lap("both heads on the test split")
    right = [
        float(np.mean(each.argmax(1) == said.labels)) for each in (said.champion, said.challenger)
    ]
    return clock.found(
        result=f"; clean {right[0]:.2%} before, {right[1]:.2%} after; {len(chosen.trials)} courses tried"
    )


if __name__ == "__main__":
    main()
