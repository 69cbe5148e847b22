"""Measure what a trial finds, after how many answers, and how often it is wrong.

Run with `python -m benchmarks.trial --pairs FOLDER`; `python -m benchmarks.gate_pairs` makes the
files of that folder: guesses of real pairs of champion and challenger.

The first table: of real trials, how many per cent found the version better. The second: how often
versions that are exactly equal, or worse by exactly the margin, on the same drawings, are found
worse or better within 60 days, by how players behave. The third: what a canary's arms find.
"""

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np

from benchmarks.gate import COLUMNS, SPOILED, name_column
from benchmarks.gate_answers import Pair, read_pairs
from benchmarks.gate_pairs import CONFIRMED, CORRECTED
from benchmarks.trial_evidence import Behaviour, Tilt, draw_evidence
from pipeline.gate.paired import PlayerTotals, difference_interval
from pipeline.settings import Settings
from pipeline.trial.arms import ArmEvidence, judge_arms
from pipeline.trial.sequence import judge_trial, judge_watch
from pipeline.trial.standing import RatioBounds, TrialEvidence, Verdict

SIZES = (50, 100, 200, 400, 800)
"""Answers about disagreements."""
LONG = Behaviour("", days=1, a_day=40_000)
UNKNOWN_RATIO = RatioBounds(1.0, 4.0)
BEHAVIOURS = (
    Behaviour("1,000 drawings a day"),
    Behaviour("10,000 a day, a week", days=7, a_day=10_000),
    Behaviour("other players on weekends", busier=3.0),
    Behaviour("one player draws a third", heavy=1 / 3),
    Behaviour("a hostile player's 500 answers", flood=500),
    Behaviour("a game that asks nothing", asked=False),
)
WEEKEND = 0.002
ARM_GAINS = (-0.05, -0.02, 0.0, 0.01, 0.02, 0.05)
ENDS = (Verdict.BETTER, Verdict.WORSE, Verdict.FUTILE)
PLAIN = "one look at the end, share known"


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, required=True, help="folder of benchmarks.gate_pairs")
    parser.add_argument("--trials", type=int, default=12, help="for each pair")
    parser.add_argument("--alarms", type=int, default=400, help="for each way to behave")
    options = parser.parse_args()
    pairs = [pair for path in sorted(options.pairs.glob("*.npz")) for pair in read_pairs(path)]
    print_power(pairs, options.trials)
    print_alarms(pairs, options.alarms)
    print_arms(options.alarms // 4)


def print_power(pairs: list[Pair], trials: int) -> None:
    """Print how many per cent of the trials are found better, by answers and true effect."""
    margin = _margin()
    better, worse, plain = (defaultdict[tuple[int, str], list[bool]](list) for _ in range(3))
    for number, pair in enumerate(pairs):
        share = float((pair.players.champion != pair.players.challenger).mean())
        drawings = round(SIZES[-1] / max(share, 0.005) * 2.3)
        for trial in range(trials):
            rng = np.random.default_rng([number, trial])
            evidence = draw_evidence(pair, LONG._replace(a_day=drawings), rng).evidence
            ends = np.flatnonzero(evidence.differ)
            for size in SIZES:
                if len(ends) < size:
                    continue
                until, key = evidence.select(slice(ends[size - 1] + 1)), (size, name_column(pair))
                verdict = judge_trial(until, UNKNOWN_RATIO, margin).verdict
                better[key].append(verdict is Verdict.BETTER)
                worse[key].append(verdict is Verdict.WORSE)
                plain[key].append(_judge_once(until, share, margin))
    names = [*COLUMNS, *SPOILED]
    print(f"{len(pairs)} real pairs, {trials} trials each, per cent found better (worse) [{PLAIN}]")
    print(f"{'gain of players in points':>26}" + "".join(f"{name:>15}" for name in names))
    for size in SIZES:
        cells = (
            f"{_percent(better[size, name])} ({_percent(worse[size, name])})"
            f" [{_percent(plain[size, name])}]"
            for name in names
        )
        print(f"{f'{size} disagreements':>26}" + "".join(f"{cell:>15}" for cell in cells))


def print_alarms(pairs: list[Pair], count: int) -> None:
    """Print how often a trial and a watch are wrong within 60 days, in per cent."""
    margin = _margin()
    print(f"\nfalse alarms, per cent of {count} trials of 60 days, looked at ten times a day:")
    print(f"{'':34}{'equal: worse':>16}{'watch: worse':>16}{'margin worse: better':>24}")
    for behaviour in BEHAVIOURS:
        weekend = WEEKEND if behaviour.busier != 1 else 0.0
        found = defaultdict[str, list[bool]](list)
        for trial in range(count):
            rng = np.random.default_rng([trial, 7])
            pair = pairs[int(rng.integers(len(pairs)))]
            equal = draw_evidence(pair, behaviour, rng, Tilt(0.0, weekend)).evidence
            found["trial"].append(
                judge_trial(equal, UNKNOWN_RATIO, margin).verdict is Verdict.WORSE
            )
            found["watch"].append(
                judge_watch(equal, UNKNOWN_RATIO, margin).verdict is Verdict.WORSE
            )
            worse = draw_evidence(pair, behaviour, rng, Tilt(-margin, weekend)).evidence
            found["better"].append(
                judge_trial(worse, UNKNOWN_RATIO, margin).verdict is Verdict.BETTER
            )
        cells = "".join(
            f"{_describe(found[name]):>{width}}"
            for name, width in (("trial", 16), ("watch", 16), ("better", 24))
        )
        print(f"{behaviour.name:34}{cells}", flush=True)


def print_arms(trials: int) -> None:
    """Print what a canary finds of 40,000 drawings, by the true gain and the share of players."""
    margin = _margin()
    print(f"\ncanary, 40,000 drawings, {trials} trials, per cent found better / worse / futile:")
    print(f"{'gain in points':>26}" + "".join(f"{100 * gain:>+15.1f}" for gain in ARM_GAINS))
    for share in (0.1, 0.5):
        cells = []
        for gain in ARM_GAINS:
            verdicts = [
                judge_arms(_draw_arms(gain, share, seed), UNKNOWN_RATIO, margin).verdict
                for seed in range(trials)
            ]
            shares = (np.mean([found is verdict for found in verdicts]) for verdict in ENDS)
            cells.append(" / ".join(f"{100 * share:.0f}" for share in shares))
        name = f"{share:.0%} of players"
        print(f"{name:>26}" + "".join(f"{cell:>15}" for cell in cells), flush=True)


def _draw_arms(gain: float, share: float, seed: int, drawings: int = 40_000) -> ArmEvidence:
    """Draw answers of two arms, where the release knows 90 % of all drawings."""
    rng = np.random.default_rng([seed, 3])
    population = drawings // 12
    players = rng.choice(population, drawings, p=rng.dirichlet(np.full(population, 0.7)))
    in_trial = (rng.random(population) < share)[players]
    right = rng.random(drawings) < 0.9 + np.where(in_trial, gain, 0.0)
    answered = np.flatnonzero(rng.random(drawings) < np.where(right, CONFIRMED, CORRECTED))
    return ArmEvidence(
        np.char.mod("p%d", players[answered]).astype(np.bytes_),
        in_trial[answered],
        right[answered],
        np.full(len(answered), np.nan, np.float32),
    )


def _margin() -> float:
    return Settings(_env_file=None).gate.players_margin


def _judge_once(evidence: TrialEvidence, share: float, margin: float) -> bool:
    """Return whether one look at all answers, each a player's own, would find it better."""
    gains = (evidence.shadow_right.astype(np.float64) - evidence.shown_right)[evidence.differ]
    totals = PlayerTotals(gains, np.ones(len(gains)), len(gains))
    interval = difference_interval(totals, 0.95)
    return interval.low * share > -margin and interval.estimate > 0


def _percent(found: list[bool]) -> str:
    return f"{100 * np.mean(found):.0f}" if found else "-"


def _describe(found: list[bool]) -> str:
    share = float(np.mean(found))
    return f"{100 * share:.1f} ± {100 * (share * (1 - share) / len(found)) ** 0.5:.1f}"


if __name__ == "__main__":
    main()
