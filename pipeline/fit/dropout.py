"""The cost of dropout without its noise: a quadratic penalty on the weights of each feature.

Dropout sets random features to zero while a head is fitted, so the head cannot rely on a few of
them and learn single drawings by heart. The noise in the features makes the scores noisy, which
raises the mean cross-entropy. To second order, the rise is proportional to a sum of quadratic forms
w'Aw, one for each feature: w is the feature's row of the head's weights, and A is the mean over
rows of x^2 (diag(p) - pp'), where x is the feature and p the probabilities. Source: S. Wager,
S. Wang and P. Liang, "Dropout Training as Adaptive Regularization", NIPS 2013.

A is computed once, at the champion's head, and stays fixed. The penalty is then convex, so the fit
has one optimum, and no random numbers are needed.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from pipeline.model.features import THREADS
from pipeline.model.head import Head
from pipeline.model.one_thread import one_blas_thread

BLOCK_ROWS = 1024


def dropout_curvature(features: NDArray[np.float32], head: Head) -> NDArray[np.float32]:
    """Return the matrix A of each feature: float32 `(features, classes, classes)`.

    Dropping a share s of the features costs s / (1 - s) / 2 * the sum of w'Aw over all features.

    Args:
        features: `(n, features)`, n at least 1: the rows to average over.
        head: the head whose probabilities are used.
    """
    feature_count, classes = head.weights.shape
    blocks = [features[start : start + BLOCK_ROWS] for start in range(0, len(features), BLOCK_ROWS)]

    def sum_block(block: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the sums of x^2 pp' and of x^2 p over the block's rows."""
        squares, probabilities = block**2, head.probabilities(block)
        pairs = (probabilities[:, :, None] * probabilities[:, None, :]).reshape(len(block), -1)
        return squares.T @ pairs, squares.T @ probabilities

    outer_sums = np.zeros((feature_count, classes * classes))
    diagonal_sums = np.zeros((feature_count, classes))
    # Blocks are added in the order of the rows, in float64: the number of threads changes no bit.
    with one_blas_thread(), ThreadPoolExecutor(THREADS) as pool:
        for outer_part, diagonal_part in pool.map(sum_block, blocks):
            outer_sums += outer_part
            diagonal_sums += diagonal_part
    curvature = -outer_sums.reshape(feature_count, classes, classes)
    curvature[:, range(classes), range(classes)] += diagonal_sums
    return (curvature / len(features)).astype(np.float32)
