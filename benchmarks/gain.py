"""Compare how much accuracy corrections bring, by this project's fit and by the plain recipe.

Run with `python -m benchmarks.gain --raw FOLDER`.

Accuracy is measured on players held out. Both sides get the same corrections. Ours holds an eighth
of them back to choose its hyperparameters; the plain recipe learns from all. Its convolutions are
frozen, so it is run on their output, which changes only the time it takes.
"""

import argparse
from pathlib import Path
from statistics import mean

import keras
import numpy as np

from benchmarks.gate import NO_METRICS
from benchmarks.players import World, make_world
from pipeline.categories import CATEGORIES
from pipeline.fit.choice import ChosenHead, Validation, choose_hyperparameters
from pipeline.fit.crossfit import FOLDS, LEARNED_BEFORE, cross_fit
from pipeline.fit.plain_finetune import BATCH, COPIES, EPOCHS, LEARNING_RATE
from pipeline.fit.training_set import Hyperparameters, TrainingSet, build_training_set
from pipeline.gate.decide import choose_golden_rows, decide
from pipeline.gate.inputs import GateInputs
from pipeline.model.answers import PairedGuesses, predict_both
from pipeline.model.head import Head
from pipeline.model.keras_config import DROPOUT
from pipeline.records.runs import RunState
from pipeline.setting_groups import FitSettings
from pipeline.settings import Settings

SIZES = (500, 1000, 2500)
TIMES = (1, 2)  # the plain recipe gets so many times the corrections
HELD_BACK = 8  # one in so many corrections is used to choose hyperparameters
ROUNDS, CORRECTIONS_PER_ROUND = 10, 500
DRAWINGS_PER_PLAYER = 25  # consecutive ones

Results = dict[tuple[str, int], list[tuple[float, float]]]
"""By side and number of corrections: accuracies on held-out players and on clean drawings, by seed.
"""


def main() -> None:
    """Measure seed by seed, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="folder with <category>.npy")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument(
        "--mistakes",
        action="store_true",
        help="players correct only the champion's mistakes",
    )
    parser.add_argument("--plot", type=Path, help="an SVG file for the curves")
    options = parser.parse_args()
    results: Results = {}
    for seed in range(options.seeds):
        world = make_world(options.raw, seed)
        corrections = select_corrections(world, options.mistakes)
        measure_sizes(world, corrections, options.sizes, seed, results)
        retrain_repeatedly(world, corrections, seed)
        print_means(results, seed)
    print_comparison(results, options.sizes)
    if options.plot:
        plot(results, options.plot)


def select_corrections(world: World, only_mistakes: bool) -> np.ndarray:
    """Return the indices of the drawings that players correct, in the order of arrival."""
    if not only_mistakes:
        return np.arange(len(world.played.labels))
    champion = world.model.head
    predicted = predict_both(world.played_features, world.played.labels, champion, champion)
    return np.flatnonzero(predicted.champion.argmax(1) != world.played.labels)


def measure_sizes(
    world: World, corrections: np.ndarray, sizes: list[int], seed: int, results: Results
) -> None:
    """Fit both sides to the first corrections, and add their accuracies to the results."""
    champion = world.model.head
    results.setdefault(("champion", 0), []).append(measure(world, champion))
    for size in sizes:
        ours = fit_ours(world, corrections[:size], champion)[1].head
        results.setdefault(("ours", size), []).append(measure(world, ours))
    for size in sorted({size * times for size in sizes for times in TIMES}):
        if size <= len(corrections):
            plain = fit_plain(world, corrections[:size], seed)
            results.setdefault(("plain", size), []).append(measure(world, plain))


def print_means(results: Results, seed: int) -> None:
    """Print the mean accuracies over the seeds so far."""
    print(f"after seed {seed}, players held out and clean drawings, on average:")
    for (side, size), accuracies in sorted(results.items()):
        players, clean = (100 * mean(values) for values in zip(*accuracies, strict=True))
        print(
            f"{side:8} {size:6,} corrections: players {players:.2f}%, clean {clean:.2f}%",
            flush=True,
        )


def print_comparison(results: Results, sizes: list[int]) -> None:
    """Print how far ours is ahead on held-out players: the mean and the worst seed."""
    for size in sizes:
        for times in TIMES:
            if ("plain", size * times) in results:
                pairs = zip(results["ours", size], results["plain", size * times], strict=True)
                ahead = [100 * (ours[0] - plain[0]) for ours, plain in pairs]
                print(
                    f"ours with {size:,} against plain with {size * times:,}:"
                    f" {mean(ahead):+.2f} points ({min(ahead):+.2f} at worst)"
                )


def measure(world: World, head: Head) -> tuple[float, float]:
    """Return the accuracies on held-out players and on clean drawings."""
    players, clean = (
        float(np.mean(predict_both(features, labels, head, head).champion.argmax(1) == labels))
        for features, labels in (world.held_out, world.test)
    )
    return players, clean


def fit_ours(
    world: World, corrections: np.ndarray, champion: Head
) -> tuple[TrainingSet, ChosenHead]:
    """Fit a head as a run does; return it with the training set, which lacks the held-back rows."""
    held_back = np.arange(len(corrections)) % HELD_BACK == 0
    train, val = corrections[~held_back], corrections[held_back]
    labels, features = world.played.labels, world.played_features
    training_set = build_training_set(world.train, (features[train], labels[train]), champion)
    settings = FitSettings()
    default = Hyperparameters(settings.correction_weight, settings.anchor_strength)
    validation = Validation(world.val, (features[val], labels[val]))
    return training_set, choose_hyperparameters(training_set, default, validation)


def fit_plain(world: World, corrections: np.ndarray, seed: int) -> Head:
    """Fit a head by the plain recipe."""
    keras.utils.set_random_seed(seed)
    champion = world.model.head
    features = np.concatenate(
        [world.train[0], *[world.played_features[corrections]] * COPIES]
    ).astype(np.float32)
    labels = np.concatenate([world.train[1], *[world.played.labels[corrections]] * COPIES])
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


def retrain_repeatedly(world: World, corrections: np.ndarray, seed: int) -> None:
    """Retrain ten times, with 500 more corrections each time; the gate decides each time.

    The gate does not see the held-out players that the printed accuracies are measured on.
    """
    champion, learned, worse = world.model.head, 0, 0
    current = measure(world, champion)
    print(
        f"seed {seed}, retrains in a row of {CORRECTIONS_PER_ROUND}:"
        f" players {current[0]:.2%}, clean {current[1]:.2%}",
        end="",
    )
    most = min(ROUNDS * CORRECTIONS_PER_ROUND, len(corrections))
    for count in range(CORRECTIONS_PER_ROUND, most + 1, CORRECTIONS_PER_ROUND):
        head, outcome = retrain(world, corrections[:count], champion, learned)
        fitted = measure(world, head)
        print(f"; {fitted[0]:.2%}, {fitted[1]:.2%} {outcome}", end="", flush=True)
        if outcome is RunState.PROMOTED:
            worse += fitted[0] < current[0]
            champion, learned, current = head, count, fitted
    print(f"; promoted though worse on players held out: {worse}")


def retrain(
    world: World, corrections: np.ndarray, champion: Head, learned: int
) -> tuple[Head, RunState]:
    """Fit a challenger; return it and the gate's outcome.

    Args:
        world: the drawings and the baseline.
        corrections: the indices of the corrections.
        champion: the head to beat.
        learned: how many of the first corrections the champion has learned from.
    """
    training_set, chosen = fit_ours(world, corrections, champion)
    numbers = np.arange(len(corrections))
    train = numbers % HELD_BACK != 0
    players, is_new = (numbers // DRAWINGS_PER_PLAYER)[train], (numbers >= learned)[train]
    folds = np.where(is_new, players % FOLDS, LEARNED_BEFORE)
    predicted = cross_fit(training_set, chosen.hyperparameters, chosen.head, folds)
    clean = predict_both(*world.test, champion, chosen.head)
    baseline = predict_both(*world.test, world.model.head, chosen.head)
    golden = baseline.select(choose_golden_rows(baseline.champion, baseline.labels))
    inputs = GateInputs(
        clean=PairedGuesses.from_probabilities(*clean),
        cross_fitted=PairedGuesses.from_probabilities(*predicted, players[is_new].astype(np.str_)),
        golden=PairedGuesses.from_probabilities(*golden),
        since_baseline=PairedGuesses.from_probabilities(*baseline),
    )
    return chosen.head, decide(
        inputs, Settings(_env_file=None).gate, NO_METRICS, CATEGORIES
    ).outcome


def plot(results: Results, path: Path) -> None:
    """Plot accuracy against corrections: mean, lowest and highest seed of both sides."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(9, 3.5), constrained_layout=True)
    titles = ("players held out", "clean drawings")
    for part, (axes, title) in enumerate(zip(panels, titles, strict=True)):
        for side in ("ours", "plain"):
            sizes = [0, *sorted(size for name, size in results if name == side)]
            by_size = [
                [
                    100 * accuracies[part]
                    for accuracies in results[(side, size) if size else ("champion", 0)]
                ]
                for size in sizes
            ]
            means = [mean(values) for values in by_size]
            spread = [
                [middle - min(values) for middle, values in zip(means, by_size, strict=True)],
                [max(values) - middle for middle, values in zip(means, by_size, strict=True)],
            ]
            axes.errorbar(sizes, means, spread, label=side, marker="o", capsize=3)
        axes.set(title=title, xlabel="corrections", ylabel="right guesses, %")
        axes.legend()
    figure.savefig(path)


if __name__ == "__main__":
    main()
