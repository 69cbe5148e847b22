"""What dropout adds to a fit, without its noise: a pull on the weights of each feature, the stronger the more it is leant on.

Dropout makes scores uncertain. To second order what that costs is a quadratic form of the weights, one small matrix for each
feature, with the classes' covariance at the champion in it (S. Wager, S. Wang and P. Liang, "Dropout Training as Adaptive
Regularization", NIPS 2013). So a fit is kept from learning few drawings by heart as dropout keeps it, and has one optimum.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from pipeline.model.features import THREADS
from pipeline.model.head import Head
from pipeline.model.one_thread import one_blas_thread

BLOCK_ROWS = 1024


def dropout_curvature(features: NDArray[np.float32], head: Head) -> NDArray[np.float32]:
    """float32 `(features, classes, classes)`: dropping a share s costs s / (1 - s) / 2 * the sum of w'Aw over the features.

    Args:
        features: of the rows it is the mean over, `(n, features)`, n at least 1.
        head: where it is taken. w is a feature's row of the weights, A its matrix in what is returned.
    """
    blocks = [features[at : at + BLOCK_ROWS] for at in range(0, len(features), BLOCK_ROWS)]
    width, classes = head.weights.shape

    def part(seen: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        squares, said = seen**2, head.probabilities(seen)
        pairs = (said[:, :, None] * said[:, None, :]).reshape(len(seen), -1)
        return squares.T @ pairs, squares.T @ said

    together, alone = np.zeros((width, classes * classes)), np.zeros((width, classes))
    with one_blas_thread(), ThreadPoolExecutor(THREADS) as pool:
        for by_pairs, by_class in pool.map(part, blocks):
            together += by_pairs
            alone += by_class
    curvature = -together.reshape(width, classes, classes)
    curvature[:, range(classes), range(classes)] += alone
    return (curvature / len(features)).astype(np.float32)
