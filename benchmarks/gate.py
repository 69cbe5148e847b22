"""Measure how often the gate decides wrongly, on real pairs of models and on simulated ones.

Run with `python -m benchmarks.gate --pairs FOLDER`; `python -m benchmarks.gate_pairs` makes the
files of that folder. Without it only the simulated pairs are judged.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.gate_answers import Pair, Sending, draw_inputs, read_pairs
from benchmarks.gate_simulated import NO_METRICS, print_simulated
from pipeline.categories import CATEGORIES
from pipeline.gate.decide import decide
from pipeline.records.runs import RunState
from pipeline.settings import Settings

EDGES = (-1.5, -0.5, -0.1, 0.2, 0.6, 2.0)  # of the columns, in points of accuracy
COLUMNS = ("<= -1.5", "to -0.5", "to -0.1", "to +0.2", "to +0.6", "to +2", "> +2")
SPOILED = ("ruined", "poisoned")  # kinds that have a column of their own, if a class is worse
CLASS_LOSS = 2.0  # points of accuracy by which it is worse
RULES = (
    *((Sending.UNASKED, count) for count in (100, 500, 1500, 2500)),
    *((Sending.ASKED, count) for count in (500, 1500, 2500)),
    (Sending.AUDIT, 500),
    (Sending.DISAGREEMENTS, 100),
    (Sending.DISAGREEMENTS, 200),
)


class Released(NamedTuple):
    """The share of decisions that promoted a pair, and what it loses on clean drawings."""

    share: float
    clean_effect: float


def main() -> None:
    """Judge, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, help="folder with files of benchmarks.gate_pairs")
    parser.add_argument("--decisions", type=int, default=24, help="for each pair and rule")
    parser.add_argument("--rounds", type=int, default=200, help="of simulated pairs; 0: none")
    options = parser.parse_args()
    if options.pairs:
        pairs = [pair for path in sorted(options.pairs.glob("*.npz")) for pair in read_pairs(path)]
        print_real(pairs, options.decisions)
    if options.rounds:
        print_simulated(options.rounds)


def print_real(pairs: list[Pair], decisions: int) -> None:
    """Print how many per cent of the decisions promote, by rule and true effect."""
    columns = [name_column(pair) for pair in pairs]
    names = [*COLUMNS, *SPOILED]
    print(f"{len(pairs)} real pairs, {decisions} decisions each: per cent promoted")
    print(f"{'gain of players in points':>24}" + "".join(f"{name:>10}" for name in names))
    counts = "".join(f"{columns.count(name):>10}" for name in names)
    print(f"{'pairs':>24}{counts}")
    for sending, count in RULES:
        released = defaultdict(list)
        for number, (pair, column) in enumerate(zip(pairs, columns, strict=True)):
            share = measure_pair(pair, sending, count, decisions, number)
            released[column].append(Released(share, pair.clean_effect))
        shares = "".join(f"{_mean_percent(released[name]):>10}" for name in names)
        everything = [each for column in released.values() for each in column]
        print(f"{f'{sending}, {count:,}':>24}{shares}   {_describe_clean(everything)}", flush=True)


def measure_pair(pair: Pair, sending: Sending, count: int, decisions: int, number: int) -> float:
    """Return the share of decisions that promote the challenger."""
    rules = Settings(_env_file=None).gate  # type: ignore[call-arg]
    promoted = 0
    for seed in range(decisions):
        rng = np.random.default_rng([number, count, seed])
        inputs = draw_inputs(pair, sending, count, rng)
        promoted += decide(inputs, rules, NO_METRICS, CATEGORIES).outcome is RunState.PROMOTED
    return promoted / decisions


def name_column(pair: Pair) -> str:
    """Return the column in which the pair counts."""
    for kind in SPOILED:
        if kind in pair.kinds[1] and min(_find_class_effects(pair)) <= -CLASS_LOSS:
            return kind
    return COLUMNS[int(np.searchsorted(EDGES, pair.effect))]


def _find_class_effects(pair: Pair) -> list[float]:
    """Return what each class gains on players' drawings, in points of accuracy."""
    parts = (pair.players.select_class(label) for label in range(len(CATEGORIES)))
    return [100 * float(part.gains.mean()) for part in parts]


def _mean_percent(released: list[Released]) -> str:
    return f"{100 * np.mean([each.share for each in released]):.0f}" if released else "-"


def _describe_clean(released: Iterable[Released]) -> str:
    """Return what the released challengers gain on clean drawings, on average and at worst."""
    shares, effects = np.array(list(released)).T
    if not shares.any():
        return "nothing released"
    mean = np.average(effects, weights=shares)
    bad = shares[effects < -0.3].sum() / shares.sum()
    return f"clean {mean:+.2f}; lost more than 0.3: {bad:.0%}"


if __name__ == "__main__":
    main()
