"""Measure how often the gate is wrong, and how often a plain rule is, by simulation.

    python -m benchmarks.gate

Players draw, each with an own skill, so that drawings of one player are alike; the champion is
right on 80 % of what they draw. They correct 30 % of its wrong guesses and confirm 10 % of its
right ones (or none). The challenger corrects some mistakes of the champion and breaks some right
answers, with one player more than with another. The base's test split has 38 (demo) or 7,000 (full
size) drawings of each of 20 classes; the champion is right on 90 % (demo) or 95 % of them.
"""

import argparse
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipeline.categories import CATEGORIES
from pipeline.gate.decide import ComparisonMetrics, decide
from pipeline.gate.evidence import GateInputs
from pipeline.gate.paired import concatenate_guesses
from pipeline.model.answers import PairedGuesses
from pipeline.records.metrics import Comparison, Metrics
from pipeline.records.runs import RunState
from pipeline.settings import Settings

CLASSES = len(CATEGORIES)
RIGHT = 0.8
"""The champion's accuracy on what players draw."""
CORRECTED, CONFIRMED = 0.3, 0.1
DRAWINGS = 12
"""The mean number of a player's drawings that are corrected or confirmed."""
PLAIN_MARGIN = 0.005


@dataclass(frozen=True)
class World:
    """The true properties of a challenger, which the gate does not know.

    The shares that the challenger loses and gains: of the clean drawings (`clean_...`), and of the
    players' drawings.
    """

    clean_lost: float
    clean_gained: float
    lost: float
    gained: float
    corrections: int
    rows: int
    clean_right: float
    confirmed: float = CONFIRMED
    ruined: float = 0.0
    """The share of the clean drawings of one class that is lost in addition."""
    one_player: float = 0.0
    """The share of the corrections that come from one player, all of which the challenger gains."""


def main() -> None:
    """Simulate and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds",
        type=int,
        default=200,
        help="decisions a line at demo size; a quarter of it at full size",
    )
    rounds, rules = parser.parse_args().rounds, Settings().gate
    for title, rows, right, moved, share in (
        ("demo", 38, 0.90, 0.02, 1.0),
        ("full size", 7000, 0.95, 0.01, 0.25),
    ):
        plain = World(moved, moved, 0.02, 0.02, 500, rows * CLASSES, right)
        decisions = max(1, int(rounds * share))
        print(
            f"\n{title}: {rows * CLASSES:,} clean drawings; of {decisions} decisions, in per cent"
        )
        print(f"{'':58}   {'this gate':^24}   {'plain accuracies':^24}")
        outcomes = f"{'promoted':>8}{'held':>8}{'rejected':>9}"
        print(f"{'':58} | {outcomes} | {outcomes}")
        for name, world in list_harmful(plain) + list_good(plain):
            by_gate, by_plain_rule = Counter[RunState](), Counter[RunState]()
            for seed in range(decisions):
                evidence = simulate(world, np.random.default_rng([seed, rows]))
                by_gate[decide(evidence, rules, FIGURES).outcome] += 1
                by_plain_rule[decide_by_accuracies(evidence)] += 1
            print(
                f"{name:58} | {format_shares(by_gate)} | {format_shares(by_plain_rule)}", flush=True
            )


def list_harmful(plain: World) -> list[tuple[str, World]]:
    """List challengers that should not be promoted."""
    better = replace(plain, gained=0.06)  # four points for players
    return [
        *(
            (f"HARMFUL  clean -{loss}, players +4", _clean_loss(better, loss))
            for loss in (0.3, 0.5, 1.0, 2.0)
        ),
        ("HARMFUL  clean -1, players the same", _clean_loss(plain, 1.0)),
        *(
            (
                f"HARMFUL  one class ruined ({share:.0%} lost), players +4",
                replace(better, ruined=share),
            )
            for share in (0.1, 0.3, 0.6)
        ),
        *(
            (
                f"HARMFUL  players -{loss} (corrects 3 of 100, breaks more)",
                replace(plain, gained=0.03, lost=0.03 + loss / 100),
            )
            for loss in (1, 2, 4)
        ),
        (
            "HARMFUL  players -2, no confirmations",
            replace(plain, gained=0.03, lost=0.05, clean_lost=0.03, clean_gained=0.03, confirmed=0),
        ),
        (
            "HARMFUL  players -2, ten corrections a confirmation",
            replace(plain, gained=0.03, lost=0.05, confirmed=CORRECTED / 10),
        ),
        (
            "HARMFUL  better for one player alone, a tenth of all",
            replace(plain, one_player=0.1, gained=0.02, lost=0.03),
        ),
        ("NO GAIN  merely different", plain),
        ("NO GAIN  merely different, no confirmations", replace(plain, confirmed=0)),
        ("NO GAIN  better for one player alone, a tenth of all", replace(plain, one_player=0.1)),
    ]


def list_good(plain: World) -> list[tuple[str, World]]:
    """List challengers that should be promoted: none loses on clean drawings."""
    return [
        *(
            (
                f"GOOD  players +{gain}, {count:,} corrections",
                replace(plain, gained=0.02 + gain / 100, corrections=count),
            )
            for count in (100, 500, 2500)
            for gain in (0.5, 1, 2, 4)
        ),
        *(
            (
                f"GOOD  players +{gain}, 500 corrections, no confirmations",
                replace(plain, gained=0.02 + gain / 100, confirmed=0),
            )
            for gain in (2, 4, 6)
        ),
        (
            "GOOD  players +4, 500 corrections, clean +1",
            replace(plain, gained=0.06, clean_gained=plain.clean_gained + 0.01),
        ),
    ]


def _clean_loss(world: World, loss: float) -> World:
    return replace(
        world,
        clean_lost=world.clean_lost + loss / 200,
        clean_gained=world.clean_gained - loss / 200,
    )


def simulate(world: World, rng: np.random.Generator) -> GateInputs:
    """Simulate the answers that a run of such a challenger would see."""
    base = _simulate_clean(world, rng)
    # As many drawings as give the number of corrections, on average.
    drawings = round(world.corrections / (CORRECTED * (1 - RIGHT)))
    players = max(
        2, round(drawings * (CORRECTED * (1 - RIGHT) + world.confirmed * RIGHT) / DRAWINGS)
    )
    sizes = rng.dirichlet(np.full(players, 0.7))  # some draw much more than others
    player = rng.choice(players, drawings, p=sizes)
    # Each player has three rates of their own, from Beta distributions: how often the champion is
    # right, how often the challenger breaks a right answer, and how often it corrects a wrong one.
    before = rng.random(drawings) < rng.beta(RIGHT * 8, (1 - RIGHT) * 8, players)[player]
    gained, lost = world.gained / (1 - RIGHT), world.lost / RIGHT
    after = np.where(
        before,
        rng.random(drawings) >= rng.beta(lost * 10, (1 - lost) * 10, players)[player],
        rng.random(drawings) < rng.beta(gained * 10, (1 - gained) * 10, players)[player],
    )
    answered = rng.random(drawings) < np.where(before, world.confirmed, CORRECTED)
    if world.one_player:
        one = (~before) & answered & (rng.random(drawings) < world.one_player)
        player, after = np.where(one, players, player), after | one
    labels = rng.integers(0, CLASSES, drawings).astype(np.uint8)
    names = np.array([f"p{number}" for number in range(players + 1)])[player]
    held_out = player % 5 == 0

    def part(chosen: NDArray[np.bool_]) -> PairedGuesses:
        return _pair_guesses(labels[chosen], before[chosen], after[chosen], names[chosen])

    return GateInputs(
        base=base,
        players=part(answered & ~before & held_out),
        crossed=part(answered & ~before & ~held_out),
        confirmations=part(answered & before) if world.confirmed else None,
        golden=None,
        first=base,
    )


def _simulate_clean(world: World, rng: np.random.Generator) -> PairedGuesses:
    labels = np.repeat(np.arange(CLASSES, dtype=np.uint8), world.rows // CLASSES)
    before = rng.random(world.rows) < world.clean_right
    chance = rng.random(world.rows)
    after = np.where(
        before,
        chance >= world.clean_lost / world.clean_right,
        chance < world.clean_gained / (1 - world.clean_right),
    )
    return _pair_guesses(
        labels, before, after & ~((labels == 5) & (rng.random(world.rows) < world.ruined))
    )


def _pair_guesses(
    labels: NDArray[np.uint8],
    before: NDArray[np.bool_],
    after: NDArray[np.bool_],
    players: NDArray[np.str_] | None = None,
) -> PairedGuesses:
    wrong = ((labels + 1) % CLASSES).astype(np.uint8)
    return PairedGuesses(
        labels, np.where(before, labels, wrong), np.where(after, labels, wrong), players
    )


def decide_by_accuracies(evidence: GateInputs) -> RunState:
    """Decide by a plain comparison of accuracies, without regard to chance.

    First on the base, then on the corrections of held-out players.
    """
    if -evidence.base.change.mean() > PLAIN_MARGIN:
        return RunState.REJECTED
    players = concatenate_guesses([evidence.players])
    gained = players.change.sum() if players else 0
    return RunState.PROMOTED if gained > 0 else RunState.REJECTED if gained < 0 else RunState.HELD


def format_shares(outcomes: Counter[RunState]) -> str:
    """Format the share of each outcome in per cent."""
    total = sum(outcomes.values())
    shares = [
        100 * outcomes[state] / total
        for state in (RunState.PROMOTED, RunState.HELD, RunState.REJECTED)
    ]
    return "{:8.0f}{:8.0f}{:9.0f}".format(*shares)


_NONE = Metrics(rows=0, accuracy=0, loss=0, recall={}, precision={}, confusion=[])
FIGURES = ComparisonMetrics(Comparison(champion=_NONE, challenger=_NONE))


if __name__ == "__main__":
    main()
