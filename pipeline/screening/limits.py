"""Find the limit of doubt: how large a label's loss may be before the label is contradicted.

Two shares pull at it. Most wrong labels should be contradicted, and few honest ones. With a referee
that knows much, both can be had. One that was trained on few base rows cannot tell many honest
labels from wrong ones; then the limit rises, so that the honest are spared.
"""

import math

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings import Labels
from pipeline.model.head import Floats

CAUGHT_SHARE = 0.96
"""Share of random wrong labels that should be contradicted, as far as few honest ones are."""
LEAST_CAUGHT_SHARE = 0.75
"""Share of random wrong labels that are contradicted, however many honest ones this costs."""
HONEST_SHARE = 0.02
"""Share of honest labels that may be contradicted."""
REFERENCE_ROWS = 100
"""Held-out base rows that take part beside those of a harvest: they decide if it is small."""
TINY = 1e-30
"""Keeps the logarithm of a probability of zero finite."""
TYPICAL_SHARE = 0.997
"""Share of held-out base rows that are closer to the known drawings than the limit."""
MOST_WIDENING = 1.3
"""The most by which the limit of distance grows with the distances of a harvest."""


def find_limit(log_probabilities: Floats, labels: Labels) -> float:
    """Return the loss above which labels are contradicted.

    Args:
        log_probabilities: float32 `(n, classes)`, n at least 1, computed without the labels.
        labels: uint8 `(n,)`, most of them right.
    """
    # Each drawing has one label from its player and nineteen others, so the losses of wrong labels
    # are known. If drawings are hard to tell apart, wrong labels have lower losses, and the limit
    # falls with them, but never below chance.
    wrong = other_label_losses(log_probabilities, labels)
    most_wrong, least_wrong = np.quantile(wrong, [1 - CAUGHT_SHARE, 1 - LEAST_CAUGHT_SHARE])
    honest = find_honest_loss(log_probabilities, HONEST_SHARE)
    return max(
        compute_chance_loss(log_probabilities.shape[1]), most_wrong, min(honest, least_wrong)
    )


def find_honest_loss(log_probabilities: Floats, share: float) -> float:
    """Return the loss that this share of honest labels exceeds.

    No label is needed for it: a drawing with probability p of a class has this class as its honest
    label with probability p, and then the loss -log p.

    Args:
        log_probabilities: float32 `(n, classes)`, n at least 1.
        share: 0 to 1.
    """
    losses = -log_probabilities.ravel()
    chances = np.exp(-losses)
    order = np.argsort(-losses, kind="stable")
    above = np.cumsum(chances[order], dtype=np.float64)
    position = int(np.searchsorted(above, share * len(log_probabilities)))
    return float(losses[order[min(position, len(order) - 1)]])


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


def other_label_losses(log_probabilities: Floats, labels: Labels) -> NDArray[np.float32]:
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


def find_distance_limit(usual: Floats, plausible: Floats) -> float:
    """Return the distance from the known drawings above which a drawing is of no class.

    Players draw otherwise than the people who drew the base rows, and on canvases, so all their
    drawings are a little further from the known ones. The fewer base rows there are, the further.
    The limit grows as the median does, which a few doodles hardly move, up to a half.

    Args:
        usual: float32 `(m,)`, the distances of held-out base rows, m at least 1.
        plausible: float32 `(n,)`, of the harvest's drawings whose labels are plausible; n may be 0.
    """
    # A reference of a hundred rows takes part in the harvest's median: a few drawings move it
    # little.
    reference = np.quantile(usual, np.linspace(0, 1, REFERENCE_ROWS))
    widening = np.median(np.concatenate([reference, plausible])) / max(np.median(usual), TINY)
    limit = np.quantile(usual, TYPICAL_SHARE)
    return float(limit * min(max(1, widening), MOST_WIDENING))
