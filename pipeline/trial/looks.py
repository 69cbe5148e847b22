"""When the evidence of a trial is looked at, and the error that each look may make.

A test that is repeated whenever somebody looks is wrong far more often than its level says. Here
the looks are planned: they come at fixed numbers of answers, whoever reads the standing and
whenever. Each has its own share of the allowed error. These shares sum up to all of it, so by the
union bound the chance that *any* look errs is at most the allowed error. It holds whatever the
answers at different looks have to do with each other: for players who answer again and again, and
for weekends that are unlike working days.
"""

from collections.abc import Iterator
from typing import NamedTuple

FIRST, CENTRE = 25, 200
"""Answers about disagreements at the first look, and at the look with most of the error."""
_EARLY = ((25, 0.004), (50, 0.016), (100, 0.08), (150, 0.15), (200, 0.45))
"""The first looks, each with its share of the error for BETTER."""
_GROWTH, _DECAY = 1.5, 2 / 3
"""After those, each look comes at 1.5 times as many answers, and may err 2/3 as often."""


class Look(NamedTuple):
    """One planned look.

    size: the number of answers at which it happens.
    better, worse: the shares of the allowed error for a false BETTER and a false WORSE.
    """

    size: int
    better: float
    worse: float


def plan_looks() -> Iterator[Look]:
    """Yield the looks in order, without end. Both kinds of shares sum up to 1.

    The error of BETTER is spent where a trial of a small game ends: on about 200 answers. That of
    WORSE is spread evenly at first, so that a harmful version is noticed early.
    """
    rest = 1 - sum(share for _, share in _EARLY)
    even = 1 / (len(_EARLY) + 1 / (1 - _DECAY))
    for size, share in _EARLY:
        yield Look(size, share, even)
    size, factor = _EARLY[-1][0], 1 - _DECAY
    worse = even
    while True:
        size, rest_now = round(size * _GROWTH), rest * factor
        yield Look(size, rest_now, worse)
        rest, worse = rest - rest_now, worse * _DECAY
