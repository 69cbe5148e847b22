"""Fit a head on features: softmax regression with an L2 pull to the champion, by L-BFGS.

The backbone is frozen, so the loss is convex in the head. The pull makes it strictly convex: there
is one optimum, whatever the order of the rows and wherever the search starts.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from pipeline.drawings import Labels
from pipeline.fit.scaling import make_scaling
from pipeline.model.answers import FeatureSource
from pipeline.model.features import THREADS
from pipeline.model.head import Head
from pipeline.model.one_thread import one_blas_thread
from pipeline.progress import OnProgress, silent

MAX_ITERATIONS = 200
BLOCK_ROWS = 1024  # 7 MB of features; each block is read twice, the second time from the CPU cache
TOLERANCE = 1e-5  # stop when an iteration lowers the loss by less than this share


def fit_head(
    features: FeatureSource,
    labels: Labels,
    weights: NDArray[np.float32],
    *,
    anchor: Head,
    strength: float,
    curvature: NDArray[np.float32] | None = None,
    start: Head | None = None,
    on_progress: OnProgress = silent,
) -> Head:
    """Fit a head to weighted rows. The same arguments give the same bits on any number of cores.

    The loss is: weighted mean cross-entropy
    + strength / 2 * squared distance from `anchor`
    + 1/2 * the sum of w'Aw over all features (the cost of dropout).
    There, w is a feature's row of the head's weights, and A is its matrix in `curvature`.

    Args:
        features: `(n, 1600)`, at least one row. Each iteration reads them in blocks of 1,024 rows.
        labels: `(n,)`.
        weights: `(n,)`, at least one above 0. Rows of weight 0 do not count.
        anchor: the champion's head.
        strength: 0 or above; 0 switches the pull to the anchor off.
        curvature: `(features, classes, classes)`, symmetric; None leaves the cost of dropout out.
        start: where the search starts; None starts at the anchor. The solution of a similar
            problem saves iterations.
        on_progress: called after each iteration.
    """
    shares = (weights / weights.sum()).astype(np.float32)
    centre = _flatten(anchor)
    iteration = 0
    starts = range(0, len(labels), BLOCK_ROWS)
    blocks = [slice(first, first + BLOCK_ROWS) for first in starts]

    def block_loss(
        head: Head, rows: slice
    ) -> tuple[float, NDArray[np.float32], NDArray[np.float32]]:
        """Return a block's part of the loss, and of its gradient by weights and by bias."""
        # Values of float16 are exact in float32: it does not matter how the rows are stored.
        block = np.asarray(features[rows], np.float32)
        true_labels, block_shares = labels[rows], shares[rows]
        indices = np.arange(len(true_labels))
        log_probabilities = head.log_probabilities(block)
        loss = -float(block_shares @ log_probabilities[indices, true_labels])
        # The gradient of cross-entropy by the scores is the probabilities less the one-hot label.
        slope = np.exp(log_probabilities)
        slope[indices, true_labels] -= 1
        slope *= block_shares[:, None]
        return loss, block.T @ slope, slope.sum(axis=0)

    def objective(scaled: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        flat = scaling.unscale(scaled)
        head = _unflatten(flat, anchor)
        moved = flat - centre
        loss, gradient = strength / 2 * float(moved @ moved), strength * moved
        if curvature is not None:
            pull = np.matmul(curvature, head.weights[:, :, None])[:, :, 0]
            loss += float((pull * head.weights).sum(dtype=np.float64)) / 2
            gradient[: pull.size] += pull.ravel()
        # Sums of floats depend on their order. Here the blocks are of fixed size, each is computed
        # by one thread, and `map` returns them in the order of the rows, so the number of threads
        # changes no bit of the result. The totals are float64.
        for part, by_weights, by_bias in pool.map(block_loss, repeat(head), blocks):
            loss += part
            gradient[: by_weights.size] += by_weights.ravel()
            gradient[by_weights.size :] += by_bias
        return loss, scaling.scale_gradient(gradient)

    def report_iteration(_: NDArray[np.float64]) -> None:
        nonlocal iteration
        iteration += 1
        on_progress("fitting the head", iteration)

    # L-BFGS needs loss and gradient only. It estimates the curvature from its last ten steps, so
    # the Hessian (32,020 x 32,020 with 20 classes) is never built.
    with one_blas_thread(), ThreadPoolExecutor(THREADS) as pool:
        scaling = make_scaling(anchor, strength, curvature)
        result = minimize(
            objective,
            scaling.scale(centre if start is None else _flatten(start)),
            jac=True,
            method="L-BFGS-B",
            callback=report_iteration,
            options={"maxiter": MAX_ITERATIONS, "ftol": TOLERANCE},
        )
        return _unflatten(scaling.unscale(result.x), anchor)


def _flatten(head: Head) -> NDArray[np.float64]:
    """Return weights and bias as one vector."""
    return np.concatenate([part.ravel() for part in head]).astype(np.float64)


def _unflatten(flat: NDArray[np.float64], like: Head) -> Head:
    """Return the head that a vector holds, in the shape of `like`."""
    size = like.weights.size
    weights = flat[:size].reshape(like.weights.shape).astype(np.float32)
    return Head(weights, flat[size:].astype(np.float32))
