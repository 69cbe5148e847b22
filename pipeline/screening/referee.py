"""The referee: a larger network than the CNN, asked only whether a player's label can be right. NumPy alone, no TensorFlow.

It guesses for nobody and is never published; `referee_training.py` trains it. It is mostly right where the champion is wrong,
which is where corrections come from: that is how an honest correction is told from a wrong label.
"""

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pipeline.drawings import Images, scale_pixels
from pipeline.model.head import Head
from pipeline.npz import dump_arrays, load_arrays
from pipeline.progress import OnProgress, silent

BLOCK_DRAWINGS = 16  # seen at once; more need memory outside of the processor's cache
KERNEL = 3
EMBEDDING = 256

Floats = NDArray[np.float32]


class Referee(NamedTuple):
    """The network's weights and what it said about drawings that took no part in training; all float32.

    kernel_1 to kernel_3: `(9 * inputs, outputs)`; dense: `(inputs, 256)`; each with the factors and shifts `(outputs,)` of the
    normalisation behind it. weights, bias: of the head on the embedding.
    wrong_doubts: `(m,)`, how much it doubts wrong labels of drawings that it never saw; a small harvest is measured by them.
    known: `(m, 256)`, of length 1, how it sees drawings of all classes. strange: `()`, a drawing that is further from them fits
    no class.
    """

    kernel_1: Floats
    factor_1: Floats
    shift_1: Floats
    kernel_2: Floats
    factor_2: Floats
    shift_2: Floats
    kernel_3: Floats
    factor_3: Floats
    shift_3: Floats
    dense: Floats
    factor_4: Floats
    shift_4: Floats
    weights: Floats
    bias: Floats
    wrong_doubts: Floats
    known: Floats
    strange: Floats

    @property
    def head(self) -> Head:
        """From embedding to the scores of the classes."""
        return Head(self.weights, self.bias)

    def embed(self, images: Images, on_progress: OnProgress = silent) -> Floats:
        """What the referee sees in drawings, uint8 `(n, 28, 28)`: float32 `(n, 256)`, zero or above."""
        seen = np.empty((len(images), EMBEDDING), np.float32)
        for at in range(0, len(images), BLOCK_DRAWINGS):
            block = images[at : at + BLOCK_DRAWINGS]
            seen[at : at + len(block)] = self._embed(scale_pixels(block)[..., None])
            on_progress("the referee looks at the drawings", at + len(block), len(images))
        return seen

    def _embed(self, pixels: Floats) -> Floats:
        maps = _block(
            pixels[:, :-2, :-2], self.kernel_1, self.factor_1, self.shift_1
        )  # its first block drops the last two
        for kernel, factor, shift in (
            (self.kernel_2, self.factor_2, self.shift_2),
            (self.kernel_3, self.factor_3, self.shift_3),
        ):
            maps = _block(np.pad(maps, ((0, 0), (1, 1), (1, 1), (0, 0))), kernel, factor, shift)
        dense = maps.reshape(len(maps), -1) @ self.dense
        embedded: Floats = np.maximum(dense * self.factor_4 + self.shift_4, 0)
        return embedded


def _block(values: Floats, kernel: Floats, factor: Floats, shift: Floats) -> Floats:
    """Convolution, pool, normalisation, relu: float32 `(n, side, side, channels)` to `(n, (side - 2) // 2, ..., outputs)`."""
    count, height, width, channels = values.shape
    lines = values.reshape(count, height, width * channels)
    windows = sliding_window_view(lines, (KERNEL, KERNEL * channels), axis=(1, 2))[:, :, ::channels]
    # One product for all drawings of the block.
    convolved = windows.reshape(-1, KERNEL * KERNEL * channels) @ kernel
    convolved = convolved.reshape(count, height - 2, width - 2, -1)
    tall = np.maximum(convolved[:, ::2], convolved[:, 1::2])
    pooled = np.maximum(tall[:, :, ::2], tall[:, :, 1::2])
    normalised: Floats = np.maximum(pooled * factor + shift, 0)
    return normalised


def dump_referee(referee: Referee) -> bytes:
    """As stored: an .npz file, some 6 MB."""
    return dump_arrays(referee._asdict(), compressed=False)


def load_referee(data: bytes) -> Referee:
    """What `dump_referee` wrote. Raises InvalidDataset when the bytes are anything else."""
    fields = load_arrays(
        data,
        Referee._fields,
        "the referee of the data set",
        "delete the referee from Storage; the next run rebuilds it",
    )
    return Referee(**fields)
