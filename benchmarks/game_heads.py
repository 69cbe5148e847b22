"""Fit the heads that a simulated game retrains to, once for each world, and keep their guesses.

A game of 60 days retrains dozens of times, and many games are needed to see how often a rule is
wrong. So all heads are fitted beforehand, to ever more answers of the same players: a game with so
many answers gets the head that was fitted to as many.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.gate_pairs import CONFIRMED, CORRECTED, MadeHead, dump_pairs
from benchmarks.players import World, make_world
from pipeline.fit.training_set import Answers, Hyperparameters, build_training_set
from pipeline.model.answers import predict_both
from pipeline.model.head import Head
from pipeline.setting_groups import FitSettings

SIZES = (100, 250, 500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500, 5000)
"""Numbers of answers. A world has not many more."""
DRAWS = 2
"""How often the answers are drawn, and heads fitted to each of the numbers."""
BASE_ROWS = 10_000
"""Half as many as a run fits to, to save time."""
ALL, CORRECTIONS = "all answers", "corrections alone"


def make_files(raw: Path, folder: Path, seeds: int) -> None:
    """Make the worlds, and write a file for each that is missing: `game_SEED_shifted.npz`."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(seeds):
        for shifted in (False, True):
            path = folder / f"game_{seed}_{'shifted' if shifted else 'unshifted'}.npz"
            if not path.exists():
                world = make_world(raw, seed, shifted=shifted)
                path.write_bytes(dump_pairs(world, make_heads(world, seed)))
                print(f"{path}: {path.stat().st_size:,} bytes", flush=True)


def make_heads(world: World, seed: int) -> list[MadeHead]:
    """Return the baseline's head, and those fitted to answers, by `name_head`."""
    heads = [MadeHead("champion", world.model.head)]
    for draw in range(DRAWS):
        rng = np.random.default_rng([seed, draw])
        order, times, readiness = _draw_answers(world, rng)
        wrong, last = readiness == CORRECTED, dict.fromkeys((ALL, CORRECTIONS), world.model.head)
        for size in SIZES:
            rows = order[:size]
            # The chance that a drawing was answered by the time at which there were so many.
            weights = 1 / (1 - np.exp(-readiness[rows] * times[size - 1]))
            # The optimum does not depend on the start, but the way to it does.
            last[ALL] = _fit(world, rows, weights, last[ALL])
            heads.append(MadeHead(name_head(ALL, draw, size), last[ALL]))
            if draw == 0:
                corrected = rows[wrong[rows]]
                last[CORRECTIONS] = _fit(
                    world, corrected, np.ones(len(corrected)), last[CORRECTIONS]
                )
                heads.append(MadeHead(name_head(CORRECTIONS, draw, size), last[CORRECTIONS]))
    return heads


def name_head(kind: str, draw: int, size: int) -> str:
    """Return the name under which a head is kept."""
    return f"{kind}, {draw}, {size}"


def _draw_answers(
    world: World, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Draw in which order drawings are answered, three times as readily if the guess was wrong.

    Returns:
        The indices of all drawings in order; the times of their answers in this order; and how
        readily each drawing is answered, by index.
    """
    champion = world.model.head
    predicted = predict_both(world.played_features, world.played.labels, champion, champion)
    right = predicted.champion.argmax(1) == world.played.labels
    readiness = np.where(right, CONFIRMED, CORRECTED)
    times = rng.exponential(1 / readiness)
    order = np.argsort(times)
    return order, times[order], readiness


def _fit(world: World, rows: NDArray[np.int64], weights: NDArray[np.float64], start: Head) -> Head:
    """Fit a head with the default hyperparameters."""
    answers = Answers(
        world.played_features[rows], world.played.labels[rows], weights.astype(np.float32)
    )
    base = world.train[0][:BASE_ROWS], world.train[1][:BASE_ROWS]
    settings = FitSettings()
    return build_training_set(base, answers, world.model.head).fit(
        Hyperparameters(settings.correction_weight, settings.anchor_strength), start=start
    )
