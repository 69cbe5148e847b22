"""Predictions of champion and challenger for the same rows, made in one pass over the features."""

from typing import Any, NamedTuple, Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings import Labels
from pipeline.model.head import Floats, Head, softmax
from pipeline.model.one_thread import one_blas_thread

ROWS = 4096  # rows that are float32 in memory at once: 26 MB
SMALLEST_PROBABILITY = 1e-12  # smaller ones count as this one, so that a loss stays finite


Players: TypeAlias = NDArray[np.bytes_] | NDArray[np.str_]
"""Names of players. Hashes are bytes, as NumPy's texts take four bytes for each digit."""


class FeatureSource(Protocol):
    """Features `(n, 1600)`, float16 or float32, that are read in slices: an array, or a file."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice, /) -> Any:
        """Return some consecutive rows as an array."""


class PairedProbabilities(NamedTuple):
    """Class probabilities of champion and challenger for the same rows.

    labels: uint8 `(n,)`. champion, challenger: float32 `(n, classes)`.
    """

    labels: Labels
    champion: Floats
    challenger: Floats

    def select(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "PairedProbabilities":
        """Return the rows that a mask or an array of indices selects."""
        return PairedProbabilities(self.labels[rows], self.champion[rows], self.challenger[rows])


def predict_both(
    features: FeatureSource, labels: Labels, champion: Head, challenger: Head
) -> PairedProbabilities:
    """Predict with both heads.

    Args:
        features: `(n, 1600)`; 4,096 rows are in memory at once.
        labels: uint8 `(n,)`, returned with the probabilities.
        champion: the head of the champion.
        challenger: a head of the same shape.
    """
    # Both heads side by side are one matrix product, so the features are read once.
    both = Head(
        *(np.concatenate(parts, axis=-1) for parts in zip(champion, challenger, strict=True))
    )
    classes = len(champion.bias)
    probabilities = np.empty((2, len(labels), classes), np.float32)
    with one_blas_thread():
        for start in range(0, len(labels), ROWS):
            rows = slice(start, start + ROWS)
            scores = both.scores(np.asarray(features[rows], np.float32))
            probabilities[0, rows] = softmax(scores[:, :classes])
            probabilities[1, rows] = softmax(scores[:, classes:])
    return PairedProbabilities(labels, probabilities[0], probabilities[1])


def cross_entropies(probabilities: Floats, labels: Labels) -> Floats:
    """Return the cross-entropy of each row: float32 `(n,)`, at most about 28.

    Args:
        probabilities: `(n, classes)`.
        labels: `(n,)`.
    """
    of_labels = probabilities[np.arange(len(labels)), labels]
    losses: Floats = -np.log(np.maximum(of_labels, SMALLEST_PROBABILITY))
    return losses


class PairedGuesses(NamedTuple):
    """Labels and the guesses of champion and challenger for the same rows, uint8 `(n,)`.

    players: `(n,)`, who drew each row; None where every row counts as a player of its own.
    """

    labels: Labels
    champion: Labels
    challenger: Labels
    players: Players | None = None

    @classmethod
    def from_probabilities(
        cls,
        labels: Labels,
        champion: Floats,
        challenger: Floats,
        players: Players | None = None,
    ) -> Self:
        """Return the likeliest classes by both models' probabilities, float32 `(n, classes)`."""
        return cls(
            labels,
            champion.argmax(axis=1).astype(np.uint8),
            challenger.argmax(axis=1).astype(np.uint8),
            players,
        )

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.labels)

    @property
    def champion_right(self) -> NDArray[np.bool_]:
        """Bool `(n,)`: whether the champion is right."""
        return np.equal(self.champion, self.labels)

    @property
    def challenger_right(self) -> NDArray[np.bool_]:
        """Bool `(n,)`: whether the challenger is right."""
        return np.equal(self.challenger, self.labels)

    @property
    def gains(self) -> NDArray[np.int64]:
        """Int64 `(n,)`: 1 if only the challenger is right, -1 if only the champion is, else 0."""
        return self.challenger_right.astype(np.int64) - self.champion_right

    def select(self, rows: NDArray[np.bool_]) -> "PairedGuesses":
        """Return the rows that a mask selects."""
        players = None if self.players is None else self.players[rows]
        return PairedGuesses(self.labels[rows], self.champion[rows], self.challenger[rows], players)

    def select_class(self, label: int) -> "PairedGuesses":
        """Return the rows with this label."""
        return self.select(self.labels == label)
