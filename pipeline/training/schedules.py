"""Learning rates, step by step or epoch by epoch, and when to stop: each a function of what has happened, without a memory."""

import math

WARM_UP = 0.2  # of one cycle
STOP_PATIENCE = 3
PLATEAU_PATIENCE = 2
PLATEAU_FACTOR = 0.5
PLATEAU_MARGIN = 1e-4  # less progress is none


def one_cycle_rate(peak: float, share: float) -> float:
    """The rate when `share` of all steps is done: linear from nothing to the peak, then a cosine down to nothing."""
    if share < WARM_UP:
        return peak * share / WARM_UP
    return peak * (1 + math.cos(math.pi * (share - WARM_UP) / (1 - WARM_UP))) / 2


def warp_strength(share: float) -> float:
    """How much drawings are warped when `share` of the epochs is done.

    Wholly for the first half, then less and less, in the last tenth not at all: the network ends with drawings as sharp as
    those that it will see.
    """
    return min(1.0, max(0.0, (0.9 - share) / 0.4))


def plateau_rate(first: float, val_losses: list[float]) -> float:
    """The rate of the next epoch, as keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=2) sets it."""
    rate, best, waited = first, math.inf, 0
    for loss in val_losses:
        if loss < best - PLATEAU_MARGIN:
            best, waited = loss, 0
        else:
            waited += 1
        if waited == PLATEAU_PATIENCE:
            rate, waited = rate * PLATEAU_FACTOR, 0
    return rate


def stalled(val_losses: list[float]) -> bool:
    """Whether keras.callbacks.EarlyStopping(patience=3) would stop here."""
    return (
        bool(val_losses)
        and len(val_losses) - 1 - val_losses.index(min(val_losses)) >= STOP_PATIENCE
    )
