"""Fitting the head on features: softmax regression, held near the champion by L2, solved by L-BFGS. One optimum, no luck.

With the backbone frozen the problem is convex; the anchor makes its solution unique, whatever the order of the rows.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

from pipeline.dataset import Labels
from pipeline.head import Head
from pipeline.one_thread import one_blas_thread
from pipeline.progress import OnProgress, silent

MAX_ITERATIONS = 200
TOLERANCE = 1e-5  # stop when an iteration lowers the loss by less than this share


def fit_head(
    features: NDArray[np.float32],
    labels: Labels,
    weights: NDArray[np.float32],
    *,
    anchor: Head,
    strength: float,
    start: Head | None = None,
    on_progress: OnProgress = silent,
) -> Head:
    """The head that minimises weighted mean cross-entropy + strength / 2 * squared distance from `anchor`.

    Args:
        features: `(n, 1600)`, n at least 1.
        labels: `(n,)`.
        weights: `(n,)`, what each row counts for; 0 leaves it out, and one at least counts.
        anchor: the champion's head.
        strength: 0 lets the head go where it likes.
        start: where the search starts, the anchor when it is None; a solution of nearly the same problem saves iterations.
        on_progress: told after each iteration.
    """
    share = (weights / weights.sum()).astype(np.float32)
    centre = _flat(anchor)
    each = np.arange(len(labels))
    iteration = 0

    def objective(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        head = _head(flat, anchor)
        scores = features @ head.weights + head.bias
        loss = float(share @ (logsumexp(scores, axis=1) - scores[each, labels]))
        slope = softmax(scores, axis=1)
        slope[each, labels] -= 1
        slope *= share[:, None]
        moved = flat - centre
        gradient = np.concatenate([(features.T @ slope).ravel(), slope.sum(axis=0)]).astype(np.float64)
        return loss + strength / 2 * float(moved @ moved), gradient + strength * moved

    def told(_: NDArray[np.float64]) -> None:
        nonlocal iteration
        iteration += 1
        on_progress("fitting the head", iteration)

    with one_blas_thread():
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
    return Head(flat[:split].reshape(like.weights.shape).astype(np.float32), flat[split:].astype(np.float32))
