"""Store weights as int8: a quarter of the bytes, with a scale for each output channel.

Each weight becomes `round(weight / scale)`, -127 to 127, with the scale that maps the channel's
largest weight to 127. Biases stay float32, and so does all arithmetic: a client multiplies the
numbers by their scales when it loads the file. So no drawings are needed to calibrate it, and every
runtime computes the same guesses.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.model.head import Floats
from pipeline.model.predict import Predictor

LARGEST = 127


class Quantised(NamedTuple):
    """A kernel as int8 `(inputs, outputs)`, and the scale of each output: float32 `(outputs,)`."""

    numbers: NDArray[np.int8]
    scales: Floats

    def restore(self) -> Floats:
        """Return the kernel that clients compute with: float32 `(inputs, outputs)`."""
        kernel: Floats = self.numbers.astype(np.float32) * self.scales
        return kernel


def quantise(kernel: Floats) -> Quantised:
    """Return a kernel `(inputs, outputs)` as int8, off by half a scale at most."""
    largest = np.abs(kernel).max(axis=0)
    # A channel without weights has any scale, but not 0.
    scales = np.where(largest > 0, largest / np.float32(LARGEST), np.float32(1))
    numbers = np.clip(np.rint(kernel / scales), -LARGEST, LARGEST)
    return Quantised(numbers.astype(np.int8), scales.astype(np.float32))


def restore_quantised(model: Predictor) -> Predictor:
    """Return the model as clients of the int8 file have it: what its guesses are judged by."""
    kernels = [quantise(kernel).restore() for kernel in model[::2]]
    biases = model[1::2]
    return Predictor(*(part for pair in zip(kernels, biases, strict=True) for part in pair))
