"""Fitting the head on features: softmax regression, held near the champion by L2, solved by L-BFGS. One optimum, no luck.

With the backbone frozen the problem is convex; the anchor makes its solution unique, whatever the order of the rows.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from pipeline.drawings import Labels
from pipeline.model.features import THREADS
from pipeline.model.head import Head
from pipeline.model.one_thread import one_blas_thread
from pipeline.progress import OnProgress, silent

MAX_ITERATIONS = 200
BLOCK_ROWS = 1024  # 7 MB of features: read twice, the second time from the cache
TOLERANCE = 1e-5  # stop when an iteration lowers the loss by less than this share


def fit_head(
    features: NDArray[np.float32],
    labels: Labels,
    weights: NDArray[np.float32],
    *,
    anchor: Head,
    strength: float,
    curvature: NDArray[np.float32] | None = None,
    start: Head | None = None,
    on_progress: OnProgress = silent,
) -> Head:
    """The head that minimises weighted mean cross-entropy + strength / 2 * squared distance from `anchor` + what dropout costs.

    Args:
        features: `(n, 1600)`, n at least 1.
        labels: `(n,)`.
        weights: `(n,)`, what each row counts for; 0 leaves it out, and one at least counts.
        anchor: the champion's head.
        strength: 0 lets the head go where it likes.
        curvature: `(features, classes, classes)`, symmetric: half of w'Aw, summed over the features' rows w of the weights, is
            added; None adds nothing.
        start: where the search starts, the anchor when it is None; a solution of nearly the same problem saves iterations.
        on_progress: told after each iteration.
    """
    share = (weights / weights.sum()).astype(np.float32)
    centre = _flat(anchor)
    iteration = 0
    blocks = [slice(at, at + BLOCK_ROWS) for at in range(0, len(labels), BLOCK_ROWS)]

    def part(head: Head, rows: slice) -> tuple[float, NDArray[np.float32], NDArray[np.float32]]:
        seen, truth, counts = features[rows], labels[rows], share[rows]
        each = np.arange(len(truth))
        said = head.log_probabilities(seen)
        loss = -float(counts @ said[each, truth])
        slope = np.exp(said)
        slope[each, truth] -= 1
        slope *= counts[:, None]
        return loss, seen.T @ slope, slope.sum(axis=0)

    def objective(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        head = _head(flat, anchor)
        moved = flat - centre
        # Added up block by block in their order, so that the sums do not hang on how many threads there are.
        loss, gradient = strength / 2 * float(moved @ moved), strength * moved
        if curvature is not None:
            pulled = np.matmul(curvature, head.weights[:, :, None])[:, :, 0]
            loss += float((pulled * head.weights).sum(dtype=np.float64)) / 2
            gradient[: pulled.size] += pulled.ravel()
        for lost, by_weight, by_bias in pool.map(part, repeat(head), blocks):
            loss += lost
            gradient[: by_weight.size] += by_weight.ravel()
            gradient[by_weight.size :] += by_bias
        return loss, gradient

    def told(_: NDArray[np.float64]) -> None:
        nonlocal iteration
        iteration += 1
        on_progress("fitting the head", iteration)

    with one_blas_thread(), ThreadPoolExecutor(THREADS) as pool:
        solved = minimize(
            objective,
            centre if start is None else _flat(start),
            jac=True,
            method="L-BFGS-B",
            callback=told,
            options={"maxiter": MAX_ITERATIONS, "ftol": TOLERANCE},
        )
    return _head(solved.x, anchor)


def _flat(head: Head) -> NDArray[np.float64]:
    return np.concatenate([part.ravel() for part in head]).astype(np.float64)


def _head(flat: NDArray[np.float64], like: Head) -> Head:
    split = like.weights.size
    return Head(
        flat[:split].reshape(like.weights.shape).astype(np.float32), flat[split:].astype(np.float32)
    )
