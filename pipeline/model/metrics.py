"""Figures on a model's quality, computed from the probabilities that it gives."""

import statistics
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings import Images, Labels, scale_pixels
from pipeline.model.answers import cross_entropies
from pipeline.model.predict import Predictor
from pipeline.progress import OnProgress, silent
from pipeline.records.metrics import Metrics, ReliabilityBin

BINS = 10
BATCH = 512
CALLS = 30


class ConfusedPair(NamedTuple):
    """Two classes that are mistaken for each other, and how often each way."""

    one: str
    other: str
    one_as_other: int
    other_as_one: int

    @property
    def times(self) -> int:
        """The number of mistakes in both directions."""
        return self.one_as_other + self.other_as_one


class WrongGuess(NamedTuple):
    """A row that was guessed wrong.

    row: its index. truth, guess: class indices. confidence: the probability of the guess, 0 to 1.
    """

    row: int
    truth: int
    guess: int
    confidence: float


def predict_with_keras(
    model: Any, images: Images, on_progress: OnProgress = silent
) -> NDArray[np.float32]:
    """Predict with a keras.Model, a batch at a time.

    Args:
        model: as `build_model` returns it.
        images: uint8 `(n, 28, 28)`, n at least 1.
        on_progress: called after each batch.

    Returns:
        float32 `(n, classes)`, probabilities.
    """
    batches = []
    for start in range(0, len(images), BATCH):
        batch = scale_pixels(images[start : start + BATCH])[..., None]
        # Padded to one shape, so that the graph is traced once.
        padded = np.pad(batch, ((0, BATCH - len(batch)), (0, 0), (0, 0), (0, 0)))
        batches.append(model.predict_on_batch(padded)[: len(batch)])
        on_progress("predicting the test drawings", start + len(batch), len(images))
    return np.concatenate(batches)


def time_one_prediction(predictor: Predictor, image: Images) -> float:
    """Return the seconds that the prediction of one drawing takes: the median of 30 calls.

    `image` is uint8 `(28, 28)`. A game's own backend waits this long for a guess.
    """
    seconds = []
    for _ in range(1 + CALLS):
        start = time.perf_counter()
        predictor.probabilities(image)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])  # the first call finds cold caches


def measure(
    probabilities: NDArray[np.float32], labels: Labels, categories: Sequence[str]
) -> Metrics:
    """Compute accuracy, mean cross-entropy, recall, precision, confusion matrix and calibration.

    Recall and precision of a class are 0 where they are not defined.

    Args:
        probabilities: `(n, classes)`, n at least 1.
        labels: `(n,)`.
        categories: the names of the classes.
    """
    classes = len(categories)
    guesses = probabilities.argmax(axis=1)
    # Each pair of label and guess is one number, so that bincount counts the whole matrix at once.
    confusion = np.bincount(
        labels.astype(np.int64) * classes + guesses, minlength=classes * classes
    ).reshape(classes, classes)
    hits = confusion.diagonal()
    recall = hits / np.maximum(confusion.sum(axis=1), 1)
    precision = hits / np.maximum(confusion.sum(axis=0), 1)
    bins = bin_by_confidence(probabilities.max(axis=1), guesses == labels)
    return Metrics(
        rows=len(labels),
        accuracy=float(hits.sum() / len(labels)),
        loss=float(cross_entropies(probabilities, labels).mean()),
        recall=dict(zip(categories, recall.tolist(), strict=True)),
        precision=dict(zip(categories, precision.tolist(), strict=True)),
        confusion=confusion.ravel().tolist(),
        calibration_error=sum(part.rows * abs(part.confidence - part.accuracy) for part in bins)
        / len(labels),
        reliability=bins,
    )


def bin_by_confidence(
    confidence: NDArray[np.float32], right: NDArray[np.bool_]
) -> list[ReliabilityBin]:
    """Sort guesses into ten bins of confidence (0 to 0.1, and so on); empty bins are left out.

    Args:
        confidence: `(n,)`, the probability of the guessed class.
        right: `(n,)`, whether the guess was right.
    """
    bins = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    confidences = np.bincount(bins, weights=confidence, minlength=BINS)
    hits = np.bincount(bins, weights=right, minlength=BINS)
    return [
        ReliabilityBin(
            rows=int(counts[index]),
            confidence=float(confidences[index] / counts[index]),
            accuracy=float(hits[index] / counts[index]),
        )
        for index in np.flatnonzero(counts)
    ]


def find_confused_pairs(
    metrics: Metrics, most: int, categories: Sequence[str]
) -> list[ConfusedPair]:
    """Return the `most` pairs of classes that are confused most often, the worst pair first.

    Pairs that were never confused are left out.
    """
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
    """Return every row that was guessed wrong, the most confident guess first.

    Args:
        probabilities: `(n, classes)`.
        labels: `(n,)`.
    """
    guesses = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(guesses != labels)
    order = np.argsort(-probabilities[wrong, guesses[wrong]], kind="stable")
    return [
        WrongGuess(
            int(row), int(labels[row]), int(guesses[row]), float(probabilities[row, guesses[row]])
        )
        for row in wrong[order]
    ]
