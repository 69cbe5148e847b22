"""Statistics of paired guesses: by how much the challenger is better, and how sure that is.

For each drawing the gain is 1 where only the challenger is right, -1 where only the champion is,
else 0. Its mean is the difference of their accuracies. Most drawings have no gain, so comparing
the same drawings gives far narrower intervals than comparing two accuracies.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, stdtr, stdtrit

from pipeline.model.answers import PairedGuesses, Players
from pipeline.model.head import Floats

# SciPy's quantiles overflow below this number of degrees of freedom. The interval is [-1, 1] long
# before that.
MIN_DEGREES_OF_FREEDOM = 0.05
WEIGHT_PARTS = 2.0**20  # a weight is rounded to a whole number of 1 / WEIGHT_PARTS


class PlayerTotals(NamedTuple):
    """The weighted sums of each player's drawings, float64 `(players,)`.

    gains: the gains of a player's drawings, each times its weight.
    weights: the weights of a player's drawings.
    rows: the number of drawings of all players, not weighted; one that stands for many drawings
        counts as that many.
    """

    gains: NDArray[np.float64]
    weights: NDArray[np.float64]
    rows: float


def sum_by_player(
    guesses: PairedGuesses,
    weights: Floats | None = None,
    shared: Collection[str] = (),
    *,
    stand_for: Floats | None = None,
) -> PlayerTotals:
    """Sum up gains and weights by player. Without players, every row is a player of its own.

    Args:
        guesses: of both models.
        weights: how much each row counts, `(n,)`; None: as much as any other.
        stand_for: for how many drawings each row stands, `(n,)`, if that is more than it counts,
            see `weigh_disagreements`; None: as much as it counts.
        shared: players who weigh no more than the heaviest other player. One id with most of the
            drawings would otherwise decide everything, and nothing could be shown beside it.

    Returns:
        The totals. The order of the rows of players changes no bit of them.
    """
    counts = np.ones(guesses.rows) if weights is None else _round_weights(weights)
    stands = counts if stand_for is None else _round_weights(stand_for)
    drawings = _round_weights(stands / np.maximum(counts, 1 / WEIGHT_PARTS))
    if guesses.players is None:
        return PlayerTotals(counts * guesses.gains, stands, float(drawings.sum()))
    players: Any
    players, indices = np.unique(guesses.players, return_inverse=True)
    gains, totals, rows = (
        np.bincount(indices, values, len(players)).astype(np.float64)
        for values in (counts * guesses.gains, stands, drawings)
    )
    factors = _limit_shared(players, totals, shared)
    return PlayerTotals(gains * factors, totals * factors, float((rows * factors).sum()))


def _round_weights(weights: Floats | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return weights rounded to WEIGHT_PARTS, whose sums are exact in float64.

    So the order of the rows changes no bit of a sum.
    """
    rounded: NDArray[np.float64] = np.rint(weights.astype(np.float64) * WEIGHT_PARTS) / WEIGHT_PARTS
    return rounded


def share_of(rows: NDArray[np.bool_], weights: Floats) -> float:
    """Return the share of the drawings that the chosen rows stand for, 0 to 1."""
    rounded = _round_weights(weights)
    return float(rounded[rows].sum() / rounded.sum())


def effective_rows(weights: Floats) -> float:
    """Return how many equally weighted rows would show as much."""
    rounded = _round_weights(weights)
    return float(rounded.sum() ** 2 / (rounded**2).sum())


def concatenate_guesses(groups: Sequence[PairedGuesses]) -> PairedGuesses:
    """Concatenate groups of guesses, at least one, all of them with players."""
    # Bytes and texts together become texts.
    return PairedGuesses(*(np.concatenate(column) for column in zip(*groups, strict=True)))


def weigh_disagreements(guesses: PairedGuesses, weights: Floats) -> tuple[float, float]:
    """Return how much an answer about a disagreement counts, and for how many drawings it stands.

    Answers that were asked for because the models disagree show how often the challenger is right
    where they do, but not how often they do. That share is known from the other answers. So each
    counts as much as one of the others on average, and stands for as many drawings as there are to
    one disagreement.

    Args:
        guesses: the other answers.
        weights: what each of them stands for, `(n,)`, at least one.
    """
    average = float(_round_weights(weights).mean())
    share = share_of(guesses.champion != guesses.challenger, weights)
    # One more disagreement, as in `difference_interval`, so that none among few is not taken for 0.
    share = (share * guesses.rows + 1) / (guesses.rows + 1)
    return average, average / share


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


def loss_p_value(totals: PlayerTotals) -> float:
    """Return the p-value of a one-sided t test between players: is the challenger worse?

    Gains and losses have the weights of their drawings, which the exact test cannot have. The
    made-up players and the degrees of freedom are those of `difference_interval`.
    """
    if not totals.rows or totals.gains.sum() >= 0:
        return 1.0
    average = totals.weights.sum() / totals.rows
    squares = np.append(totals.gains, [average, -average]) ** 2
    degrees_of_freedom = squares.sum() ** 2 / (squares**2).sum() - 1
    t = totals.gains.sum() / squares.sum() ** 0.5
    return float(stdtr(max(degrees_of_freedom, MIN_DEGREES_OF_FREEDOM), t))


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
