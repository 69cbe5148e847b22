"""Retrain ten times in a row, each time with more answers; the gate decides what is released.

Run with `python -m benchmarks.rounds --raw FOLDER`.

Each round players draw, and answer the guesses of the version that is released then: they correct
wrong guesses three times as readily as they confirm right ones, and the game does not say why. The
players whose drawings the accuracies are measured on play no other part.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.answer_streams import EAGERNESS, NOT_SAID
from benchmarks.gain import measure
from benchmarks.gate_simulated import NO_METRICS
from benchmarks.players import World, make_world
from pipeline.categories import CATEGORIES
from pipeline.fit.choice import Validation, choose_hyperparameters
from pipeline.fit.crossfit import LEARNED_BEFORE, NewAnswers, assign_folds, cross_fit
from pipeline.fit.stored_answers import weigh
from pipeline.fit.training_set import Answers, Hyperparameters, build_training_set
from pipeline.gate.decide import choose_golden_rows, decide
from pipeline.gate.inputs import GateInputs
from pipeline.gate.paired import concatenate_guesses
from pipeline.gate.weighing import SentAnswers
from pipeline.gate.weighing import weigh as weigh_for_gate
from pipeline.model.answers import PairedGuesses, predict_both
from pipeline.model.head import Head
from pipeline.records.runs import RunState
from pipeline.sampling.rows import AnswerRows
from pipeline.settings import Settings

ROUNDS = 10
DRAWINGS_PER_PLAYER = 25  # consecutive ones
TRAIN_PART, VAL_PART = 7, 8  # of ten players 7 are of train, one of val, two of test


class Sent(NamedTuple):
    """The answers so far, in order: drawings, whether they confirm, and in which round; `(n,)`."""

    drawings: NDArray[np.int64]
    confirmed: NDArray[np.bool_]
    rounds: NDArray[np.int64]

    @property
    def players(self) -> NDArray[np.str_]:
        """Names of players, like hashes: hexadecimal digits."""
        numbers = self.drawings // DRAWINGS_PER_PLAYER
        return np.array([np.random.default_rng(each).bytes(32).hex() for each in numbers])

    @property
    def rows(self) -> AnswerRows:
        """How the answers came about: the game does not say."""
        count = len(self.drawings)
        nothing = np.full(count, np.nan, np.float32)
        return AnswerRows(self.confirmed, nothing, np.full(count, NOT_SAID, np.uint8), self.players)

    def select(self, chosen: NDArray[np.bool_]) -> "Sent":
        """Return the answers that a mask selects."""
        return Sent(self.drawings[chosen], self.confirmed[chosen], self.rounds[chosen])

    def followed_by(self, other: "Sent") -> "Sent":
        """Return these answers and then the others."""
        return Sent(
            np.concatenate([self.drawings, other.drawings]),
            np.concatenate([self.confirmed, other.confirmed]),
            np.concatenate([self.rounds, other.rounds]),
        )


def main() -> None:
    """Measure world by world."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="folder with <category>.npy")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    for seed in range(options.seeds):
        for shifted in (False, True):
            world = make_world(options.raw, seed, shifted=shifted)
            print(f"seed {seed}, {'shifted' if shifted else 'unshifted'}", flush=True)
            retrain_repeatedly(world, seed)


def retrain_repeatedly(world: World, seed: int) -> None:
    """Retrain round by round, and print accuracies on players held out and on clean drawings."""
    rng, champion, learned = np.random.default_rng(seed), world.model.head, -1
    before = released = measure(world, champion)
    print(f"released: players {before[0]:.2%}, clean {before[1]:.2%}", flush=True)
    sent = Sent(np.empty(0, np.int64), np.empty(0, np.bool_), np.empty(0, np.int64))
    best, fell = before[0], 0.0
    for number, drawn in enumerate(np.array_split(np.arange(len(world.played.labels)), ROUNDS)):
        sent = sent.followed_by(answer(world, champion, drawn, number, rng))
        head, outcome = retrain(world, sent, champion, learned)
        fitted = measure(world, head)
        best = max(best, fitted[0])
        print(
            f"{len(sent.drawings):6,} answers: players {fitted[0]:.2%}, clean {fitted[1]:.2%},"
            f" {outcome}",
            flush=True,
        )
        if outcome is RunState.PROMOTED:
            fell = max(fell, released[0] - fitted[0])
            champion, learned, released = head, number, fitted
    way = (released[0] - before[0]) / (best - before[0]) if best > before[0] else 1.0
    print(
        f"released at last: players {released[0]:.2%}, clean {released[1]:.2%}; {way:.0%} of the"
        f" way to the best challenger; at most {100 * fell:.2f} points lost by a release",
        flush=True,
    )


def answer(
    world: World, champion: Head, drawn: NDArray[np.int64], number: int, rng: np.random.Generator
) -> Sent:
    """Return the answers that players give about the champion's guesses of these drawings."""
    labels = world.played.labels[drawn]
    features = world.played_features[drawn]
    confirmed = predict_both(features, labels, champion, champion).champion.argmax(1) == labels
    is_sent = rng.random(len(drawn)) < np.where(confirmed, 1 / EAGERNESS, 1.0)
    return Sent(drawn, confirmed, np.full(len(drawn), number)).select(is_sent)


def retrain(world: World, sent: Sent, champion: Head, learned: int) -> tuple[Head, RunState]:
    """Fit a challenger as a run does; return it and the gate's outcome.

    Args:
        world: the drawings and the baseline.
        sent: all answers so far.
        champion: the head to beat.
        learned: the last round whose answers the champion was fitted to; -1 for none.
    """
    settings = Settings(_env_file=None)
    clean = predict_both(*world.val, champion, champion).champion.argmax(1) == world.val[1]
    accuracy = float(clean.mean())
    part = np.array([int(player[:16], 16) % 10 for player in sent.players.tolist()])
    train, val, test = (
        sent.select(chosen) for chosen in (part < TRAIN_PART, part == TRAIN_PART, part >= VAL_PART)
    )

    def load(answers: Sent) -> Answers:
        return Answers(
            world.played_features[answers.drawings],
            world.played.labels[answers.drawings],
            weigh(answers.rows, accuracy, settings.gate.eagerness),
        )

    lesson = build_training_set(world.train, load(train), champion)
    default = Hyperparameters(settings.fit.answer_weight, settings.fit.anchor_strength)
    chosen = choose_hyperparameters(lesson, default, Validation(world.val, load(val)))
    is_new = train.rounds > learned
    new = train.select(is_new)
    folds = np.full(len(is_new), LEARNED_BEFORE)
    folds[is_new] = assign_folds(new.players)
    features, labels, _ = load(new)
    crossed = cross_fit(
        lesson,
        chosen.hyperparameters,
        chosen.head,
        folds,
        NewAnswers(features, labels, folds[is_new]),
    )
    features, labels, _ = load(test)
    held_out = predict_both(features, labels, champion, chosen.head)
    guesses = concatenate_guesses(
        [
            PairedGuesses.from_probabilities(*predicted, answers.players)
            for predicted, answers in ((held_out, test), (crossed, new))
        ]
    )
    confirmed, chances, asked, _ = test.followed_by(new).rows
    if asked is None:
        raise TypeError("the rows say why the game asked")
    judged = SentAnswers(guesses, confirmed, asked, chances)
    pairs = predict_both(*world.test, champion, chosen.head)
    since = predict_both(*world.test, world.model.head, chosen.head)
    golden = since.select(choose_golden_rows(since.champion, since.labels))
    inputs = GateInputs(
        clean=PairedGuesses.from_probabilities(*pairs),
        answers=weigh_for_gate(judged, accuracy, settings.gate),
        golden=PairedGuesses.from_probabilities(*golden),
        since_baseline=PairedGuesses.from_probabilities(*since),
    )
    return chosen.head, decide(inputs, settings.gate, NO_METRICS, CATEGORIES).outcome


if __name__ == "__main__":
    main()
