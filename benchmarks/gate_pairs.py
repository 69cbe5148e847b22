"""Make real pairs of champion and challenger, of many kinds, for the benchmark of the gate.

Run with `python -m benchmarks.gate_pairs --raw FOLDER --out FOLDER`.

Each world (see `benchmarks.players`) gets some forty heads on one backbone: fitted to few or many
answers, to corrections alone, by the plain recipe, without or with too much of a pull to the
champion, to answers of which some players swapped the labels of a class, with a class ruined, or
with noise. A file holds each head's guesses of the players who are held out and of clean drawings.
Of these guesses the benchmark draws what players send, as often as it likes, and knows what is
true of all of them.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.players import World, make_world
from pipeline.categories import CATEGORIES
from pipeline.fit.dropout import dropout_curvature
from pipeline.fit.solver import fit_head
from pipeline.fit.training_set import DROPOUT_STRENGTH
from pipeline.model.answers import predict_both
from pipeline.model.head import Head
from pipeline.npz import dump_arrays
from pipeline.versions.asking import calibrate, should_ask

CORRECTED, CONFIRMED = 0.3, 0.1
"""The shares of wrong and of right guesses that players answer without being asked."""
DRAWINGS_PER_PLAYER = 25
WEIGHT, STRENGTH = 5.0, 5e-4  # the defaults of a fit
ANSWERS = (100, 300, 500, 1000, 1500)
LABELLED = (2500, 5000, 13_000)  # drawings of which all are answered
# Classes of which there are many drawings here, at least a thirtieth of all.
POISONED_CLASSES = ((3, 7), (5, 14))
RUINED_CLASSES = (11, 19)
POISONED_PLAYERS = (0.1, 0.2, 0.3)
BASE_ROWS = 20_000
NO_POISON = (255, 255, 0.0)


class Fitting(NamedTuple):
    """The world of a fit, its base rows as float32, and the cost of dropout on them."""

    world: World
    features: NDArray[np.float32]
    labels: NDArray[np.uint8]
    curvature: NDArray[np.float32]


class MadeHead(NamedTuple):
    """A head and how it was made.

    poison: the class whose labels were swapped, the one they became, and the share of players who
        did so.
    """

    kind: str
    head: Head
    poison: tuple[int, int, float] = NO_POISON


def main() -> None:
    """Make the worlds and write a file for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="folder with <category>.npy")
    parser.add_argument("--out", type=Path, required=True, help="folder for the files")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for seed in range(options.seeds):
        for shifted in (False, True):
            world = make_world(options.raw, seed, shifted=shifted)
            path = options.out / f"pairs_{seed}_{'shifted' if shifted else 'unshifted'}.npz"
            path.write_bytes(dump_pairs(world, make_heads(world, seed)))
            print(f"{path}: {path.stat().st_size:,} bytes", flush=True)


def make_heads(world: World, seed: int) -> list[MadeHead]:
    """Return heads of many kinds, the world's own first."""
    rng = np.random.default_rng(seed)
    champion = world.model.head
    features, labels = world.train[0][:BASE_ROWS].astype(np.float32), world.train[1][:BASE_ROWS]
    curvature = DROPOUT_STRENGTH * dropout_curvature(features, champion)
    fitting = Fitting(world, features, labels, curvature)
    sent, weights = _draw_sent(world, rng)
    everything = np.arange(len(world.played.labels))
    equal = np.ones(len(everything), np.float32)
    heads = [MadeHead("champion", champion)]
    for count in ANSWERS:
        rows = sent[:count]
        heads.append(MadeHead(f"{count} answers", _fit(fitting, rows, weights[rows])))
    for count in LABELLED:
        rows = everything[:count]
        heads.append(MadeHead(f"{count} labelled", _fit(fitting, rows, equal[rows])))
    corrections = sent[weights[sent] == 1]
    heads.append(MadeHead("corrections alone", _fit(fitting, corrections, equal[corrections])))
    for count in (100, 500):
        rows = sent[:count]
        heads += [
            MadeHead(f"overfitted, {count}", _overfit(fitting, rows, weights[rows])),
            MadeHead(f"strong anchor, {count}", _fit(fitting, rows, weights[rows], strength=0.05)),
            MadeHead(
                f"heavy, {count}", _fit(fitting, rows, weights[rows], weight=50, strength=1e-4)
            ),
        ]
    heads += _make_poisoned(fitting, sent[:1000], weights, rng)
    heads += _make_ruined(champion)
    for scale in (0.1, 0.2, 0.3, 0.45, 0.6):
        heads.append(MadeHead(f"noise {scale}", _add_noise(champion, scale, rng)))
        fitted = heads[2 + len(ANSWERS)].head
        heads.append(MadeHead(f"5000 labelled, noise {scale}", _add_noise(fitted, scale, rng)))
    heads += _make_plain(world, sent, seed)
    return heads


def _draw_sent(
    world: World, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Draw which drawings players answer; return their indices, and what each of all stands for."""
    right = (
        predict_both(
            world.played_features, world.played.labels, world.model.head, world.model.head
        ).champion.argmax(1)
        == world.played.labels
    )
    sent = np.flatnonzero(rng.random(len(right)) < np.where(right, CONFIRMED, CORRECTED))
    return sent, np.where(right, CORRECTED / CONFIRMED, 1.0).astype(np.float32)


def _fit(
    fitting: Fitting,
    rows: NDArray[np.int64],
    weights: NDArray[np.float32],
    *,
    labels: NDArray[np.uint8] | None = None,
    weight: float = WEIGHT,
    strength: float = STRENGTH,
    dropout: bool = True,
) -> Head:
    """Fit a head to the base and some answers, each with what it stands for, as a run does."""
    world = fitting.world
    if labels is None:
        labels = world.played.labels[rows]
    row_weights = np.concatenate(
        [np.ones(len(fitting.labels)), weight * weights / weights.mean()]
    ).astype(np.float32)
    all_labels = np.concatenate([fitting.labels, labels])
    # Each class keeps its share of the base, see TrainingSet.
    base_totals = np.bincount(fitting.labels, minlength=len(CATEGORIES))
    shares = base_totals / np.bincount(all_labels, row_weights, len(CATEGORIES))
    return fit_head(
        np.concatenate([fitting.features, world.played_features[rows].astype(np.float32)]),
        all_labels,
        row_weights * shares[all_labels].astype(np.float32),
        anchor=world.model.head,
        strength=strength,
        curvature=fitting.curvature if dropout else None,
    )


def _overfit(fitting: Fitting, rows: NDArray[np.int64], weights: NDArray[np.float32]) -> Head:
    """Fit a head to a few answers much more than to the base, with nothing that holds it back."""
    return _fit(fitting, rows, weights, weight=200, strength=1e-6, dropout=False)


def _make_poisoned(
    fitting: Fitting,
    rows: NDArray[np.int64],
    weights: NDArray[np.float32],
    rng: np.random.Generator,
) -> list[MadeHead]:
    """Fit heads to answers of which some players swapped one class's labels."""
    heads = []
    for label, becomes in POISONED_CLASSES:
        for share in POISONED_PLAYERS:
            poisoned = add_poisoned(fitting.world.played.labels, rows, label, share, rng)
            labels = fitting.world.played.labels.copy()
            swapped = poisoned.swapped
            labels[swapped] = becomes
            chosen = poisoned.rows
            row_weights = weights.copy()
            row_weights[swapped] = 1.0  # they are corrections now
            head = _fit(fitting, chosen, row_weights[chosen], labels=labels[chosen])
            heads.append(MadeHead(f"poisoned, {share:.0%}", head, (label, becomes, share)))
    return heads


class Poisoned(NamedTuple):
    """The indices of all answers, and of those whose label was swapped."""

    rows: NDArray[np.int64]
    swapped: NDArray[np.int64]


def add_poisoned(
    labels: NDArray[np.uint8],
    rows: NDArray[np.int64],
    label: int,
    share: float,
    rng: np.random.Generator,
) -> Poisoned:
    """Let a share of the players correct their drawings of a class to another one.

    They answer as readily as others answer wrong guesses, and as one player has few drawings of a
    class, screening could not see it in their records.

    Args:
        labels: the true labels of all drawings, by player.
        rows: the drawings that are answered anyway.
        label: the class.
        share: of the players.
        rng: decides who it is.
    """
    players = np.arange(len(labels)) // DRAWINGS_PER_PLAYER
    present = np.unique(players[rows])
    liars = rng.choice(present, round(share * len(present)), replace=False)
    theirs = np.flatnonzero((labels == label) & np.isin(players, liars))
    swapped = theirs[rng.random(len(theirs)) < CORRECTED]
    return Poisoned(np.union1d(np.setdiff1d(rows, theirs), swapped), swapped)


def _make_ruined(champion: Head) -> list[MadeHead]:
    """Return heads that guess one class too seldom."""
    heads = []
    for label in RUINED_CLASSES:
        for lowered in (1.0, 2.0, 4.0):
            bias = champion.bias.copy()
            bias[label] -= lowered
            heads.append(MadeHead(f"class ruined by {lowered:g}", Head(champion.weights, bias)))
    return heads


def _add_noise(head: Head, scale: float, rng: np.random.Generator) -> Head:
    """Return a head whose weights have noise, as a share of their own spread."""
    noise = rng.normal(0, scale * head.weights.std(), head.weights.shape)
    return Head((head.weights + noise).astype(np.float32), head.bias)


def _make_plain(world: World, sent: NDArray[np.int64], seed: int) -> list[MadeHead]:
    from benchmarks.gain import fit_plain  # loads TensorFlow

    return [
        MadeHead(f"plain recipe, {count}", fit_plain(world, sent[:count], seed))
        for count in (500, 1500)
    ]


def dump_pairs(world: World, heads: list[MadeHead]) -> bytes:
    """Return the guesses of all heads as an .npz file.

    labels, clean_labels: uint8 `(n,)`. guesses, clean_guesses: uint8 `(heads, n)`. asked: bool
    `(heads, n)`, whether the head's asking policy asks about a drawing. kinds: how each head was
    made; poison_classes uint8 `(heads, 2)` and poison_shares float32 `(heads,)`.
    """
    # The first half of val is what a run of this size chooses its hyperparameters by.
    half = len(world.val[1]) // 2
    clean = (
        np.concatenate([world.test[0], world.val[0][half:]]),
        np.concatenate([world.test[1], world.val[1][half:]]),
    )
    guesses, asked, clean_guesses, golden = [], [], [], np.empty(0)
    for made in heads:
        predicted = predict_both(*world.held_out, made.head, made.head).champion
        calibrated = predict_both(*world.val, made.head, made.head).champion
        policy = calibrate(calibrated, budget=0.1, categories=CATEGORIES)
        guesses.append(predicted.argmax(1).astype(np.uint8))
        asked.append(should_ask(policy, predicted, CATEGORIES))
        of_clean = predict_both(*clean, made.head, made.head).champion
        clean_guesses.append(of_clean.argmax(1).astype(np.uint8))
        if made.kind == "champion":
            golden = _choose_golden(of_clean[: len(world.test[1])], world.test[1])
    return dump_arrays(
        {
            "labels": world.held_out[1],
            "guesses": np.array(guesses),
            "asked": np.array(asked),
            "clean_labels": clean[1],
            "clean_guesses": np.array(clean_guesses),
            "golden": golden,
            "kinds": np.array([made.kind for made in heads]),
            "poison_classes": np.array([made.poison[:2] for made in heads], np.uint8),
            "poison_shares": np.array([made.poison[2] for made in heads], np.float32),
        }
    )


def _choose_golden(
    probabilities: NDArray[np.float32], labels: NDArray[np.uint8]
) -> NDArray[np.int64]:
    from pipeline.gate.decide import choose_golden_rows

    return choose_golden_rows(probabilities, labels)


if __name__ == "__main__":
    main()
