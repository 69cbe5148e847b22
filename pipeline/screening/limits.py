"""The limits of doubt: how unlikely a label may be, and how far from the known a drawing may be.

A referee that was trained on many base rows is mostly sure and mostly right, and the limits follow
what it knows. One that was trained on few rows is often in doubt about honest drawings. Then a
label must be much less likely than chance to be contradicted, and a drawing further away.
"""

import math

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings import Labels
from pipeline.model.head import Floats

CAUGHT_SHARE = 0.96
"""Share of random wrong labels that should be contradicted where the referee knows enough."""
ENOUGH_ROWS, FEW_ROWS = 1_000, 300
"""Base rows of each class with which the referee knows enough, and with which it knows little."""
EVIDENCE = 10.0
"""How many times less likely than by chance a label must be to be contradicted, with few rows.

A label drawn at random has each class with the probability of chance, so this is how many times
better a random label explains what was sent than an honest one does (a likelihood ratio).
"""
TYPICAL_SHARE = 0.997
"""Share of held-out base rows that are closer to the known drawings than the limit."""
WIDENING = 1.5
"""The most by which the limit of distance grows with the distances of a harvest, with few rows."""
REFERENCE_ROWS = 100
"""Held-out base rows whose distances take part beside those of a harvest."""
MIN_DISTANCE = 1e-6


def measure_lack(rows: float) -> float:
    """Return how much knowledge a referee lacks: 0 with enough base rows, 1 with few, or between.

    Args:
        rows: the base rows that it was trained on, of each class on average.
    """
    lack = math.log(ENOUGH_ROWS / max(rows, 1)) / math.log(ENOUGH_ROWS / FEW_ROWS)
    return min(max(lack, 0.0), 1.0)


def find_limits(
    wrong_losses: Floats, others: NDArray[np.float64], classes: int, lack: float
) -> NDArray[np.float64]:
    """Return the losses above which labels are contradicted, one for each label.

    Args:
        wrong_losses: float32 `(m,)`, the losses of wrong labels, m at least 1.
        others: float64 `(n,)`, what `sum_evidence` returns.
        classes: the number of classes.
        lack: of the referee's knowledge, see `measure_lack`.

    Returns:
        float64 `(n,)`.
    """
    # If drawings are hard to tell apart, wrong labels have lower losses, and the limit falls with
    # them: down to where a label is too likely to be contradicted. With enough base rows that is
    # where it is as likely as chance.
    missing = np.maximum(lack * math.log(EVIDENCE) - np.maximum(others, 0), 0)
    least = compute_chance_loss(classes) + missing
    return np.maximum(least, np.quantile(wrong_losses, 1 - CAUGHT_SHARE))


def sum_evidence(
    losses: Floats, players: NDArray[np.str_], corrects: NDArray[np.bool_], classes: int
) -> NDArray[np.float64]:
    """Return, for each label, the evidence of the same player's other corrections.

    It is the logarithm of a likelihood ratio: above 0 if random labels explain them better than
    honest ones do. A liar sends more than one wrong label; an honest player whose one drawing is
    hard to recognise sends others that are not. Confirmations do not count, as a liar could send
    any number of right ones. Nor does a single correction count for more than `EVIDENCE`.

    Args:
        losses: float32 `(n,)`.
        players: str `(n,)`.
        corrects: bool `(n,)`, whether it is a correction and no confirmation.
        classes: the number of classes.

    Returns:
        float64 `(n,)`; 0 for the only correction of a player.
    """
    own = np.minimum(losses - compute_chance_loss(classes), math.log(EVIDENCE))
    own = np.where(corrects, own, 0)
    names, positions = np.unique(players, return_inverse=True)
    sums = np.bincount(positions, own, minlength=len(names)).astype(np.float64)
    others: NDArray[np.float64] = sums[positions] - own
    return others


def compute_chance_loss(classes: int) -> float:
    """Return the loss of a label that is as likely as each of the other classes."""
    return math.log(classes)


def label_losses(log_probabilities: Floats, labels: Labels) -> Floats:
    """Return the cross-entropy losses of labels.

    Args:
        log_probabilities: float32 `(n, classes)`.
        labels: uint8 `(n,)`.

    Returns:
        float32 `(n,)`, 0 or more.
    """
    losses: Floats = -log_probabilities[np.arange(len(labels)), labels]
    return losses


def other_label_losses(log_probabilities: Floats, labels: Labels) -> Floats:
    """Return the losses that every other label would have.

    Args:
        log_probabilities: float32 `(n, classes)`.
        labels: uint8 `(n,)`, those to leave out.

    Returns:
        float32 `(n * (classes - 1),)`.
    """
    is_other = np.arange(log_probabilities.shape[1]) != labels[:, None]
    losses: Floats = -log_probabilities[is_other]
    return losses


def find_distance_limit(usual: Floats, plausible: Floats, lack: float) -> float:
    """Return the distance from the known drawings above which a drawing is of no class.

    Players draw otherwise than the people who drew the base rows, so all their drawings are a
    little further from the known ones, the more so the fewer are known. The limit grows as the
    median does, which a few doodles hardly move, up to a bound.

    Args:
        usual: float32 `(m,)`, the distances of held-out base rows, m at least 1.
        plausible: float32 `(n,)`, of the harvest's drawings whose labels are plausible; n may be 0.
        lack: of the referee's knowledge, see `measure_lack`.
    """
    # In a small harvest, the reference decides what the median is.
    reference = np.quantile(usual, np.linspace(0, 1, REFERENCE_ROWS))
    median = np.median(np.concatenate([reference, plausible]))
    widening = max(1, median / max(np.median(usual), MIN_DISTANCE))
    return float(np.quantile(usual, TYPICAL_SHARE) * min(widening, WIDENING**lack))
