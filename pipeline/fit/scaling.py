"""Coordinates in which a head is found in few steps: the known curvature has the same size in all.

A feature that is often large changes the loss far more than one that is nearly always zero, so the
loss of a head is a long, narrow valley, in which L-BFGS takes many steps. The pull to the anchor
and the cost of dropout are quadratic, with one block for each feature, and the block of dropout is
the same matrix as the cross-entropy's own second derivative there, times a constant. So both are
scaled to the unit matrix. With 20 classes this halves the steps, and changes no optimum.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.model.head import Head

SMALLEST_STRENGTH = 1e-9  # of a block, as dropout costs nothing where a feature is always zero
SMALLEST_SHARE = 1e-6  # of a block's size
BLOCK_FEATURES = 100  # in float64 at once


class Scaling(NamedTuple):
    """A linear map between heads, each as one vector, and scaled coordinates.

    factors: float32 `(features, classes, classes)`, the inverse of each block's lower Cholesky
        factor; None leaves the coordinates as they are.
    bias: what one unit of a bias is in scaled coordinates.
    """

    factors: NDArray[np.float32] | None
    bias: float

    def unscale(self, scaled: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the head that scaled coordinates stand for: weights, then bias."""
        if self.factors is None:
            return scaled
        return self._map(self.factors.swapaxes(1, 2), scaled)

    def scale_gradient(self, gradient: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the gradient by the scaled coordinates, from the gradient by the head."""
        return gradient if self.factors is None else self._map(self.factors, gradient)

    def scale(self, flat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the scaled coordinates of a head."""
        if self.factors is None:
            return flat
        features, classes = self.factors.shape[:2]
        split = features * classes
        weights = flat[:split].reshape(features, classes, 1)
        scaled = np.empty_like(weights)
        for rows in _divide(features):
            factors = self.factors[rows].swapaxes(1, 2).astype(np.float64)
            scaled[rows] = np.linalg.solve(factors, weights[rows])
        return np.concatenate([scaled.ravel(), flat[split:] * self.bias])

    def _map(
        self, factors: NDArray[np.float32], vector: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        features, classes = factors.shape[:2]
        split = features * classes
        weights = vector[:split].reshape(features, classes, 1)
        return np.concatenate([(factors @ weights).ravel(), vector[split:] / self.bias])


def make_scaling(anchor: Head, strength: float, curvature: NDArray[np.float32] | None) -> Scaling:
    """Return the scaling for a loss with this anchor and cost of dropout, see `solver.fit_head`.

    Args:
        anchor: the champion's head.
        strength: of the pull to the anchor, 0 or above.
        curvature: `(features, classes, classes)`, positive semidefinite; None scales nothing.
    """
    if curvature is None:
        return Scaling(None, 1.0)
    classes = len(anchor.bias)
    factors = np.empty_like(curvature)
    for rows in _divide(len(curvature)):
        blocks = curvature[rows].astype(np.float64)
        # Adding the same to the scores of all classes changes no probability, so each block is
        # singular, and rounding could make it indefinite. A share of its size keeps it definite.
        floor = strength + SMALLEST_STRENGTH + SMALLEST_SHARE * np.trace(blocks, axis1=1, axis2=2)
        blocks[:, range(classes), range(classes)] += floor[:, None]
        factors[rows] = np.linalg.inv(np.linalg.cholesky(blocks))
    return Scaling(factors, float(np.sqrt(1 / classes + strength)))


def _divide(features: int) -> Iterator[slice]:
    """Yield the features in parts, so that little memory is needed with many classes."""
    for start in range(0, features, BLOCK_FEATURES):
        yield slice(start, start + BLOCK_FEATURES)
