"""Simulate how often the gate and a comparison of plain accuracies decide wrongly.

Part of `python -m benchmarks.gate`.

Players differ in skill, so drawings of one player are alike. The champion is right on 80 % of their
drawings. They correct 30 % of its wrong guesses and confirm 10 % of its right ones (or none). The
challenger corrects some of the champion's mistakes and gets some of its right answers wrong, at
rates that differ between players. The base's test split has 38 drawings of each of 20 classes
(demo; the champion is right on 90 %), or 7,000 (full size; right on 95 %).
"""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.gate_answers import weigh
from pipeline.categories import CATEGORIES
from pipeline.gate.decide import decide
from pipeline.gate.inputs import GateInputs
from pipeline.model.answers import PairedGuesses
from pipeline.records.metrics import Comparison, Metrics
from pipeline.records.runs import RunState
from pipeline.settings import Settings

CLASSES = len(CATEGORIES)
RIGHT = 0.8  # the champion's share of what players draw
CORRECTED, CONFIRMED = 0.3, 0.1
DRAWINGS = 12  # corrected or confirmed drawings of a player, on average
OLD_MARGIN = 0.005


@dataclass(frozen=True)
class World:
    """The true rates of a simulation, as shares.

    clean_lost, clean_gained: of clean drawings, those that only the champion or only the challenger
        gets right.
    lost, gained: the same of players' drawings.
    corrections: how many corrections there are, on average.
    rows: the number of clean drawings.
    clean_right: of clean drawings, those that the champion gets right.
    confirmed: of the champion's right guesses, those that players confirm.
    ruined: of one class's clean drawings, those that are lost in addition.
    one_player: of the corrections, those by one player, all of which the challenger gets right.
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
    one_player: float = 0.0


def print_simulated(rounds: int) -> None:
    """Simulate, and print two tables, with so many decisions for each line at demo size."""
    rules = Settings(_env_file=None).gate
    for title, rows, right, changed, share in (
        ("demo", 38, 0.90, 0.02, 1.0),
        ("full size", 7000, 0.95, 0.01, 0.25),
    ):
        decisions = max(1, int(rounds * share))
        equal = World(changed, changed, 0.02, 0.02, 500, rows * CLASSES, right)
        outcomes = f"{'promoted':>8}{'held':>8}{'rejected':>9}"
        print(
            f"\n{title}: {rows * CLASSES:,} clean drawings; of {decisions} decisions, in per cent"
        )
        print(f"{'':58}   {'this gate':^24}   {'plain accuracies':^24}")
        print(f"{'':58} | {outcomes} | {outcomes}")
        for name, world in list_harmful(equal) + list_good(equal):
            by_gate, by_accuracies = Counter[RunState](), Counter[RunState]()
            for seed in range(decisions):
                inputs = simulate(world, np.random.default_rng([seed, rows]))
                by_gate[decide(inputs, rules, NO_METRICS, CATEGORIES).outcome] += 1
                by_accuracies[decide_by_accuracies(inputs)] += 1
            shares = f"{format_shares(by_gate)} | {format_shares(by_accuracies)}"
            print(f"{name:58} | {shares}", flush=True)


def list_harmful(equal: World) -> list[tuple[str, World]]:
    """Return the challengers that must not be promoted, with a line on each.

    Args:
        equal: a challenger that differs from the champion, but is as good.
    """
    better = replace(equal, gained=0.06)  # four points for players
    return [
        *(
            (f"HARMFUL  clean -{loss}, players +4", _lose_clean(better, loss))
            for loss in (0.3, 0.5, 1.0, 2.0)
        ),
        ("HARMFUL  clean -1, players the same", _lose_clean(equal, 1.0)),
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
                replace(equal, gained=0.03, lost=0.03 + loss / 100),
            )
            for loss in (1, 2, 4)
        ),
        (
            "HARMFUL  players -2, no confirmations",
            replace(equal, gained=0.03, lost=0.05, clean_lost=0.03, clean_gained=0.03, confirmed=0),
        ),
        (
            "HARMFUL  players -2, ten corrections a confirmation",
            replace(equal, gained=0.03, lost=0.05, confirmed=CORRECTED / 10),
        ),
        (
            "HARMFUL  better for one player alone, a tenth of all",
            replace(equal, one_player=0.1, gained=0.02, lost=0.03),
        ),
        ("NO GAIN  merely different", equal),
        ("NO GAIN  merely different, no confirmations", replace(equal, confirmed=0)),
        ("NO GAIN  better for one player alone, a tenth of all", replace(equal, one_player=0.1)),
    ]


def list_good(equal: World) -> list[tuple[str, World]]:
    """Return the challengers that should be promoted: better for players, not worse on clean ones.

    Args:
        equal: a challenger that differs from the champion, but is as good.
    """
    return [
        *(
            (
                f"GOOD  players +{gain}, {count:,} corrections",
                replace(equal, gained=0.02 + gain / 100, corrections=count),
            )
            for count in (100, 500, 2500)
            for gain in (0.5, 1, 2, 4)
        ),
        *(
            (
                f"GOOD  players +{gain}, 500 corrections, no confirmations",
                replace(equal, gained=0.02 + gain / 100, confirmed=0),
            )
            for gain in (2, 4, 6)
        ),
        (
            "GOOD  players +4, 500 corrections, clean +1",
            replace(equal, gained=0.06, clean_gained=equal.clean_gained + 0.01),
        ),
    ]


def _lose_clean(world: World, loss: float) -> World:
    """Return a world with a further loss on clean drawings, in points of accuracy."""
    return replace(
        world,
        clean_lost=world.clean_lost + loss / 200,
        clean_gained=world.clean_gained - loss / 200,
    )


def simulate(world: World, rng: np.random.Generator) -> GateInputs:
    """Draw the guesses that the gate would see of such a challenger."""
    clean = _simulate_clean(world, rng)
    # As many drawings as give so many corrections on average.
    drawings = round(world.corrections / (CORRECTED * (1 - RIGHT)))
    players = max(
        2, round(drawings * (CORRECTED * (1 - RIGHT) + world.confirmed * RIGHT) / DRAWINGS)
    )
    sizes = rng.dirichlet(np.full(players, 0.7))  # some draw much more than others
    who = rng.choice(players, drawings, p=sizes)
    # Both the champion's accuracy and the rates of gains and losses differ between players. Beta
    # distributions have the right means, and their sums of parameters (8, 10) set the spread.
    champion_right = rng.random(drawings) < rng.beta(RIGHT * 8, (1 - RIGHT) * 8, players)[who]
    gained, lost = world.gained / (1 - RIGHT), world.lost / RIGHT
    challenger_right = np.where(
        champion_right,
        rng.random(drawings) >= rng.beta(lost * 10, (1 - lost) * 10, players)[who],
        rng.random(drawings) < rng.beta(gained * 10, (1 - gained) * 10, players)[who],
    )
    answered = rng.random(drawings) < np.where(champion_right, world.confirmed, CORRECTED)
    if world.one_player:
        by_one = (~champion_right) & answered & (rng.random(drawings) < world.one_player)
        who, challenger_right = np.where(by_one, players, who), challenger_right | by_one
    labels = rng.integers(0, CLASSES, drawings).astype(np.uint8)
    names = np.array([f"p{player}" for player in range(players + 1)])[who]
    guesses = _make_guesses(
        labels[answered], champion_right[answered], challenger_right[answered], names[answered]
    )
    return GateInputs(clean, weigh(guesses, world.clean_right), since_baseline=clean)


def _simulate_clean(world: World, rng: np.random.Generator) -> PairedGuesses:
    labels = np.repeat(np.arange(CLASSES, dtype=np.uint8), world.rows // CLASSES)
    champion_right = rng.random(world.rows) < world.clean_right
    chance = rng.random(world.rows)
    challenger_right = np.where(
        champion_right,
        chance >= world.clean_lost / world.clean_right,
        chance < world.clean_gained / (1 - world.clean_right),
    )
    ruined = (labels == 5) & (rng.random(world.rows) < world.ruined)
    return _make_guesses(labels, champion_right, challenger_right & ~ruined)


def _make_guesses(
    labels: NDArray[np.uint8],
    champion_right: NDArray[np.bool_],
    challenger_right: NDArray[np.bool_],
    players: NDArray[np.str_] | None = None,
) -> PairedGuesses:
    wrong = ((labels + 1) % CLASSES).astype(np.uint8)
    return PairedGuesses(
        labels,
        np.where(champion_right, labels, wrong),
        np.where(challenger_right, labels, wrong),
        players,
    )


def decide_by_accuracies(inputs: GateInputs) -> RunState:
    """Decide by the rule that the project had before this gate.

    It compared plain accuracies on clean drawings and on corrections.
    """
    if -inputs.clean.gains.mean() > OLD_MARGIN:
        return RunState.REJECTED
    answers = inputs.answers
    gained = answers.guesses.gains[~answers.confirmed].sum() if answers else 0
    return RunState.PROMOTED if gained > 0 else RunState.REJECTED if gained < 0 else RunState.HELD


def format_shares(counts: Counter[RunState]) -> str:
    """Return the share of each outcome, in per cent."""
    total = sum(counts.values())
    outcomes = (RunState.PROMOTED, RunState.HELD, RunState.REJECTED)
    shares = [100 * counts[outcome] / total for outcome in outcomes]
    return "{:8.0f}{:8.0f}{:9.0f}".format(*shares)


_EMPTY = Metrics(rows=0, accuracy=0, loss=0, recall={}, precision={}, confusion=[])
NO_METRICS = Comparison(champion=_EMPTY, challenger=_EMPTY)
