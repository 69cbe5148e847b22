"""Find players who claim more audits than chance explains: a client may send any chance."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import pdtrc

UNLIKELY = 0.001
"""A player with so many audits, or more, is less likely than this."""
UNLIKE_OTHERS = 3.0
"""A good player's margins may be so many times rarer than other players'."""


def find_implausible(
    players: NDArray[Any], audited: NDArray[np.bool_], certain: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return which answers are of players whose audits are too many.

    An audit's answer stands for up to a hundred drawings, so a player could gain weight by
    claiming that all answers were audits. But who was audited often has drawn much, and so was
    asked about small margins often too. A player's audits are compared with those of the others,
    for as many small margins. One audit more is expected of each player: one who draws little
    may meet an audit first. What is left to a cheat are about five audits.

    Args:
        players: who answered, `(n,)`.
        audited: which answers an audit asked for, as the clients say.
        certain: which ones are about drawings that are asked about each time.

    Returns:
        bool `(n,)`: all rows of such players.
    """
    _, indices = np.unique(players, return_inverse=True)
    audits, margins = (np.bincount(indices, mask).astype(np.float64) for mask in (audited, certain))
    # One is added on both sides, so that nothing is divided by 0.
    rate_of_others = (audits.sum() - audits + 1) / (margins.sum() - margins + 1)
    expected = 1 + UNLIKE_OTHERS * rate_of_others * (margins + 1)
    implausible = (audits > 0) & (pdtrc(np.maximum(audits - 1, 0), expected) < UNLIKELY)
    rows: NDArray[np.bool_] = implausible[indices]
    return rows
