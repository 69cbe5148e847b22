"""Learning rates, augmentation strength and early stopping, as pure functions of what happened.

They keep no state of their own, so a training that is resumed from a checkpoint computes the same
values.
"""

import math

WARM_UP = 0.2  # share of one cycle in which the rate rises
STOP_PATIENCE = 3
PLATEAU_PATIENCE = 2
PLATEAU_FACTOR = 0.5
PLATEAU_MARGIN = 1e-4  # a loss that falls by less than this makes no progress


def one_cycle_rate(peak: float, share: float) -> float:
    """Return the learning rate of one cycle: linear from zero to the peak, then a cosine to zero.

    Args:
        peak: the highest rate.
        share: how much of all steps is done, 0 to 1.
    """
    if share < WARM_UP:
        return peak * share / WARM_UP
    return peak * (1 + math.cos(math.pi * (share - WARM_UP) / (1 - WARM_UP))) / 2


def warp_strength(share: float) -> float:
    """Return how strongly drawings are warped, 0 to 1, when `share` of the epochs is done.

    It is 1 for the first half, falls after that, and is 0 in the last tenth: the network ends on
    drawings as sharp as those that it will get in use, since a warp blurs a little.
    """
    return min(1.0, max(0.0, (0.9 - share) / 0.4))


def plateau_rate(first: float, val_losses: list[float]) -> float:
    """Return the learning rate of the next epoch, lowered on plateaus of the validation loss.

    The same as keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=2).

    Args:
        first: the rate of the first epoch.
        val_losses: one for each epoch so far.
    """
    rate, best, waited = first, math.inf, 0
    for loss in val_losses:
        if loss < best - PLATEAU_MARGIN:
            best, waited = loss, 0
        else:
            waited += 1
        if waited == PLATEAU_PATIENCE:
            rate, waited = rate * PLATEAU_FACTOR, 0
    return rate


def has_stalled(val_losses: list[float]) -> bool:
    """Return whether keras.callbacks.EarlyStopping(patience=3) would stop here."""
    return (
        bool(val_losses)
        and len(val_losses) - 1 - val_losses.index(min(val_losses)) >= STOP_PATIENCE
    )
