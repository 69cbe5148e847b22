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
    place, rest = divmod(hundredths * (values.size - 1), HUNDRED)
    after = min(place + 1, values.size - 1)
    ordered = np.partition(values, (place, after), axis=None)
    low, high = int(ordered[place]), int(ordered[after])
    return low + ((high - low) * rest + HUNDRED // 2) // HUNDRED
