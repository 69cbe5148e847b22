"""Quantiles in whole numbers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

HUNDRED = 100


def find_quantile(values: NDArray[Any], hundredths: int) -> int:
    """Return the value below which so many hundredths of the values lie, rounded half up.

    Between two values it lies in proportion, as with np.quantile.

    Args:
        values: whole numbers, one at least, in any order.
        hundredths: 0 to 100.
    """
    ordered = np.sort(values, axis=None)
    place, rest = divmod(hundredths * (len(ordered) - 1), HUNDRED)
    low = int(ordered[place])
    high = int(ordered[min(place + 1, len(ordered) - 1)])
    return low + ((high - low) * rest + HUNDRED // 2) // HUNDRED
