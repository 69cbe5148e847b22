"""How good a model is: from the probabilities it gives to the figures that people judge by."""

import statistics
import time
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from pipeline.categories import CATEGORIES
from pipeline.drawings import Images, Labels, scale_pixels
from pipeline.model.head import Head
from pipeline.model.predict import Predictor
from pipeline.progress import OnProgress, silent
from pipeline.records.metrics import Metrics, ReliabilityBin

SMALLEST = 1e-12  # a probability of zero would cost infinitely much
BINS = 10
BATCH = 512
CALLS = 30


class ConfusedPair(NamedTuple):
    """Two classes that are taken for each other, and how often each way."""

    one: str
    other: str
    one_as_other: int
    other_as_one: int

    @property
    def times(self) -> int:
        """Both ways together."""
        return self.one_as_other + self.other_as_one


class WrongGuess(NamedTuple):
    """A row that was guessed wrong: its position, label and guess as indices, and how sure the model was of the guess."""

    row: int
    truth: int
    guess: int
    confidence: float


def predict_with_keras(
    model: Any, images: Images, on_progress: OnProgress = silent
) -> NDArray[np.float32]:
    """float32 `(n, classes)`: what the keras.Model says about uint8 `(n, 28, 28)`, a batch at a time."""
    said = []
    for at in range(0, len(images), BATCH):
        batch = scale_pixels(images[at : at + BATCH])[..., None]
        # Padded to one shape, so that the graph is traced once.
        padded = np.pad(batch, ((0, BATCH - len(batch)), (0, 0), (0, 0), (0, 0)))
        said.append(model.predict_on_batch(padded)[: len(batch)])
        on_progress("looking at unseen drawings", at + len(batch), len(images))
    return np.concatenate(said)


def head_probabilities(features: NDArray[np.float32], head: Head) -> NDArray[np.float32]:
    """float32 `(n, classes)`: what a model with this head says about drawings with these features."""
    probabilities: NDArray[np.float32] = softmax(features @ head.weights + head.bias, axis=1)
    return probabilities


def time_one_prediction(predictor: Predictor, image: Images) -> float:
    """How long a game's own backend waits for one uint8 `(28, 28)`, asked for alone: the median of some calls."""
    taken = []
    for _ in range(1 + CALLS):  # the first finds cold caches
        began = time.perf_counter()
        predictor.probabilities(image)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:])


def measure(
    probabilities: NDArray[np.float32], labels: Labels, categories: tuple[str, ...] = CATEGORIES
) -> Metrics:
    """Accuracy, mean cross-entropy, per-class recall and precision (0 where undefined), confusion matrix, and calibration.

    Args:
        probabilities: `(n, classes)`, n at least 1.
        labels: `(n,)`.
        categories: the names of the classes.
    """
    classes = len(categories)
    guesses = probabilities.argmax(axis=1)
    confusion = np.bincount(
        labels.astype(np.int64) * classes + guesses, minlength=classes * classes
    ).reshape(classes, classes)
    hits = confusion.diagonal()
    recall = hits / np.maximum(confusion.sum(axis=1), 1)
    precision = hits / np.maximum(confusion.sum(axis=0), 1)
    given = probabilities[np.arange(len(labels)), labels]
    bins = bin_by_confidence(probabilities.max(axis=1), guesses == labels)
    return Metrics(
        rows=len(labels),
        accuracy=float(hits.sum() / len(labels)),
        loss=float(-np.log(np.maximum(given, SMALLEST)).mean()),
        recall=dict(zip(categories, recall.tolist(), strict=True)),
        precision=dict(zip(categories, precision.tolist(), strict=True)),
        confusion=confusion.ravel().tolist(),
        calibration_error=sum(each.rows * abs(each.confidence - each.accuracy) for each in bins)
        / len(labels),
        reliability=bins,
    )


def bin_by_confidence(
    confidence: NDArray[np.float32], right: NDArray[np.bool_]
) -> list[ReliabilityBin]:
    """Guesses in ten bins of confidence (0 to 0.1, and so on), empty ones left out.

    Args:
        confidence: `(n,)`, the probability of what was guessed.
        right: `(n,)`, whether the guess was right.
    """
    bins = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    sums = (
        np.bincount(bins, weights=confidence, minlength=BINS),
        np.bincount(bins, weights=right, minlength=BINS),
    )
    return [
        ReliabilityBin(
            rows=int(counts[each]),
            confidence=float(sums[0][each] / counts[each]),
            accuracy=float(sums[1][each] / counts[each]),
        )
        for each in np.flatnonzero(counts)
    ]


def find_confused_pairs(
    metrics: Metrics, most: int, categories: tuple[str, ...] = CATEGORIES
) -> list[ConfusedPair]:
    """The pairs of classes that are most often taken for each other, the worst first; pairs never mixed up are left out."""
    classes = len(categories)
    count = np.array(metrics.confusion).reshape(classes, classes)
    pairs = [
        ConfusedPair(
            categories[one], categories[other], int(count[one, other]), int(count[other, one])
        )
        for one in range(classes)
        for other in range(one + 1, classes)
    ]
    return sorted((pair for pair in pairs if pair.times), key=lambda pair: -pair.times)[:most]


def find_wrong_guesses(probabilities: NDArray[np.float32], labels: Labels) -> list[WrongGuess]:
    """Every row that was guessed wrong, the most confident first."""
    guesses = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(guesses != labels)
    sure = probabilities[wrong, guesses[wrong]]
    order = np.argsort(-sure, kind="stable")
    return [
        WrongGuess(
            int(row), int(labels[row]), int(guesses[row]), float(probabilities[row, guesses[row]])
        )
        for row in wrong[order]
    ]
