"""The referee: a larger network than the CNN that checks whether a player's label can be right.

It runs in NumPy, without TensorFlow; `referee_training.py` trains it. It is never published and
guesses for no player. Corrections are made where the champion is wrong. There the referee is mostly
right, so it can tell an honest correction from a wrong label.
"""

from typing import NamedTuple

import numpy as np

from pipeline.drawings import Images, scale_pixels
from pipeline.model.convolution import extract_windows, pool_maximum
from pipeline.model.head import Floats, Head
from pipeline.npz import dump_arrays, load_arrays
from pipeline.progress import OnProgress, silent

# Drawings that are computed together; a larger block does not fit into the processor's cache.
BLOCK_DRAWINGS = 16
EMBEDDING = 256


class Referee(NamedTuple):
    """The weights of the network, and reference figures on drawings outside its training.

    All arrays are float32. The names are also the names in the stored file.

    kernel_1 to kernel_3: `(9 * inputs, outputs)`, the convolutions. dense: `(inputs, 256)`. Each is
    followed by a batch normalization: factors and shifts, `(outputs,)`.
    weights, bias: the head on the embedding.
    wrong_doubts: `(m,)`, the losses of wrong labels for drawings that the network was not trained
    on. They are a reference for harvests that are too small for one of their own.
    known: `(m, 256)`, embeddings of drawings of all classes, scaled to length 1.
    distances: `(v,)`, how far drawings that the network was not trained on are from `known`.
    rows: `()`, how many base rows the network was trained on.
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
    distances: Floats
    rows: Floats

    @property
    def head(self) -> Head:
        """The last layer: from embeddings to scores of the classes."""
        return Head(self.weights, self.bias)

    def embed(self, images: Images, on_progress: OnProgress = silent) -> Floats:
        """Compute the embeddings of drawings.

        Args:
            images: uint8 `(n, 28, 28)`, 0 to 255.
            on_progress: called after each block of drawings.

        Returns:
            float32 `(n, 256)`, zero or above.
        """
        embeddings = np.empty((len(images), EMBEDDING), np.float32)
        for start in range(0, len(images), BLOCK_DRAWINGS):
            block = images[start : start + BLOCK_DRAWINGS]
            embeddings[start : start + len(block)] = self._embed(scale_pixels(block)[..., None])
            on_progress("checking drawings with the referee", start + len(block), len(images))
        return embeddings

    def _embed(self, pixels: Floats) -> Floats:
        # As in training (see FirstBlock), the first block does not read the last two rows and
        # columns of a drawing. The other two pad their input with one pixel on each side.
        maps = _apply_block(pixels[:, :-2, :-2], self.kernel_1, self.factor_1, self.shift_1)
        for kernel, factor, shift in (
            (self.kernel_2, self.factor_2, self.shift_2),
            (self.kernel_3, self.factor_3, self.shift_3),
        ):
            padded = np.pad(maps, ((0, 0), (1, 1), (1, 1), (0, 0)))
            maps = _apply_block(padded, kernel, factor, shift)
        dense = maps.reshape(len(maps), -1) @ self.dense
        embeddings: Floats = np.maximum(dense * self.factor_4 + self.shift_4, 0)
        return embeddings


def _apply_block(values: Floats, kernel: Floats, factor: Floats, shift: Floats) -> Floats:
    """Apply convolution, max pooling, batch normalization and ReLU.

    float32 `(n, side, side, channels)` to `(n, (side - 2) // 2, (side - 2) // 2, outputs)`.
    """
    windows = extract_windows(values)
    count, side, _, inputs = windows.shape
    # One matrix product for all drawings of the block: faster than one for each row.
    convolved = windows.reshape(-1, inputs) @ kernel
    pooled = pool_maximum(convolved.reshape(count, side, side, -1))
    normalized: Floats = np.maximum(pooled * factor + shift, 0)
    return normalized


def dump_referee(referee: Referee) -> bytes:
    """Return the referee as the bytes of an .npz file, about 6 MB."""
    return dump_arrays(referee._asdict(), compressed=False)


def load_referee(data: bytes) -> Referee:
    """Return the referee that `dump_referee` wrote.

    Raises:
        InvalidDataset: the bytes are anything else.
    """
    fields = load_arrays(
        data,
        Referee._fields,
        "the referee of the data set",
        "delete the referee from Storage; the next run rebuilds it",
    )
    return Referee(**fields)
