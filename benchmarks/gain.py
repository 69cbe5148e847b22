"""Compare how much accuracy players' answers bring, by this project's fit and by the plain recipe.

Run with `python -m benchmarks.gain --raw FOLDER`.

Accuracy is measured on players held out, in worlds with and without a shift of what players draw.
Both sides get the same answers. Ours holds an eighth of them back to choose its hyperparameters;
the plain recipe learns from all of them, or from the corrections among them, whichever is better.
Its convolutions are frozen, so it is run on their output, which changes only the time it takes.
"""

import argparse
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from benchmarks.answer_streams import Sending, Stream, send
from benchmarks.players import World, make_world
from pipeline.fit.choice import ChosenHead, Validation, choose_hyperparameters
from pipeline.fit.plain_finetune import BATCH, COPIES, EPOCHS, LEARNING_RATE
from pipeline.fit.training_set import Hyperparameters, TrainingSet, build_training_set
from pipeline.model.answers import predict_both
from pipeline.model.head import Head
from pipeline.model.keras_config import DROPOUT
from pipeline.version_settings import FitSettings

SIZES = (500, 1000, 2500)
TIMES = (1, 2, 3)  # the plain recipe gets so many times the answers
HELD_BACK = 8  # one in so many answers is used to choose hyperparameters
OURS, PLAIN, PLAIN_CORRECTIONS = "ours", "plain", "plain, corrections alone"


class Case(NamedTuple):
    """What was measured: in which worlds, with which answers, by which side, with how many."""

    shifted: bool
    sending: Sending
    side: str
    answers: int


Results = dict[Case, list[tuple[float, float]]]
"""Points gained over the champion on held-out players and on clean drawings, seed by seed."""


def main() -> None:
    """Measure world by world, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="folder with <category>.npy")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--plot", type=Path, help="an SVG file for the curves")
    options = parser.parse_args()
    results: Results = defaultdict(list)
    for seed in range(options.seeds):
        for shifted in (False, True):
            world = make_world(options.raw, seed, shifted=shifted)
            measure_world(world, seed, shifted, options.sizes, results)
    print_results(results)
    print_comparison(results, options.sizes)
    if options.plot:
        plot(results, options.plot)


def measure_world(
    world: World, seed: int, shifted: bool, sizes: list[int], results: Results
) -> None:
    """Fit both sides to the first answers of each stream, and add what they gain to the results."""
    before = measure(world, world.model.head)
    print(
        f"seed {seed}, {describe(shifted)}: champion {before[0]:.2%} of players' drawings,"
        f" {before[1]:.2%} of clean ones",
        flush=True,
    )
    for sending in Sending:
        stream = send(world, sending, np.random.default_rng([seed, shifted]))
        numbers = {OURS: sizes, PLAIN: sorted({size * times for size in sizes for times in TIMES})}
        for side, counts in numbers.items():
            for count in counts:
                if count > len(stream.drawings):
                    continue
                for name, head in fit_side(world, stream.first(count), side, seed).items():
                    after = measure(world, head)
                    gain = (100 * (after[0] - before[0]), 100 * (after[1] - before[1]))
                    case = Case(shifted, sending, name, count)
                    results[case].append(gain)
                    print(f"{case}: {gain[0]:+.2f}, clean {gain[1]:+.2f}", flush=True)


def describe(shifted: bool) -> str:
    """Return what a world is called."""
    return "shifted" if shifted else "unshifted"


def fit_side(world: World, stream: Stream, side: str, seed: int) -> dict[str, Head]:
    """Return the heads of a side by name; the plain recipe has two of them."""
    if side == OURS:
        return {OURS: fit_ours(world, stream)[1].head}
    corrections = stream.select(~stream.rows.confirmed)
    return {
        PLAIN: fit_plain(world, stream.drawings, seed),
        PLAIN_CORRECTIONS: fit_plain(world, corrections.drawings, seed),
    }


def fit_ours(world: World, stream: Stream) -> tuple[TrainingSet, ChosenHead]:
    """Fit a head as a run does; return it with the training set, which lacks the held-back rows."""
    held_back = np.arange(len(stream.drawings)) % HELD_BACK == 0
    train, val = (stream.select(rows).with_features(world) for rows in (~held_back, held_back))
    training_set = build_training_set(world.train, train, world.model.head)
    settings = FitSettings()
    default = Hyperparameters(settings.answer_weight, settings.anchor_strength)
    return training_set, choose_hyperparameters(training_set, default, Validation(world.val, val))


def fit_plain(world: World, drawings: np.ndarray, seed: int) -> Head:
    """Fit a head by the plain recipe to the base and to these played drawings."""
    keras.utils.set_random_seed(seed)
    champion = world.model.head
    features = np.concatenate([world.train[0], *[world.played_features[drawings]] * COPIES]).astype(
        np.float32
    )
    labels = np.concatenate([world.train[1], *[world.played.labels[drawings]] * COPIES])
    layers = keras.layers
    head = keras.Sequential(
        [
            layers.Input((features.shape[1],)),
            layers.Dropout(DROPOUT),
            layers.Dense(len(champion.bias), activation="softmax"),
        ]
    )
    head.layers[-1].set_weights(list(champion))
    head.compile(keras.optimizers.Adam(LEARNING_RATE), "sparse_categorical_crossentropy")
    head.fit(features, labels, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    return Head(*head.layers[-1].get_weights())


def measure(world: World, head: Head) -> tuple[float, float]:
    """Return the accuracies on held-out players and on clean drawings."""
    players, clean = (
        float(np.mean(predict_both(features, labels, head, head).champion.argmax(1) == labels))
        for features, labels in (world.held_out, world.test)
    )
    return players, clean


def print_results(results: Results) -> None:
    """Print what each case gains on average over the seeds, with standard errors."""
    for case, gains in results.items():
        players, clean = (say_mean(values) for values in zip(*gains, strict=True))
        print(
            f"{describe(case.shifted):9} {case.sending:13} {case.answers:6,} {case.side:24}"
            f" players {players}, clean {clean}"
        )


def print_comparison(results: Results, sizes: list[int]) -> None:
    """Print how far ours is ahead of the better kind of plain recipe with more answers."""
    for shifted in (False, True):
        for sending in Sending:
            for size in sizes:
                for times in TIMES:
                    ours = results.get(Case(shifted, sending, OURS, size))
                    plain = [
                        results[case]
                        for side in (PLAIN, PLAIN_CORRECTIONS)
                        if (case := Case(shifted, sending, side, size * times)) in results
                    ]
                    if ours and plain:
                        best = max(plain, key=lambda gains: np.mean(gains, axis=0)[0])
                        ahead = [a[0] - b[0] for a, b in zip(ours, best, strict=True)]
                        print(
                            f"{describe(shifted)}, {sending}: ours with {size:,} against plain"
                            f" with {size * times:,}: {say_mean(ahead)} points ahead"
                        )


def say_mean(values: "tuple[float, ...] | list[float]") -> str:
    """Return the mean with its standard error."""
    error = np.std(values, ddof=1) / len(values) ** 0.5 if len(values) > 1 else np.nan
    return f"{np.mean(values):+.2f} +- {error:.2f}"


def plot(results: Results, path: Path) -> None:
    """Plot what players' drawings gain against answers, for the unasked stream."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(9, 3.5), sharey=True, constrained_layout=True)
    for shifted, axes in zip((False, True), panels, strict=True):
        for side in (OURS, PLAIN, PLAIN_CORRECTIONS):
            cases = [case for case in results if case[:3] == (shifted, Sending.UNASKED, side)]
            gains = [[gain for gain, _ in results[case]] for case in cases]
            axes.errorbar(
                [0, *(case.answers for case in cases)],
                [0, *(np.mean(values) for values in gains)],
                [0, *(np.std(values) / len(values) ** 0.5 for values in gains)],
                label=side,
                marker="o",
                capsize=3,
            )
        axes.set(title=f"players held out, {describe(shifted)}", xlabel="answers")
        axes.legend()
    panels[0].set(ylabel="points gained")
    figure.savefig(path)


if __name__ == "__main__":
    main()
