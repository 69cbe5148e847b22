"""A 3 x 3 convolution and its max pooling in NumPy, as far as the CNN and the referee share them.

A convolution is a matrix product: each output pixel is the product of its 3 x 3 window, laid out as
one row, and the kernel as a matrix `(9 * channels, outputs)`. The caller multiplies, since the CNN
and the referee use BLAS in different ways.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from pipeline.model.head import Floats

KERNEL = 3  # height and width of every convolution, in pixels


def extract_windows(values: Floats) -> Floats:
    """Return the 3 x 3 windows of feature maps, ready for the product with a kernel.

    Windows that no 2 x 2 pool would cover, in an odd last row or column, are left out.

    Args:
        values: float32 `(n, height, width, channels)`, with height equal to width.

    Returns:
        float32 `(n, side, side, 9 * channels)`, C-contiguous, where side is height - 2, rounded
        down to an even number.
    """
    count, height, width, channels = values.shape
    side = (height - KERNEL + 1) // 2 * 2
    # The pixels of a row lie next to each other in memory, so a window is three runs of
    # 3 * channels numbers. Merging width and channels lets NumPy copy each run at once; the step
    # of `channels` moves the window by one pixel.
    lines = values.reshape(count, height, width * channels)
    windows = sliding_window_view(lines, (KERNEL, KERNEL * channels), axis=(1, 2))
    return windows[:, :side, : side * channels : channels].reshape(count, side, side, -1)


def pool_maximum(maps: Floats) -> Floats:
    """Return the maxima of 2 x 2 blocks: `(n, side, side, c)` to `(n, side // 2, side // 2, c)`.

    `side` must be even.
    """
    rows = np.maximum(maps[:, ::2], maps[:, 1::2])
    pooled: Floats = np.maximum(rows[:, :, ::2], rows[:, :, 1::2])
    return pooled
