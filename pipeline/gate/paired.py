"""Statistics of paired guesses: by how much the challenger is better, and how sure that is.

For each drawing the gain is 1 where only the challenger is right, -1 where only the champion is,
else 0. Its mean is the difference of their accuracies. Most drawings have no gain, so comparing
the same drawings gives far narrower intervals than comparing two accuracies.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, stdtrit

from pipeline.model.answers import PairedGuesses, Players

# SciPy's quantiles overflow below this number of degrees of freedom. The interval is [-1, 1] long
# before that.
MIN_DEGREES_OF_FREEDOM = 0.05


def concatenate_guesses(groups: Sequence[PairedGuesses | None]) -> PairedGuesses | None:
    """Concatenate groups of guesses. Each row without a player becomes a player of its own.

    Args:
        groups: the groups; those that are None or empty are skipped.

    Returns:
        The rows of all groups in their order; None if there are none.
    """
    present = [group for group in groups if group is not None and group.rows]
    if not present:
        return None
    # Bytes and texts together become texts.
    players: list[Any] = [_name_players(group, number) for number, group in enumerate(present)]
    labels, champion, challenger = (
        np.concatenate(parts) for parts in zip(*(group[:3] for group in present), strict=True)
    )
    return PairedGuesses(labels, champion, challenger, np.concatenate(players))


def _name_players(group: PairedGuesses, number: int) -> Players:
    """Return the players of a group's rows; rows without one get unique names.

    Args:
        group: the guesses.
        number: the number of the group, which keeps its made-up names apart from other groups'.
    """
    if group.players is None:
        return np.array([f"{number}/{row}" for row in range(group.rows)], np.str_)
    return group.players


class PlayerTotals(NamedTuple):
    """The weighted sums of each player's drawings, float64 `(players,)`.

    gains: the gains of a player's drawings, each times its weight.
    weights: the weights of a player's drawings.
    rows: the number of drawings of all players, not weighted.
    """

    gains: NDArray[np.float64]
    weights: NDArray[np.float64]
    rows: int


def sum_by_player(
    groups: Sequence[tuple[PairedGuesses, float]], shared: Collection[str] = ()
) -> PlayerTotals:
    """Sum up gains and weights by player.

    Args:
        groups: guesses, each with the weight of one of its drawings. A player may be in several.
        shared: players who weigh no more than the heaviest other player. One id with most of the
            drawings would otherwise decide everything, and nothing could be shown beside it.

    Returns:
        The totals. The order of the rows changes no bit of them.
    """
    if all(group.players is None for group, _ in groups):
        gains = np.concatenate([weight * group.gains for group, weight in groups])
        weights = np.concatenate([np.full(group.rows, weight) for group, weight in groups])
        return PlayerTotals(gains, weights, len(gains))
    names = [_name_players(group, number) for number, (group, _) in enumerate(groups)]
    players, indices = np.unique(np.concatenate(names), return_inverse=True)
    gains, weights, rows, start = *np.zeros((3, len(players))), 0
    for group, weight in groups:
        group_indices = indices[start : start + group.rows]
        # Whole numbers are summed first and weighted afterwards. Their sums are exact in float64,
        # so the order of the rows does not matter.
        gains += weight * np.bincount(group_indices, group.gains, len(gains))
        drawings = np.bincount(group_indices, minlength=len(weights))
        weights += weight * drawings
        rows += drawings
        start += group.rows
    factors = _limit_shared(players, weights, shared)
    return PlayerTotals(gains * factors, weights * factors, round(float((rows * factors).sum())))


def find_rows_of(players: Players, some: Collection[str]) -> NDArray[np.bool_]:
    """Return bool `(n,)`: which rows are of some of the players; `players` are bytes or texts."""
    # NumPy finds no text among bytes.
    return np.isin(players, np.array([*some], np.str_).astype(players.dtype.kind))


def _limit_shared(
    players: Players, weights: NDArray[np.float64], shared: Collection[str]
) -> NDArray[np.float64]:
    """Return by what to multiply each player's weight, see `sum_by_player`; 1 for most."""
    is_shared = find_rows_of(players, shared)
    heaviest = weights[~is_shared].max(initial=0)
    if not heaviest:  # there is no other player
        return np.ones(len(players))
    return np.where(is_shared, np.minimum(1, heaviest / weights), 1)


class ConfidenceInterval(NamedTuple):
    """A difference in accuracy, as a share from -1 to 1: the estimate, and its two bounds."""

    estimate: float
    low: float
    high: float


def difference_interval(totals: PlayerTotals, confidence: float) -> ConfidenceInterval:
    """Return the challenger's accuracy less the champion's, with a score interval.

    The interval holds each difference d that a test does not reject. The test compares the sum of
    all s - w d with 0, where s are a player's gains and w are a player's weights; its variance is
    the sum of (s - w d)^2. The variance is thus computed at d itself ("score"), not at the
    estimate, which keeps the interval right when few drawings changed. It is a variance between
    players, because one player's drawings are alike and do not count as independent.

    Two corrections keep the interval wide enough for small samples:

    - Two made-up players with one average drawing each, one gained and one lost, are added. Without
      them, the interval would have no width if no drawing changed. Source: A. Agresti and Y. Min,
      "Simple improved confidence intervals for comparing matched proportions", Statistics in
      Medicine 24, 2005.
    - The quantile is Student's t, with Satterthwaite's degrees of freedom: (sum of s^2)^2 / (sum of
      s^4), less one. That is the effective number of players with gains or losses, less one. If the
      difference rests on one player, it is near 0 and the interval is [-1, 1].

    Args:
        totals: by player.
        confidence: the probability, 0.5 to 1, with which each bound alone holds (one-sided).
    """
    if not totals.rows:
        return ConfidenceInterval(0.0, -1.0, 1.0)
    weight_sum = totals.weights.sum()
    average = weight_sum / totals.rows
    gains = np.append(totals.gains, [average, -average])
    weights = np.append(totals.weights, [average, average])
    squares = gains**2
    degrees_of_freedom = squares.sum() ** 2 / (squares**2).sum() - 1
    squared_t = stdtrit(max(degrees_of_freedom, MIN_DEGREES_OF_FREEDOM), confidence) ** 2
    # The bounds are the two solutions d of
    # (sum of s - d * sum of w)^2 = t^2 * sum of (s - w d)^2, a quadratic equation
    # quadratic * d^2 - 2 * linear * d + constant = 0.
    quadratic = weights.sum() ** 2 - squared_t * (weights**2).sum()
    linear = weights.sum() * gains.sum() - squared_t * (gains * weights).sum()
    constant = gains.sum() ** 2 - squared_t * squares.sum()
    estimate = float(totals.gains.sum() / weight_sum)
    if quadratic <= 0:  # no bound exists: too few players
        return ConfidenceInterval(estimate, -1.0, 1.0)
    root = max(0.0, linear**2 - quadratic * constant) ** 0.5
    low, high = (linear - root) / quadratic, (linear + root) / quadratic
    # The made-up players pull the bounds towards 0; the estimate stays inside.
    return ConfidenceInterval(
        estimate,
        float(np.clip(min(low, estimate), -1, 1)),
        float(np.clip(max(high, estimate), -1, 1)),
    )


def enclose_intervals(first: ConfidenceInterval, second: ConfidenceInterval) -> ConfidenceInterval:
    """Return the smallest interval that holds both, with the lower of their estimates.

    The two are for two weights of the same rows; the result then holds for all weights between.
    """
    return ConfidenceInterval(
        min(first.estimate, second.estimate),
        min(first.low, second.low),
        max(first.high, second.high),
    )


def mcnemar_p_value(gains: NDArray[np.float64]) -> float:
    """Return the p-value of McNemar's exact test, one-sided: is the challenger worse?

    Cases without gain or loss say nothing about which model is better. If the models are equally
    good, each of the others is a gain or a loss with probability 1/2, so the number of gains is
    binomial. The p-value is the probability of at most as many gains as there are.

    Args:
        gains: of each case; above 0 is a gain, below 0 a loss.
    """
    gained, lost = int((gains > 0).sum()), int((gains < 0).sum())
    return float(bdtr(gained, gained + lost, 0.5)) if lost else 1.0


def holm_rejections(p_values: Sequence[float], error: float) -> list[bool]:
    """Return which null hypotheses Holm's method rejects, in the order of the p-values.

    With many tests, some p-values are small by chance. Holm compares the smallest p-value with
    error / n, the next with error / (n - 1) and so on, and stops at the first that is larger.
    Source: S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", 1979.

    Args:
        p_values: one for each test.
        error: the largest probability, 0 to 1, that any true hypothesis is rejected.
    """
    rejected = [False] * len(p_values)
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    for rank, index in enumerate(order):
        if p_values[index] > error / (len(p_values) - rank):
            break
        rejected[index] = True
    return rejected
