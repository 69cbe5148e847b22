"""From what two models answered on the same rows to how much better the second is, and how surely. Pure statistics."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, stdtrit

from pipeline.model.answers import PairedGuesses

LEAST_FREEDOM = (
    0.05  # below it scipy's quantiles overflow; the interval is all that is possible long before
)


def concatenate_guesses(groups: Sequence[PairedGuesses | None]) -> PairedGuesses | None:
    """All rows of the groups that are there, in one; None without any. Rows without players become players of their own."""
    there = [group for group in groups if group is not None and group.rows]
    if not there:
        return None
    players = [_names(group, at) for at, group in enumerate(there)]
    labels, champion, challenger = (
        np.concatenate(parts) for parts in zip(*(group[:3] for group in there), strict=True)
    )
    return PairedGuesses(labels, champion, challenger, np.concatenate(players))


def _names(group: PairedGuesses, at: int) -> NDArray[np.str_]:
    return (
        np.array([f"{at}/{row}" for row in range(group.rows)], np.str_)
        if group.players is None
        else group.players
    )


class PlayerSums(NamedTuple):
    """What the rows of each player add up to, float64 `(players,)`, and how many rows these are.

    changes: drawings gained less drawings lost. weights: drawings. Both weighted.
    """

    changes: NDArray[np.float64]
    weights: NDArray[np.float64]
    rows: int


def sum_by_player(groups: Sequence[tuple[PairedGuesses, float]]) -> PlayerSums:
    """Groups, each with the weight of one of its rows, player by player. The order of rows changes no bit of it."""
    if all(group.players is None for group, _ in groups):
        changes = np.concatenate([weight * group.change for group, weight in groups])
        return PlayerSums(
            changes,
            np.concatenate([np.full(group.rows, weight) for group, weight in groups]),
            len(changes),
        )
    names, who = np.unique(
        np.concatenate([_names(group, at) for at, (group, _) in enumerate(groups)]),
        return_inverse=True,
    )
    changes, weights, start = np.zeros(len(names)), np.zeros(len(names)), 0
    for group, weight in groups:
        part = who[start : start + group.rows]
        # Whole numbers are added, and weighted afterwards: their sum is exact whatever the order.
        changes += weight * np.bincount(part, group.change, len(changes))
        weights += weight * np.bincount(part, minlength=len(weights))
        start += group.rows
    return PlayerSums(changes, weights, start)


class Interval(NamedTuple):
    """A difference in accuracy, as a share: measured, and what it may be at least and at most."""

    measured: float
    low: float
    high: float


def difference_interval(sums: PlayerSums, confidence: float) -> Interval:
    """The challenger's accuracy less the champion's; each bound alone holds with `confidence` (two one-sided ones).

    A score interval: a difference belongs to it when the players' sums, less that difference, are compatible with no
    difference. The variance is that between players, so a player's rows may be as alike as they like. Two made-up players with
    one average drawing each, one better and one worse, keep it honest where next to nothing changed (Agresti and Min, 2005).
    Student's t has as many degrees of freedom as there are players on whom the difference rests, less one (Satterthwaite's
    count of the sums' squares); so where one player makes the difference, nothing is certain.
    """
    if not sums.rows:
        return Interval(0.0, -1.0, 1.0)
    total = sums.weights.sum()
    average = total / sums.rows
    changes = np.append(sums.changes, [average, -average])
    weights = np.append(sums.weights, [average, average])
    squares = changes**2
    freedom = squares.sum() ** 2 / (squares**2).sum() - 1
    wide = stdtrit(max(freedom, LEAST_FREEDOM), confidence) ** 2
    # (S - W d)^2 <= t^2 * sum of (s - w d)^2, solved for d.
    square = weights.sum() ** 2 - wide * (weights**2).sum()
    linear = weights.sum() * changes.sum() - wide * (changes * weights).sum()
    constant = changes.sum() ** 2 - wide * squares.sum()
    measured = float(sums.changes.sum() / total)
    if square <= 0:
        return Interval(measured, -1.0, 1.0)
    half = max(0.0, linear**2 - square * constant) ** 0.5
    low, high = (linear - half) / square, (linear + half) / square
    return Interval(
        measured,
        float(np.clip(min(low, measured), -1, 1)),
        float(np.clip(max(high, measured), -1, 1)),
    )


def cover_both(few: Interval, many: Interval) -> Interval:
    """What holds whether the rows weigh this or that, and so for all weights between; measured: the less favourable one."""
    return Interval(
        min(few.measured, many.measured), min(few.low, many.low), max(few.high, many.high)
    )


def mcnemar_p_value(changes: NDArray[np.float64]) -> float:
    """How likely so few would have gained, of those that changed, if gains and losses were equally likely (exact McNemar)."""
    gained, lost = int((changes > 0).sum()), int((changes < 0).sum())
    return float(bdtr(gained, gained + lost, 0.5)) if lost else 1.0


def holm_rejections(chances: Sequence[float], error: float) -> list[bool]:
    """Which of several tests are positive when at most `error` is the chance of any false one (Holm, 1979)."""
    positive, order = (
        [False] * len(chances),
        sorted(range(len(chances)), key=lambda at: chances[at]),
    )
    for rank, at in enumerate(order):
        if chances[at] > error / (len(chances) - rank):
            break
        positive[at] = True
    return positive
