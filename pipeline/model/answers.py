"""Champion and challenger on the same rows, in one pass over features that need not fit into memory."""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from pipeline.drawings import Labels
from pipeline.model.head import Head
from pipeline.model.one_thread import one_blas_thread

ROWS = 4096  # in float32 at once: 26 MB


class PairedProbabilities(NamedTuple):
    """What both say about the same rows. labels: uint8 `(n,)`. champion, challenger: probabilities, float32 `(n, classes)`."""

    labels: Labels
    champion: NDArray[np.float32]
    challenger: NDArray[np.float32]

    def rows(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "PairedProbabilities":
        """A part of them."""
        return PairedProbabilities(
            self.labels[chosen], self.champion[chosen], self.challenger[chosen]
        )


def predict_both(
    features: NDArray[np.floating], labels: Labels, champion: Head, challenger: Head
) -> PairedProbabilities:
    """Both heads on features `(n, 1600)`, float16 or float32, perhaps memory-mapped."""
    weights, bias = (
        np.concatenate(parts, axis=-1) for parts in zip(champion, challenger, strict=True)
    )
    classes = len(champion.bias)
    said = np.empty((2, len(labels), classes), np.float32)
    with one_blas_thread():
        for at in range(0, len(labels), ROWS):
            scores = np.asarray(features[at : at + ROWS], np.float32) @ weights + bias
            said[0, at : at + ROWS] = softmax(scores[:, :classes], axis=1)
            said[1, at : at + ROWS] = softmax(scores[:, classes:], axis=1)
    return PairedProbabilities(labels, said[0], said[1])


def cross_entropies(probabilities: NDArray[np.float32], labels: Labels) -> NDArray[np.float32]:
    """float32 `(n,)`: each row's cross-entropy."""
    given = probabilities[np.arange(len(labels)), labels]
    lost: NDArray[np.float32] = -np.log(np.maximum(given, 1e-12))
    return lost


class PairedGuesses(NamedTuple):
    """Truth and both guesses on the same rows, uint8 `(n,)`; players: str `(n,)`, None where every row stands for itself."""

    labels: Labels
    champion: Labels
    challenger: Labels
    players: NDArray[np.str_] | None = None

    @classmethod
    def of(
        cls,
        labels: Labels,
        champion: NDArray[np.float32],
        challenger: NDArray[np.float32],
        players: NDArray[np.str_] | None = None,
    ) -> Self:
        """From what both models say, float32 `(n, classes)`."""
        return cls(
            labels,
            champion.argmax(axis=1).astype(np.uint8),
            challenger.argmax(axis=1).astype(np.uint8),
            players,
        )

    @property
    def rows(self) -> int:
        """How many."""
        return len(self.labels)

    @property
    def before(self) -> NDArray[np.bool_]:
        """Bool `(n,)`: whether the champion is right."""
        return np.equal(self.champion, self.labels)

    @property
    def after(self) -> NDArray[np.bool_]:
        """Bool `(n,)`: whether the challenger is right."""
        return np.equal(self.challenger, self.labels)

    @property
    def change(self) -> NDArray[np.int64]:
        """Int64 `(n,)`: 1 where the challenger alone is right, -1 where the champion alone is, else 0."""
        return self.after.astype(np.int64) - self.before

    def of_class(self, label: int) -> "PairedGuesses":
        """The rows that show this class."""
        chosen = self.labels == label
        players = None if self.players is None else self.players[chosen]
        return PairedGuesses(
            self.labels[chosen], self.champion[chosen], self.challenger[chosen], players
        )
