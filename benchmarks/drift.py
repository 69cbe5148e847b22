"""How often drift is found where there is none, and how soon where there is. Run with `python -m benchmarks.drift`.

Both sides see the same days: ours, and a plain test of two shares (z, one-sided, 5 %) each day against the first day.
"""

import argparse
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from pipeline.records.corrections import Answers
from pipeline.runs.drift import detect_drift

RISE = 0.05  # REDRAW_TRIGGER_DRIFT_RISE
PLAIN_LIMIT = 1.645
ANSWERS_OF_A_PLAYER = 10  # a day, on average; geometric
SPREAD = 9.0  # of the players' own rates: Beta with a + b of this, a standard deviation of 0.13 around 0.2


def corrections(
    days: int, answers: int, rate: float, alike: bool, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Corrections of each day, `(days,)`, of about `answers` answers; `alike`: those of one player have one rate."""
    if not alike:
        return rng.binomial(answers, rate, days)
    each = rng.geometric(1 / ANSWERS_OF_A_PLAYER, (days, 2 * answers // ANSWERS_OF_A_PLAYER + 20))
    each = np.diff(np.minimum(np.cumsum(each, axis=1), answers), axis=1, prepend=0)
    return rng.binomial(each, rng.beta(rate * SPREAD, (1 - rate) * SPREAD, each.shape)).sum(axis=1)


def found(first: int, recent: int, answers: int, day: int) -> bool:
    """Ours."""
    return detect_drift(
        "v", Answers(first, answers - first), Answers(recent, answers - recent), day, RISE
    ).rising


def found_plainly(first: int, recent: int, answers: int, _day: int) -> bool:
    """A z test of two shares."""
    pooled = (first + recent) / (2 * answers)
    return recent - first > PLAIN_LIMIT * sqrt(2 * answers * pooled * (1 - pooled))


def main() -> None:
    """Simulates champions and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--champions", type=int, default=1000)
    parser.add_argument("--days", type=int, default=90)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    print(
        f"{options.champions} champions of {options.days} days each; 20% of answers correct at first"
    )
    print(
        "answers a day, players | never rises: raised an alarm, ours (plain) | found within 7 days of a rise on day 15, ours"
    )
    for answers in (200, 1000, 5000):
        for alike in (False, True):
            false, plainly, soon = 0, 0, {0.30: 0, 0.35: 0, 0.40: 0}
            for _ in range(options.champions):
                first, *later = corrections(options.days, answers, 0.2, alike, rng).tolist()
                false += any(found(first, each, answers, day) for day, each in enumerate(later, 1))
                plainly += any(
                    found_plainly(first, each, answers, day) for day, each in enumerate(later, 1)
                )
                for rate in soon:
                    week = corrections(7, answers, rate, alike, rng).tolist()
                    soon[rate] += any(
                        found(first, each, answers, day) for day, each in enumerate(week, 15)
                    )
            powers = ", ".join(
                f"to {rate:.0%}: {count / options.champions:.0%}" for rate, count in soon.items()
            )
            kind = "alike" if alike else "independent"
            alarms = f"{false / options.champions:.1%} ({plainly / options.champions:.0%})"
            print(f"{answers:5}, {kind:11} | {alarms:14} | {powers}")


if __name__ == "__main__":
    main()
