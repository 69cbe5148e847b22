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
SPOILED = RUINED, POISONED, CLEAN_WORSE = "ruined", "poisoned", "clean worse"
# Points of accuracy that a class loses at least, by ruin or poison. Of few lies a fit learns
# little, and a challenger that is better in spite of them counts as any other.
CLASS_LOSS = 5.0
CLEAN_LOSS = 0.3  # points of accuracy; who loses more on clean drawings should not be released


class Rule(NamedTuple):
    """How answers come about, and after how many of them the gate decides.

    Answers of an earlier look are among those of a later one, and one look is enough to release.
    """

    sending: Sending
    counts: tuple[int, ...]


class Released(NamedTuple):
    """The share of decisions that promoted a pair, and what it gains on clean drawings."""

    share: float
    clean_effect: float


RULES = (
    *(Rule(Sending.UNASKED, counts) for counts in ((100,), (500,), (1500,), (2500,))),
    Rule(Sending.UNASKED, (500, 1000, 1500)),
    *(Rule(Sending.ASKED, counts) for counts in ((500,), (1500,), (2500,), (500, 1000, 1500))),
    Rule(Sending.AUDIT, (500,)),
    *(Rule(Sending.DISAGREEMENTS, counts) for counts in ((100,), (200,))),
)


def main() -> None:
    """Judge, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, help="folder with files of benchmarks.gate_pairs")
    parser.add_argument("--decisions", type=int, default=24, help="for each pair and rule")
    parser.add_argument("--clean-rows", type=int, help="clean drawings; all that there are")
    parser.add_argument("--rounds", type=int, default=200, help="of simulated pairs; 0: none")
    options = parser.parse_args()
    if options.pairs:
        pairs = [pair for path in sorted(options.pairs.glob("*.npz")) for pair in read_pairs(path)]
        print_real(pairs, options.decisions, options.clean_rows)
    if options.rounds:
        print_simulated(options.rounds)


def print_real(pairs: list[Pair], decisions: int, clean_rows: int | None = None) -> None:
    """Print how many per cent of the decisions promote, by rule and true effect.

    Args:
        pairs: the pairs.
        decisions: for each pair and rule.
        clean_rows: how many clean drawings the gate sees; None: all that there are.
    """
    columns = [name_column(pair) for pair in pairs]
    names = [*COLUMNS, *SPOILED]
    print(f"{len(pairs)} real pairs, {decisions} decisions each: per cent promoted")
    print(f"{'gain of players in points':>30}" + "".join(f"{name:>13}" for name in names))
    print(f"{'pairs':>30}" + "".join(f"{columns.count(name):>13}" for name in names))
    for rule in RULES:
        released = defaultdict(list)
        for number, (pair, column) in enumerate(zip(pairs, columns, strict=True)):
            share = measure_pair(pair, rule, range(decisions), number, clean_rows)
            released[column].append(Released(share, pair.clean_effect))
        shares = "".join(f"{_mean_percent(released[name]):>13}" for name in names)
        name = f"{rule.sending}, {' or '.join(f'{count:,}' for count in rule.counts)}"
        everything = [each for column in released.values() for each in column]
        print(f"{name:>30}{shares}   {_describe_clean(everything)}", flush=True)


def measure_pair(
    pair: Pair, rule: Rule, seeds: range, number: int, clean_rows: int | None
) -> float:
    """Return the share of histories in which the gate promotes the challenger at one of its looks.

    Args:
        pair: the pair.
        rule: how the answers come about, and when the gate decides.
        seeds: one for each history.
        number: of the pair.
        clean_rows: see `print_real`.
    """
    settings = Settings(_env_file=None).gate

    def is_promoted(seed: int, count: int) -> bool:
        rng = np.random.default_rng([number, seed])
        inputs = draw_inputs(
            pair, rule.sending, count, rng, of=rule.counts[-1], clean_rows=clean_rows
        )
        return decide(inputs, settings, NO_METRICS, CATEGORIES).outcome is RunState.PROMOTED

    promoted = [any(is_promoted(seed, count) for count in rule.counts) for seed in seeds]
    return sum(promoted) / len(promoted)


def name_column(pair: Pair) -> str:
    """Return the column in which the pair counts."""
    if min(_find_class_effects(pair)) <= -CLASS_LOSS:
        if "ruined" in pair.kinds[1]:
            return RUINED
        if pair.poison[2]:
            return POISONED
    if pair.clean_effect < -CLEAN_LOSS and pair.effect > EDGES[1]:
        return CLEAN_WORSE
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
