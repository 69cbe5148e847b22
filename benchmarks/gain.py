"""What a correction is worth, against the plain recipe, on players held out. Run with `python -m benchmarks.gain --raw FOLDER`.

Both sides get the same corrections as the same drawings. Ours holds an eighth of them back to choose its course; the plain
recipe learns from all. Its convolutions are frozen, so it is run on their output, which changes nothing but the time.
"""

import argparse
from pathlib import Path
from statistics import mean

import keras
import numpy as np

from benchmarks.gate import FIGURES
from benchmarks.players import World, world_of
from pipeline.fit.choice import ChosenHead, Validation, choose_hyperparameters
from pipeline.fit.crossfit import FOLDS, LEARNED_BEFORE, ConfirmationRows, cross_fit
from pipeline.fit.lesson import Hyperparameters, TrainingSet, build_training_set
from pipeline.fit.plain_finetune import BATCH, EPOCHS, LEARNING_RATE, REPEATED
from pipeline.gate.decide import choose_golden_rows, decide
from pipeline.gate.evidence import GateInputs
from pipeline.model.answers import PairedGuesses, predict_both
from pipeline.model.cnn import DROPOUT
from pipeline.model.head import Head
from pipeline.records.runs import RunState
from pipeline.settings import FitSettings, Settings

SIZES = (500, 1000, 2500)
TIMES = (1, 2)  # as many corrections for the plain recipe
HELD_BACK = 8  # ours chooses by one in so many
ROUNDS, A_ROUND = 10, 500
DRAWINGS = 25  # of a player, in a row


def main() -> None:
    """Measures seed by seed and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="folder with <category>.npy")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument(
        "--mistakes",
        action="store_true",
        help="players correct nothing but what the champion gets wrong",
    )
    parser.add_argument("--plot", type=Path, help="an SVG file for the curves")
    options = parser.parse_args()
    found: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for seed in range(options.seeds):
        world = world_of(options.raw, seed)
        order = corrections_of(world, options.mistakes)
        found.setdefault(("champion", 0), []).append(accuracies(world, world.model.head))
        for size in options.sizes:
            found.setdefault(("ours", size), []).append(
                accuracies(world, ours(world, order[:size], world.model.head))
            )
        for size in sorted({size * times for size in options.sizes for times in TIMES}):
            if size <= len(order):
                found.setdefault(("plain", size), []).append(
                    accuracies(world, plain(world, order[:size], seed))
                )
        in_a_row(world, order, seed)
        print(f"after seed {seed}, players held out and clean drawings, on average:")
        for (side, size), each in sorted(found.items()):
            players, clean = (100 * mean(part) for part in zip(*each, strict=True))
            print(
                f"{side:8} {size:6,} corrections: players {players:.2f}%, clean {clean:.2f}%",
                flush=True,
            )
    for size in options.sizes:
        for times in TIMES:
            if ("plain", size * times) in found:
                pairs = zip(found["ours", size], found["plain", size * times], strict=True)
                ahead = [100 * (mine[0] - theirs[0]) for mine, theirs in pairs]
                worst = f"{min(ahead):+.2f} at worst"
                print(
                    f"ours with {size:,} against plain with {size * times:,}: {mean(ahead):+.2f} points ({worst})"
                )
    if options.plot:
        plot(found, options.plot)


def corrections_of(world: World, mistakes: bool) -> np.ndarray:
    """Positions among what was played, in the order in which they come in."""
    if not mistakes:
        return np.arange(len(world.played.labels))
    champion = world.model.head
    said = predict_both(world.played_features, world.played.labels, champion, champion).champion
    return np.flatnonzero(said.argmax(1) != world.played.labels)


def accuracies(world: World, head: Head) -> tuple[float, float]:
    """Of players held out, and of clean drawings."""
    each = []
    for features, labels in (world.held_out, world.test):
        each.append(
            float(np.mean(predict_both(features, labels, head, head).champion.argmax(1) == labels))
        )
    return each[0], each[1]


def ours(world: World, chosen: np.ndarray, champion: Head) -> Head:
    """As a run fits it."""
    return solved(world, chosen, champion)[1].head


def solved(world: World, chosen: np.ndarray, champion: Head) -> tuple[TrainingSet, ChosenHead]:
    """The lesson of those corrections that are not held back, and the head that is chosen."""
    back = np.arange(len(chosen)) % HELD_BACK == 0
    learned, judged = chosen[~back], chosen[back]
    labels, features = world.played.labels, world.played_features
    lesson = build_training_set(world.train, (features[learned], labels[learned]), champion)
    defaults = FitSettings()
    usual = Hyperparameters(defaults.correction_weight, defaults.anchor_strength)
    return lesson, choose_hyperparameters(
        lesson, usual, Validation(world.val, (features[judged], labels[judged]))
    )


def plain(world: World, chosen: np.ndarray, seed: int) -> Head:
    """As the plain recipe fits it."""
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


def in_a_row(world: World, order: np.ndarray, seed: int) -> None:
    """Ten retrains in a row, each with 500 corrections more, judged by the gate; players held out are unknown to it."""
    champion, learned, worse = world.model.head, 0, 0
    at = accuracies(world, champion)
    print(
        f"seed {seed}, retrains in a row of {A_ROUND}: players {at[0]:.2%}, clean {at[1]:.2%}",
        end="",
    )
    for many in range(A_ROUND, min(ROUNDS * A_ROUND, len(order)) + 1, A_ROUND):
        head, decision = retrained(world, order[:many], champion, learned)
        fitted = accuracies(world, head)
        print(f"; {fitted[0]:.2%}, {fitted[1]:.2%} {decision}", end="", flush=True)
        if decision is RunState.PROMOTED:
            worse += fitted[0] < at[0]
            champion, learned, at = head, many, fitted
    print(f"; promoted though worse on players held out: {worse}")


def retrained(
    world: World, chosen: np.ndarray, champion: Head, learned: int
) -> tuple[Head, RunState]:
    """A challenger, and what the gate says of it. `learned`: how many corrections the champion has learned from."""
    lesson, found = solved(world, chosen, champion)
    back = np.arange(len(chosen)) % HELD_BACK == 0
    players = (np.arange(len(chosen)) // DRAWINGS)[~back]
    new = (np.arange(len(chosen)) >= learned)[~back]
    folds = np.where(new, players % FOLDS, LEARNED_BEFORE)
    nobody = ConfirmationRows(
        world.played_features[:0], world.played.labels[:0], np.empty(0, np.int64)
    )
    crossed = cross_fit(lesson, found.course, found.head, folds, beside=nobody).corrections.rows(
        new
    )
    clean = predict_both(*world.test, champion, found.head)
    first = predict_both(*world.test, world.model.head, found.head)
    evidence = GateInputs(
        base=PairedGuesses.of(*clean),
        crossed=PairedGuesses.of(*crossed, players[new].astype(np.str_)),
        golden=PairedGuesses.of(*first.rows(choose_golden_rows(first.champion, first.labels))),
        first=PairedGuesses.of(*first),
    )
    return found.head, decide(evidence, Settings(_env_file=None).gate, FIGURES).outcome


def plot(found: dict[tuple[str, int], list[tuple[float, float]]], path: Path) -> None:
    """Accuracy against corrections, both sides, players and clean drawings; whiskers from the lowest seed to the highest."""
    import matplotlib.pyplot as plt

    figure, both = plt.subplots(1, 2, figsize=(9, 3.5), constrained_layout=True)
    for which, (axes, title) in enumerate(
        zip(both, ("players held out", "clean drawings"), strict=True)
    ):
        for side in ("ours", "plain"):
            sizes = [0, *sorted(size for name, size in found if name == side)]
            each = [
                [100 * pair[which] for pair in found[(side, size) if size else ("champion", 0)]]
                for size in sizes
            ]
            middle = [mean(values) for values in each]
            spread = [
                [m - min(v) for m, v in zip(middle, each, strict=True)],
                [max(v) - m for m, v in zip(middle, each, strict=True)],
            ]
            axes.errorbar(sizes, middle, spread, label=side, marker="o", capsize=3)
        axes.set(title=title, xlabel="corrections", ylabel="right guesses, %")
        axes.legend()
    figure.savefig(path)


if __name__ == "__main__":
    main()
