"""When the evidence of a trial is looked at, and how often each look may be wrong.

A test that is repeated again and again is wrong far more often than its level says. Here the looks
are planned: they come at fixed numbers of answers, however often and whenever the standing is read,
and each has a level of its own. The levels of all looks, of which there is no last one,
sum up to little more than the error that is allowed in all (a group sequential test that spends
its error by a plan: K. K. G. Lan and D. L. DeMets, "Discrete sequential boundaries for clinical
trials", Biometrika 70, 1983).
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.gate.paired import ConfidenceInterval
from pipeline.trial.standing import Verdict


class Look(NamedTuple):
    """One planned look.

    size: the number of answers about disagreements at which it happens.
    better: its level for BETTER, the chance of a false one at this look.
    worse: its level for WORSE.
    may_end: whether it may find the trial futile; not before the look with most of the error.
    """

    size: int
    better: float
    worse: float
    may_end: bool = True


_EARLY = (
    Look(25, 0.0005, 0.0009, may_end=False),
    Look(50, 0.002, 0.0009, may_end=False),
    Look(100, 0.012, 0.0009, may_end=False),
    Look(190, 0.038, 0.0009),
)
"""The levels for BETTER are spent where a trial in a small game ends, just before 200 answers.

Those for WORSE are even at first, so that a harmful version is noticed early."""
_GROWTH, _DECAY = 2, 0.5
"""After those, each look comes at twice as many answers, at half the levels."""
_NEXT_BETTER, _NEXT_WORSE = 0.005, 0.0007

BETTER_ERROR = 0.05
"""Chance of a false BETTER at any look, if the true difference is just the margin.

The levels sum up to 0.063. But looks see the same answers, so if one errs, the next often does too:
together it is 0.048, computed by the recursion of P. Armitage, C. K. McPherson and B. C. Rowe,
"Repeated significance tests on accumulating data", J. R. Statist. Soc. A 132, 1969. Where
players answer again and again, looks have more in common, and it is less (D. Slepian, 1962)."""
WORSE_ERROR = 0.005
"""Chance of a false WORSE at any look, if both versions are equal: the sum of the levels.

Ten trials and watches in 60 days then raise a false alarm in 5 % of such periods at most."""


def plan_looks(scale: int = 1) -> Iterator[Look]:
    """Yield the looks in order, without end.

    Args:
        scale: by what the sizes are multiplied, for evidence of which more is needed.
    """
    for look in _EARLY:
        yield look._replace(size=look.size * scale)
    size, better, worse = _EARLY[-1].size, _NEXT_BETTER, _NEXT_WORSE
    while True:
        size *= _GROWTH
        yield Look(size * scale, better, worse)
        better, worse = better * _DECAY, worse * _DECAY


FUTILE_CONFIDENCE = 0.95
"""How sure it must be that the gain is below the margin, to find a trial futile."""


class Seen(NamedTuple):
    """What one look saw.

    difference: accuracy of the version in question less that of the other, with bounds whose
        levels are those of the look.
    share: the share of drawings on which the two differ; NaN where this plays no part.
    verdict: what follows.
    """

    difference: ConfidenceInterval
    share: float
    verdict: Verdict


class Progress(NamedTuple):
    """How far the looks have come.

    seen: what the last look saw; None before the first.
    next_look: the size of the next look.
    counted: how many answers the last look saw, if it decided; else how many there are.
    """

    seen: Seen | None
    next_look: int
    counted: int


def follow_looks(
    counts: NDArray[np.float64], see: Callable[[int, Look], Seen], scale: int = 1
) -> Progress:
    """Take the looks that the evidence has reached, up to the first that decides.

    Each look sees what was there when it was due, so the result does not depend on when, or how
    often, this is called.

    Args:
        counts: float64 `(n,)`, rising: how much the answers up to each one count.
        see: called with the index of the answer that completes a look, and the look.
        scale: see `plan_looks`.
    """
    total = float(counts[-1]) if len(counts) else 0.0
    seen, looks = None, plan_looks(scale)
    look = next(looks)
    while look.size <= total:
        index = int(np.searchsorted(counts, look.size))
        seen = see(index, look)
        if seen.verdict is not Verdict.OPEN:
            return Progress(seen, look.size, index + 1)
        look = next(looks)
    return Progress(seen, look.size, len(counts))


def decide(
    look: Look, difference: ConfidenceInterval, margin: float, most_gain: Callable[[], float]
) -> Verdict:
    """Return the verdict of a look.

    Args:
        look: the look.
        difference: see `Seen`.
        margin: the accuracy that a better version may lose at most, as a share.
        most_gain: computes the bound that the gain is below with 95 %; asked for if nothing else
            decides.
    """
    if difference.high < 0:
        return Verdict.WORSE
    if difference.low > -margin and difference.estimate > 0:
        return Verdict.BETTER
    if look.may_end and difference.estimate <= 0 and most_gain() < margin:
        return Verdict.FUTILE
    return Verdict.OPEN
