"""Compare the gain from corrections with that of the plain recipe, on held-out players.

    python -m benchmarks.gain --raw FOLDER

Both sides get the same corrections with the same drawings. Ours holds an eighth of them back to
choose its hyperparameters; the plain recipe learns from all. Its convolutions are frozen, so it is
trained on their output; only the time differs.
"""

import argparse
from pathlib import Path
from statistics import mean

import keras
import numpy as np

from benchmarks.gate import FIGURES
from benchmarks.players import World, make_world
from pipeline.fit.choice import ChosenHead, Validation, choose_hyperparameters
from pipeline.fit.crossfit import FOLDS, LEARNED_BEFORE, ConfirmationRows, cross_fit
from pipeline.fit.plain_finetune import BATCH, EPOCHS, LEARNING_RATE, REPEATED
from pipeline.fit.training_set import Hyperparameters, TrainingSet, build_training_set
from pipeline.gate.decide import choose_golden_rows, decide
from pipeline.gate.inputs import GateInputs
from pipeline.model.answers import PairedGuesses, predict_both
from pipeline.model.cnn import DROPOUT
from pipeline.model.head import Head
from pipeline.records.runs import RunState
from pipeline.setting_groups import FitSettings
from pipeline.settings import Settings

SIZES = (500, 1000, 2500)
FACTORS = (1, 2)
"""How many times as many corrections the plain recipe gets."""
HELD_BACK = 8
"""Ours holds one in so many corrections back, to choose the hyperparameters by."""
ROUNDS, ROUND_SIZE = 10, 500
DRAWINGS = 25
"""Successive drawings that come from one player."""


def main() -> None:
    """Measure seed by seed and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="folder with <category>.npy")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument(
        "--mistakes",
        action="store_true",
        help="players correct only what the champion gets wrong",
    )
    parser.add_argument("--plot", type=Path, help="an SVG file for the curves")
    options = parser.parse_args()
    results: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for seed in range(options.seeds):
        world = make_world(options.raw, seed)
        order = order_corrections(world, options.mistakes)
        results.setdefault(("champion", 0), []).append(accuracies(world, world.model.head))
        for size in options.sizes:
            results.setdefault(("ours", size), []).append(
                accuracies(world, fit_ours(world, order[:size], world.model.head))
            )
        for size in sorted({size * factor for size in options.sizes for factor in FACTORS}):
            if size <= len(order):
                results.setdefault(("plain", size), []).append(
                    accuracies(world, fit_plain(world, order[:size], seed))
                )
        retrain_in_a_row(world, order, seed)
        print(f"after seed {seed}, players held out and clean drawings, on average:")
        for (side, size), pairs in sorted(results.items()):
            players, clean = (100 * mean(part) for part in zip(*pairs, strict=True))
            print(
                f"{side:8} {size:6,} corrections: players {players:.2f}%, clean {clean:.2f}%",
                flush=True,
            )
    for size in options.sizes:
        for factor in FACTORS:
            if ("plain", size * factor) in results:
                sides = zip(results["ours", size], results["plain", size * factor], strict=True)
                gains = [100 * (ours[0] - plain[0]) for ours, plain in sides]
                worst = f"{min(gains):+.2f} at worst"
                print(
                    f"ours with {size:,} against plain with {size * factor:,}: "
                    f"{mean(gains):+.2f} points ({worst})"
                )
    if options.plot:
        plot(results, options.plot)


def order_corrections(world: World, mistakes: bool) -> np.ndarray:
    """Return the positions of the corrections among the played rows, in order of arrival."""
    if not mistakes:
        return np.arange(len(world.played.labels))
    champion = world.model.head
    guesses = predict_both(world.played_features, world.played.labels, champion, champion).champion
    return np.flatnonzero(guesses.argmax(1) != world.played.labels)


def accuracies(world: World, head: Head) -> tuple[float, float]:
    """Return the accuracies on held-out players and on clean drawings."""
    shares = []
    for features, labels in (world.held_out, world.test):
        guesses = predict_both(features, labels, head, head).champion.argmax(1)
        shares.append(float(np.mean(guesses == labels)))
    return shares[0], shares[1]


def fit_ours(world: World, chosen: np.ndarray, champion: Head) -> Head:
    """Fit a head as a run does."""
    return choose_head(world, chosen, champion)[1].head


def choose_head(world: World, chosen: np.ndarray, champion: Head) -> tuple[TrainingSet, ChosenHead]:
    """Return the training set, without the held-back corrections, and the chosen head."""
    back = np.arange(len(chosen)) % HELD_BACK == 0
    learned, judged = chosen[~back], chosen[back]
    labels, features = world.played.labels, world.played_features
    lesson = build_training_set(world.train, (features[learned], labels[learned]), champion)
    defaults = FitSettings()
    usual = Hyperparameters(defaults.correction_weight, defaults.anchor_strength)
    return lesson, choose_hyperparameters(
        lesson, usual, Validation(world.val, (features[judged], labels[judged]))
    )


def fit_plain(world: World, chosen: np.ndarray, seed: int) -> Head:
    """Fit a head as the plain recipe does."""
    keras.utils.set_random_seed(seed)
    champion = world.model.head
    features = np.concatenate([world.train[0], *[world.played_features[chosen]] * REPEATED]).astype(
        np.float32
    )
    labels = np.concatenate([world.train[1], *[world.played.labels[chosen]] * REPEATED])
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


def retrain_in_a_row(world: World, order: np.ndarray, seed: int) -> None:
    """Retrain ten times, each with 500 more corrections and a decision of the gate, and print.

    The gate does not see the held-out players.
    """
    champion, learned, worse = world.model.head, 0, 0
    before = accuracies(world, champion)
    print(
        f"seed {seed}, retrains in a row of {ROUND_SIZE}: "
        f"players {before[0]:.2%}, clean {before[1]:.2%}",
        end="",
    )
    for count in range(ROUND_SIZE, min(ROUNDS * ROUND_SIZE, len(order)) + 1, ROUND_SIZE):
        head, decision = retrain(world, order[:count], champion, learned)
        after = accuracies(world, head)
        print(f"; {after[0]:.2%}, {after[1]:.2%} {decision}", end="", flush=True)
        if decision is RunState.PROMOTED:
            worse += after[0] < before[0]
            champion, learned, before = head, count, after
    print(f"; promoted though worse on players held out: {worse}")


def retrain(
    world: World, chosen: np.ndarray, champion: Head, learned: int
) -> tuple[Head, RunState]:
    """Fit a challenger and return it with the gate's decision.

    `learned` is the number of corrections that the champion has learned from.
    """
    lesson, found = choose_head(world, chosen, champion)
    back = np.arange(len(chosen)) % HELD_BACK == 0
    players = (np.arange(len(chosen)) // DRAWINGS)[~back]
    new = (np.arange(len(chosen)) >= learned)[~back]
    folds = np.where(new, players % FOLDS, LEARNED_BEFORE)
    no_confirmations = ConfirmationRows(
        world.played_features[:0], world.played.labels[:0], np.empty(0, np.int64)
    )
    crossed = cross_fit(
        lesson, found.course, found.head, folds, beside=no_confirmations
    ).corrections.rows(new)
    clean = predict_both(*world.test, champion, found.head)
    first = predict_both(*world.test, world.model.head, found.head)
    evidence = GateInputs(
        base=PairedGuesses.of(*clean),
        crossed=PairedGuesses.of(*crossed, players[new].astype(np.str_)),
        golden=PairedGuesses.of(*first.rows(choose_golden_rows(first.champion, first.labels))),
        first=PairedGuesses.of(*first),
    )
    return found.head, decide(evidence, Settings(_env_file=None).gate, FIGURES).outcome


def plot(results: dict[tuple[str, int], list[tuple[float, float]]], path: Path) -> None:
    """Plot accuracy against corrections, both sides, for players and for clean drawings.

    The whiskers go from the lowest seed to the highest.
    """
    import matplotlib.pyplot as plt

    figure, both = plt.subplots(1, 2, figsize=(9, 3.5), constrained_layout=True)
    for index, (axes, title) in enumerate(
        zip(both, ("players held out", "clean drawings"), strict=True)
    ):
        for side in ("ours", "plain"):
            sizes = [0, *sorted(size for name, size in results if name == side)]
            by_size = [
                [100 * pair[index] for pair in results[(side, size) if size else ("champion", 0)]]
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
