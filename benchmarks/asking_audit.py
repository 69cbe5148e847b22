"""Measure how well the accuracy of a release is known from players' answers, with an audit or not.

    python -m benchmarks.asking_audit --raw DIR

A game is simulated on real drawings: a baseline guesses canvases that it has never seen, the
published policy asks about some of them, and players answer some unasked, wrong guesses three times
as readily as right ones. How many of all guesses were right is known, so each estimate has an
error. The estimate is the weighted share of confirmations; its range goes over all ratios that
`estimate_ratio` leaves open.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.players import World, make_world
from pipeline.categories import CATEGORIES
from pipeline.records.corrections import ASKED_CODES, NOT_SAID, Asked
from pipeline.sampling.accuracy import bound_accuracy, estimate_accuracy
from pipeline.sampling.ratio import estimate_ratio
from pipeline.sampling.rows import AnswerRows
from pipeline.sampling.weights import effective_size, weigh_answers
from pipeline.settings import Settings
from pipeline.versions.asking import calibrate, should_ask

CORRECTS, CONFIRMS = 0.3, 0.1
DRAWINGS = (1_000, 5_000, 20_000)


class Game(NamedTuple):
    """What is true of each drawing of a game, bool `(n,)`: is the guess right, is it asked about?

    clean: the model's accuracy on clean drawings.
    """

    right: NDArray[np.bool_]
    asked: NDArray[np.bool_]
    clean: float


class Way(NamedTuple):
    """A way of asking: the share of the audit, whether clients tell chances, and count guesses."""

    name: str
    audit: float
    tells: bool
    counts: bool = False


WAYS = (
    Way("no player is asked", 0, tells=False),
    Way("no player is asked, guesses counted", 0, tells=False, counts=True),
    Way("small margins, chances told", 0, tells=True),
    Way("small margins, guesses counted", 0, tells=True, counts=True),
    *(
        Way(f"small margins and an audit of {share:.0%}", share, tells=True)
        for share in (0.01, 0.03, 0.1)
    ),
)


def main() -> None:
    """Measure and print, world by world."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="folder with <category>.npy")
    parser.add_argument("--seeds", type=int, default=2, help="baselines, each with other drawings")
    parser.add_argument("--games", type=int, default=100, help="games for each row")
    parser.add_argument("--shifted", action="store_true", help="players draw otherwise")
    options = parser.parse_args()
    for seed in range(options.seeds):
        world = make_world(options.raw, seed, shifted=options.shifted)
        measure(world, seed, options.games)


def measure(world: World, seed: int, games: int) -> None:
    """Print a table: for each way and number of drawings the error of the estimated accuracy."""
    settings, rng = Settings(_env_file=None), np.random.default_rng(seed)
    game = make_game(world, settings.ask.budget)
    print(
        f"seed {seed}: {game.right.mean():.1%} of the guesses are right (clean: {game.clean:.1%});"
        f" the policy asks about {game.asked.mean():.1%}, of which"
        f" {game.right[game.asked].mean():.0%} are right; {games} games a row"
    )
    print(
        f"{'drawings':>8}  {'':36} {'error':>6} {'range':>6} {'held':>5} {'answers':>8}"
        f" {'size':>6} {'ratio':>12}"
    )
    for drawings in DRAWINGS:
        for way in WAYS:
            rows = [_estimate(game, way, drawings, settings, rng) for _ in range(games)]
            error, width, held, answers, size, low, high = np.array(rows).T
            print(
                f"{drawings:8,}  {way.name:36} {100 * np.sqrt(np.mean(error**2)):6.1f}"
                f" {100 * width.mean():6.1f} {held.mean():5.0%} {answers.mean():8.0f}"
                f" {size.mean():6.0f} {np.median(low):5.1f}-{np.median(high):.1f}",
                flush=True,
            )


def make_game(world: World, budget: float) -> Game:
    """Guess all canvases of the world, and decide by its policy which to ask about."""
    head = world.model.head
    policy = calibrate(
        head.probabilities(world.val[0].astype(np.float32)), budget=budget, categories=CATEGORIES
    )
    features = np.concatenate([world.played_features, world.held_out[0]]).astype(np.float32)
    labels = np.concatenate([world.played.labels, world.held_out[1]])
    probabilities = head.probabilities(features)
    clean = head.probabilities(world.test[0].astype(np.float32)).argmax(axis=1) == world.test[1]
    return Game(
        probabilities.argmax(axis=1) == labels,
        should_ask(policy, probabilities, CATEGORIES),
        float(clean.mean()),
    )


def play(game: Game, way: Way, drawings: int, rng: np.random.Generator) -> AnswerRows:
    """Return the answers to so many drawings, chosen anew each time."""
    chosen = rng.integers(0, len(game.right), drawings)
    right, small = game.right[chosen], game.asked[chosen] & way.tells
    asked = small | (rng.random(drawings) < way.audit)
    sent = asked | (rng.random(drawings) < np.where(right, CONFIRMS, CORRECTS))
    reasons = np.where(small, ASKED_CODES[Asked.MARGIN], ASKED_CODES[Asked.AUDIT])
    unasked = ASKED_CODES[Asked.NONE] if way.tells else NOT_SAID
    return AnswerRows(
        right[sent],
        np.where(asked, np.where(small, 1, way.audit), np.nan).astype(np.float32)[sent],
        np.where(asked, reasons, unasked).astype(np.uint8)[sent],
    )


def _estimate(
    game: Game, way: Way, drawings: int, settings: Settings, rng: np.random.Generator
) -> tuple[float, ...]:
    """Return error, range, whether it held the truth, answers, effective size, and the ratio."""
    rows, truth = play(game, way, drawings, rng), float(game.right.mean())
    ratio = estimate_ratio(
        rows,
        eagerness=settings.gate.eagerness,
        accuracy=bound_accuracy(game.clean),
        drawings=drawings if way.counts else None,
    )
    low, likely, high = (
        float((weigh_answers(rows, each) * rows.confirmed).mean()) for each in ratio
    )
    if measured := estimate_accuracy(rows):
        low, high = min(low, measured.low), max(high, measured.high)
    return (
        likely - truth,
        high - low,
        float(low <= truth <= high),
        len(rows.confirmed),
        effective_size(weigh_answers(rows, ratio.likely)),
        ratio.low,
        ratio.high,
    )


if __name__ == "__main__":
    main()
