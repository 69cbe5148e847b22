"""Play whole games of 60 days, and ten retrains in a row, by several rules to release by.

Run with `python -m benchmarks.game --pairs FOLDER`; `python -m benchmarks.gate_pairs` makes the
files of that folder: the guesses of heads that were fitted to 100 to 13,000 real answers. A game
with so many answers gets the head that was fitted to as many, so thousands of retrains take
minutes. What such a game leaves out: each fit starts from the baseline, not from the champion.

Players draw; they answer 30 % of wrong guesses and 10 % of right ones, and half of the questions.
Each time that 500 answers are pending, a challenger is fitted and judged. A trial asks where the
two versions differ; while it lasts nothing else is tried. After a release the version before it is
compared for a week ("watch").
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.game_library import ALL, BASELINE, Library, read_libraries
from benchmarks.game_rules import RULES, Rule
from benchmarks.gate_pairs import CONFIRMED, CORRECTED
from benchmarks.trial_evidence import Behaviour, draw_evidence
from pipeline.records.runs import RunState
from pipeline.settings import Settings
from pipeline.trial.sequence import judge_trial, judge_watch
from pipeline.trial.standing import RatioBounds, TrialEvidence, TrialStanding, Verdict

DAYS, TRIAL_DAYS, WATCH_DAYS = 60, 14, 7
THRESHOLD = 500
HELD_OUT = 0.1
"""The share of players whose answers judge every challenger, however old they are."""
MOST_ANSWERS = 5000
HARMFUL = -0.005
RETRAINS = 10
SPOILED = 0.5
"""Share of the fits that are spoiled, in the second of the two tables of each size."""


class Comparison(NamedTuple):
    """A trial, or the watch after a release, that is under way.

    other: the head that is compared with the champion: on trial, or the version before.
    evidence, days: its fresh answers and the day of each, counted from its first.
    started: its first day.
    """

    other: int
    evidence: TrialEvidence
    days: NDArray[np.int64]
    started: int


class Course(NamedTuple):
    """How a game went.

    gain: accuracy gained on average over the days, as a share.
    worst: the largest fall of the accuracy of what is released, below 0.
    harmful: releases that were worse by more than 0.5 points.
    false_alarms: trials stopped, and releases rolled back, though not worse.
    releases: all releases.
    """

    gain: float
    worst: float
    harmful: int
    false_alarms: int
    releases: int


class Game:
    """One game: the library of its world, its rule, and what is released.

    `spoiled` is the share of the fits that end in a head that should not be released.
    """

    def __init__(
        self, library: Library, rule: Rule, a_day: int, seed: int, spoiled: float = 0.0
    ) -> None:
        self.library, self.rule, self.a_day, self.spoiled = library, rule, a_day, spoiled
        self.rng = np.random.default_rng([seed, a_day])
        self.champion, self.answers, self.learned, self.pending = BASELINE, 0, 0, 0
        self.trial: Comparison | None = None
        self.watch: Comparison | None = None
        self.changes: list[float] = []
        self.false_alarms = 0

    def play(self) -> Course:
        """Play all days."""
        gains = [self.play_day(day) for day in range(DAYS)]
        return Course(
            float(np.mean(gains)),
            min([0.0, *self.changes]),
            sum(change < HARMFUL for change in self.changes),
            self.false_alarms,
            len(self.changes),
        )

    def play_day(self, day: int) -> float:
        """Play one day, and return what its players gained since the baseline, as a share."""
        gained = self.library.gain(BASELINE, self.champion)
        right = float(self.library.accuracies[self.champion])
        share = right * CONFIRMED + (1 - right) * CORRECTED
        new = int(self.rng.binomial(self.a_day, share))
        self.answers, self.pending = self.answers + new, self.pending + new
        if self.watch:
            self.follow_watch(self.watch, day)
        if self.trial:
            self.follow_trial(self.trial, day)
        elif self.pending >= THRESHOLD:
            self.pending = 0
            self.retrain(day)
        return gained

    def retrain(self, day: int) -> None:
        """Fit a challenger to all answers, judge it, and release it, try it, or leave it."""
        challenger = self.library.find_head(self.rule.heads, self.answers)
        if self.rng.random() < self.spoiled:
            challenger = self.library.choose_other(self.rng)
        if challenger == self.champion:
            return
        new = self.answers - self.learned + round(HELD_OUT * self.learned)
        pair = self.library.pair(self.champion, challenger)
        judged = self.rule.judge(pair, min(new, MOST_ANSWERS), self.rng)
        passed = judged.outcome is RunState.PROMOTED
        promising = judged.outcome is RunState.HELD and judged.expected_gain > 0
        if passed and self.rule.trial != "always":
            self.release(challenger, day)
        elif self.rule.trial != "never" and (passed or promising):
            self.watch = None
            self.trial = self.compare(challenger, TRIAL_DAYS, day)

    def release(self, head: int, day: int) -> None:
        """Release a head; the version before it is compared from now on."""
        before, self.champion = self.champion, head
        self.changes.append(self.library.gain(before, head))
        self.learned, self.trial = self.answers, None
        if self.rule.trial != "never":
            self.watch = self.compare(before, WATCH_DAYS, day)

    def compare(self, other: int, days: int, day: int) -> Comparison:
        """Begin to compare a head with the champion."""
        evidence, arrived = draw_evidence(
            self.library.pair(self.champion, other),
            Behaviour("", days=days, a_day=self.a_day),
            self.rng,
        )
        return Comparison(other, evidence, arrived, day + 1)

    def follow_trial(self, trial: Comparison, day: int) -> None:
        """Judge the trial by what has arrived: promote, end it, or go on."""
        standing = _judge(judge_trial, trial, day)
        if standing.verdict is Verdict.BETTER:
            self.release(trial.other, day)
        elif standing.verdict is not Verdict.OPEN or day - trial.started + 1 >= TRIAL_DAYS:
            is_worse = standing.verdict is Verdict.WORSE
            self.false_alarms += is_worse and self.library.gain(self.champion, trial.other) >= 0
            self.trial = None

    def follow_watch(self, watch: Comparison, day: int) -> None:
        """Roll back if the release is worse for sure."""
        if _judge(judge_watch, watch, day).verdict is Verdict.WORSE:
            gained = self.library.gain(watch.other, self.champion)
            self.false_alarms += gained >= 0
            self.champion, self.watch, self.trial = watch.other, None, None
        elif day - watch.started + 1 >= WATCH_DAYS:
            self.watch = None


def _judge(
    judge: Callable[[TrialEvidence, RatioBounds, float], TrialStanding],
    comparison: Comparison,
    day: int,
) -> TrialStanding:
    """Judge by what has arrived until a day."""
    arrived = comparison.evidence.select(comparison.days <= day - comparison.started)
    return judge(arrived, RatioBounds(1.0, 4.0), MARGIN)


MARGIN = Settings(_env_file=None).gate.players_margin  # type: ignore[call-arg]


def main() -> None:
    """Play, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, required=True, help="folder of benchmarks.gate_pairs")
    parser.add_argument("--games", type=int, default=25, help="for each world and rule")
    options = parser.parse_args()
    libraries = read_libraries(options.pairs)
    for a_day in (1000, 10_000):
        for spoiled in (0.0, SPOILED):
            print_games(libraries, a_day, options.games, spoiled)
    for library in libraries:
        print_retrains(library, options.games)


def print_games(libraries: list[Library], a_day: int, games: int, spoiled: float) -> None:
    """Print what each rule gains, and how often it does harm."""
    print(
        f"\n{a_day:,} drawings a day, {DAYS} days, {games} games in each of {len(libraries)}"
        f" worlds; {spoiled:.0%} of the fits are spoiled"
    )
    columns = ("unshifted", "shifted", "worst fall", "harmful/100", "false alarms %", "releases")
    print(f"{'points gained on average':30}" + "".join(f"{name:>16}" for name in columns))
    for rule in RULES:
        courses = {
            library.name: [
                Game(library, rule, a_day, 1000 * number + game, spoiled).play()
                for game in range(games)
            ]
            for number, library in enumerate(libraries)
        }
        cells = [
            _describe([c.gain for name, one in courses.items() if is_in(name) for c in one])
            for is_in in (lambda name: "unshifted" in name, lambda name: "unshifted" not in name)
        ]
        everything = [course for one in courses.values() for course in one]
        cells += [
            f"{100 * min(course.worst for course in everything):+.1f}",
            f"{100 * np.mean([course.harmful for course in everything]):.0f}",
            f"{100 * np.mean([course.false_alarms > 0 for course in everything]):.1f}",
            f"{np.mean([course.releases for course in everything]):.1f}",
        ]
        print(f"{rule.name:30}" + "".join(f"{cell:>16}" for cell in cells), flush=True)


def print_retrains(library: Library, games: int) -> None:
    """Print how far ten retrains of 500 answers each get, and the largest fall on the way."""
    best, base = library.find_best(ALL, RETRAINS * THRESHOLD), float(library.accuracies[BASELINE])
    print(f"\n{library.name}, ten retrains: baseline {base:.2%}, best challenger {best:.2%}")
    if best <= base:
        return
    for rule in RULES:
        ends, falls = [], []
        for seed in range(games):
            game = Game(library, rule, 4000, 50_000 + seed)
            for number in range(1, RETRAINS + 1):
                game.answers, day = THRESHOLD * number, 100 * number
                game.watch = None
                game.retrain(day)
                for later in range(day + 1, day + TRIAL_DAYS + WATCH_DAYS + 1):
                    if game.watch:
                        game.follow_watch(game.watch, later)
                    if game.trial:
                        game.follow_trial(game.trial, later)
            ends.append(library.gain(BASELINE, game.champion) / (best - base))
            falls.append(min([0.0, *game.changes]))
        print(
            f"{rule.name:30} ends {100 * np.mean(ends):.0f} % of the way"
            f" (least {100 * min(ends):.0f}); largest fall {100 * min(falls):+.2f} points"
        )


def _describe(gains: list[float]) -> str:
    if not gains:
        return "-"
    return f"{100 * np.mean(gains):+.2f} ± {100 * np.std(gains) / len(gains) ** 0.5:.2f}"


if __name__ == "__main__":
    main()
