"""How good a model is: from the probabilities it gives to the figures that people judge by."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from pipeline.categories import CATEGORIES
from pipeline.dataset import Labels
from pipeline.model import Head
from pipeline.records import Comparison, Metrics

SMALLEST = 1e-12  # a probability of zero would cost infinitely much


def head_probabilities(features: NDArray[np.float32], head: Head) -> NDArray[np.float32]:
    """float32 `(n, classes)`: what a model with this head says about drawings with these features."""
    probabilities: NDArray[np.float32] = softmax(features @ head.weights + head.bias, axis=1)
    return probabilities


def measure(probabilities: NDArray[np.float32], labels: Labels, categories: tuple[str, ...] = CATEGORIES) -> Metrics:
    """Accuracy, mean cross-entropy, per-class recall and precision (0 where undefined), and the confusion matrix.

    Args:
        probabilities: `(n, classes)`, n at least 1.
        labels: `(n,)`.
        categories: the names of the classes.
    """
    classes = len(categories)
    guesses = probabilities.argmax(axis=1)
    confusion = np.bincount(labels.astype(np.int64) * classes + guesses, minlength=classes * classes).reshape(classes, classes)
    hits = confusion.diagonal()
    recall = hits / np.maximum(confusion.sum(axis=1), 1)
    precision = hits / np.maximum(confusion.sum(axis=0), 1)
    given = probabilities[np.arange(len(labels)), labels]
    return Metrics(
        rows=len(labels),
        accuracy=float(hits.sum() / len(labels)),
        loss=float(-np.log(np.maximum(given, SMALLEST)).mean()),
        recall=dict(zip(categories, recall.tolist(), strict=True)),
        precision=dict(zip(categories, precision.tolist(), strict=True)),
        confusion=confusion.ravel().tolist(),
    )


def compare(features: NDArray[np.float32], labels: Labels, champion: Head, challenger: Head) -> Comparison:
    """Both heads on the same rows; they share the backbone and so the features."""
    return Comparison(
        champion=measure(head_probabilities(features, champion), labels),
        challenger=measure(head_probabilities(features, challenger), labels),
    )
