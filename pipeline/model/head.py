"""The head: the dense layer under which features become guesses, as plain arrays."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Head(NamedTuple):
    """What retraining fits. weights: float32 `(features, classes)`. bias: float32 `(classes,)`."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
