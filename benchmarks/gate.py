"""How often the gate is wrong, against plain accuracies, by simulation. Run with `python -m benchmarks.gate`.

Players draw, each with a skill of their own, so that drawings of one player are alike; the champion is right on 80 % of what
they draw. They correct 30 % of its wrong guesses and confirm 10 % of its right ones (or none). The challenger mends some
mistakes of the champion and breaks some right answers, more of them with one player than with another. The base's test split
has 38 (demo) or 7,000 (full size) drawings of each of 20 classes; the champion is right on 90 % of these, on 95 % of those.
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
RIGHT = 0.8  # the champion's share of what players draw
CORRECTED, CONFIRMED = 0.3, 0.1
DRAWINGS = 12  # per player whose drawings are corrected or confirmed, on average
OLD_MARGIN = 0.005


@dataclass(frozen=True)
class World:
    """What is true. Shares of all drawings of a kind: lost and gained on clean ones, on players'; `spread`: between players."""

    clean_lost: float
    clean_gained: float
    lost: float
    gained: float
    corrections: int
    rows: int
    clean_right: float
    confirmed: float = CONFIRMED
    ruined: float = 0.0
    """What is lost besides on the clean drawings of one class, as a share of them."""
    one_player: float = 0.0
    """Share of the corrections that come from one player, whose drawings alone the challenger gets right."""


def main() -> None:
    """Simulates and prints two tables."""
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
        print(
            f"\n{title}: {rows * CLASSES:,} clean drawings; of {max(1, int(rounds * share))} decisions, in per cent"
        )
        print(f"{'':58}   {'this gate':^24}   {'plain accuracies':^24}")
        print(
            f"{'':58} | {'promoted':>8}{'held':>8}{'rejected':>9} | {'promoted':>8}{'held':>8}{'rejected':>9}"
        )
        for name, world in harmful(plain) + good(plain):
            ours, plainly = Counter[RunState](), Counter[RunState]()
            for seed in range(max(1, int(rounds * share))):
                evidence = drawn(world, np.random.default_rng([seed, rows]))
                ours[decide(evidence, rules, FIGURES).outcome] += 1
                plainly[by_plain_accuracies(evidence)] += 1
            print(f"{name:58} | {told(ours)} | {told(plainly)}", flush=True)


def harmful(plain: World) -> list[tuple[str, World]]:
    """Challengers that nobody should get."""
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
                f"HARMFUL  players -{loss} (mends 3 of 100, breaks more)",
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


def good(plain: World) -> list[tuple[str, World]]:
    """Challengers that players should get: clean drawings as before."""
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


def drawn(world: World, rng: np.random.Generator) -> GateInputs:
    """The answers that a run of such a challenger would see."""
    base = _clean(world, rng)
    # As many drawings as it takes for so many corrections, on average.
    drawings = round(world.corrections / (CORRECTED * (1 - RIGHT)))
    players = max(
        2, round(drawings * (CORRECTED * (1 - RIGHT) + world.confirmed * RIGHT) / DRAWINGS)
    )
    sizes = rng.dirichlet(np.full(players, 0.7))  # some draw much more than others
    who = rng.choice(players, drawings, p=sizes)
    # Per player: skill moves what the champion gets right, taste what the challenger mends and breaks.
    before = rng.random(drawings) < rng.beta(RIGHT * 8, (1 - RIGHT) * 8, players)[who]
    mended, broken = world.gained / (1 - RIGHT), world.lost / RIGHT
    after = np.where(
        before,
        rng.random(drawings) >= rng.beta(broken * 10, (1 - broken) * 10, players)[who],
        rng.random(drawings) < rng.beta(mended * 10, (1 - mended) * 10, players)[who],
    )
    kept = rng.random(drawings) < np.where(before, world.confirmed, CORRECTED)
    if world.one_player:
        one = (~before) & kept & (rng.random(drawings) < world.one_player)
        who, after = np.where(one, players, who), after | one
    labels = rng.integers(0, CLASSES, drawings).astype(np.uint8)
    names = np.array([f"p{each}" for each in range(players + 1)])[who]
    held_out = who % 5 == 0

    def part(chosen: NDArray[np.bool_]) -> PairedGuesses:
        return _answers(labels[chosen], before[chosen], after[chosen], names[chosen])

    return GateInputs(
        base=base,
        players=part(kept & ~before & held_out),
        crossed=part(kept & ~before & ~held_out),
        confirmations=part(kept & before) if world.confirmed else None,
        golden=None,
        first=base,
    )


def _clean(world: World, rng: np.random.Generator) -> PairedGuesses:
    labels = np.repeat(np.arange(CLASSES, dtype=np.uint8), world.rows // CLASSES)
    before = rng.random(world.rows) < world.clean_right
    chance = rng.random(world.rows)
    after = np.where(
        before,
        chance >= world.clean_lost / world.clean_right,
        chance < world.clean_gained / (1 - world.clean_right),
    )
    return _answers(
        labels, before, after & ~((labels == 5) & (rng.random(world.rows) < world.ruined))
    )


def _answers(
    labels: NDArray[np.uint8],
    before: NDArray[np.bool_],
    after: NDArray[np.bool_],
    players: NDArray[np.str_] | None = None,
) -> PairedGuesses:
    wrong = ((labels + 1) % CLASSES).astype(np.uint8)
    return PairedGuesses(
        labels, np.where(before, labels, wrong), np.where(after, labels, wrong), players
    )


def by_plain_accuracies(evidence: GateInputs) -> RunState:
    """The rule before this gate: accuracies on the base and on held-out players' corrections, compared as they are."""
    if -evidence.base.change.mean() > OLD_MARGIN:
        return RunState.REJECTED
    players = concatenate_guesses([evidence.players])
    gained = players.change.sum() if players else 0
    return RunState.PROMOTED if gained > 0 else RunState.REJECTED if gained < 0 else RunState.HELD


def told(outcomes: Counter[RunState]) -> str:
    """Per cent of each outcome."""
    total = sum(outcomes.values())
    shares = [
        100 * outcomes[each] / total
        for each in (RunState.PROMOTED, RunState.HELD, RunState.REJECTED)
    ]
    return "{:8.0f}{:8.0f}{:9.0f}".format(*shares)


_NONE = Metrics(rows=0, accuracy=0, loss=0, recall={}, precision={}, confusion=[])
FIGURES = ComparisonMetrics(Comparison(champion=_NONE, challenger=_NONE))


if __name__ == "__main__":
    main()
