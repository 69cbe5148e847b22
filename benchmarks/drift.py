"""Measure false alarms and detection delay of the drift test, by simulation.

    python -m benchmarks.drift

Both sides see the same days: ours, and a plain test that compares the shares of each day and of the
first day (z test, one-sided, 5 %).
"""

import argparse
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from pipeline.records.corrections import Answers
from pipeline.runs.drift import detect_drift

RISE = 0.05  # REDRAW_TRIGGER_DRIFT_RISE
PLAIN_LIMIT = 1.645
ANSWERS_OF_A_PLAYER = 10
"""The mean number of a player's answers in a day; their distribution is geometric."""
CONCENTRATION = 9.0
"""a + b of the Beta distribution of the players' own rates: a deviation of 0.13 around 0.2."""


def simulate_corrections(
    days: int, answers: int, rate: float, alike: bool, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Simulate the number of corrections of each day, `(days,)`, among `answers` answers.

    With `alike`, the answers of one player share a rate of their own, so they are not independent.
    """
    if not alike:
        return rng.binomial(answers, rate, days)
    # The answers of each player and day, drawn until there are more than enough, then cut off.
    counts = rng.geometric(1 / ANSWERS_OF_A_PLAYER, (days, 2 * answers // ANSWERS_OF_A_PLAYER + 20))
    counts = np.diff(np.minimum(np.cumsum(counts, axis=1), answers), axis=1, prepend=0)
    rates = rng.beta(rate * CONCENTRATION, (1 - rate) * CONCENTRATION, counts.shape)
    daily: NDArray[np.int64] = rng.binomial(counts, rates).sum(axis=1)
    return daily


def detect_by_ours(first: int, recent: int, answers: int, day: int) -> bool:
    """Return whether our test finds a rise."""
    return detect_drift(
        "v", Answers(first, answers - first), Answers(recent, answers - recent), day, RISE
    ).rising


def detect_by_z_test(first: int, recent: int, answers: int, _day: int) -> bool:
    """Return whether a z test of two shares finds a rise."""
    pooled = (first + recent) / (2 * answers)
    return recent - first > PLAIN_LIMIT * sqrt(2 * answers * pooled * (1 - pooled))


def main() -> None:
    """Simulate champions and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--champions", type=int, default=1000)
    parser.add_argument("--days", type=int, default=90)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    print(
        f"{options.champions} champions of {options.days} days each; "
        "20% of answers correct at first"
    )
    print(
        "answers a day, players | never rises: raised an alarm, ours (plain) | "
        "found within 7 days of a rise on day 15, ours"
    )
    for answers in (200, 1000, 5000):
        for alike in (False, True):
            ours, plain, detected = 0, 0, {0.30: 0, 0.35: 0, 0.40: 0}
            for _ in range(options.champions):
                first, *later = simulate_corrections(
                    options.days, answers, 0.2, alike, rng
                ).tolist()
                ours += any(
                    detect_by_ours(first, count, answers, day) for day, count in enumerate(later, 1)
                )
                plain += any(
                    detect_by_z_test(first, count, answers, day)
                    for day, count in enumerate(later, 1)
                )
                for rate in detected:
                    week = simulate_corrections(7, answers, rate, alike, rng).tolist()
                    detected[rate] += any(
                        detect_by_ours(first, count, answers, day)
                        for day, count in enumerate(week, 15)
                    )
            powers = ", ".join(
                f"to {rate:.0%}: {count / options.champions:.0%}"
                for rate, count in detected.items()
            )
            kind = "alike" if alike else "independent"
            alarms = f"{ours / options.champions:.1%} ({plain / options.champions:.0%})"
            print(f"{answers:5}, {kind:11} | {alarms:14} | {powers}")


if __name__ == "__main__":
    main()
