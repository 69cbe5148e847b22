"""What the head is fitted to: features of base rows and corrections in one array, and what each row counts for."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings import Labels
from pipeline.fit.dropout import dropout_curvature
from pipeline.fit.solver import fit_head
from pipeline.model.head import Head
from pipeline.progress import OnProgress, silent

# As if two thirds of the features were dropped: s / (1 - s) = 2. Measured: docs/decisions/0011.
NOISE = 2.0


class Hyperparameters(NamedTuple):
    """How the head is fitted. weight: of one correction against one base row. strength: of the pull towards the champion."""

    weight: float
    strength: float


class TrainingSet(NamedTuple):
    """Rows to learn from: features float32 `(n, 1600)`, labels uint8 `(n,)`; `base` base rows first, then corrections.

    anchor: the champion's head. curvature: float32 `(1600, classes, classes)`, of what dropout costs on the base rows.
    """

    features: NDArray[np.float32]
    labels: Labels
    base: int
    anchor: Head
    curvature: NDArray[np.float32]

    @property
    def corrections(self) -> int:
        """How many there are."""
        return len(self.labels) - self.base

    def solved(
        self,
        course: Hyperparameters,
        *,
        without: NDArray[np.bool_] | None = None,
        start: Head | None = None,
        on_progress: OnProgress = silent,
    ) -> Head:
        """The one best head by this course; with nothing to learn it is the anchor.

        Args:
            course: weight and strength.
            without: bool `(corrections,)`, which of them have no say.
            start: where the search starts; the anchor when it is None.
            on_progress: told after each iteration.
        """
        taught = np.full(self.corrections, course.weight, np.float32)
        if without is not None:
            taught[without] = 0
        if not taught.any():
            return self.anchor
        return fit_head(
            self.features,
            self.labels,
            self._in_proportion(np.concatenate([np.ones(self.base, np.float32), taught])),
            anchor=self.anchor,
            strength=course.strength,
            curvature=self.curvature,
            start=start,
            on_progress=on_progress,
        )

    def _in_proportion(self, counts: NDArray[np.float32]) -> NDArray[np.float32]:
        """Counts of rows, `(n,)`, so changed that each class has the share of the whole that it has of the base.

        Players correct some classes more often than others, for whatever reason; that says how a class looks, not how often it
        is drawn. A class that nobody corrects would be guessed less and less.
        """
        classes = len(self.anchor.bias)
        base = np.bincount(self.labels[: self.base], minlength=classes)
        together = np.bincount(self.labels, counts, classes)
        factors = np.where(base > 0, base / np.maximum(together, 1e-9), 1.0)
        return counts * factors[self.labels].astype(np.float32)


def build_training_set(
    base: tuple[NDArray[np.floating], Labels],
    played: tuple[NDArray[np.floating], Labels],
    anchor: Head,
) -> TrainingSet:
    """The lesson of base rows, one at least, and corrections: features `(n, 1600)` and labels `(n,)` of each."""
    rows = len(base[1])
    features = np.empty((rows + len(played[1]), base[0].shape[1]), np.float32)
    features[:rows], features[rows:] = base[0], played[0]
    curvature = NOISE * dropout_curvature(features[:rows], anchor)
    return TrainingSet(features, np.concatenate([base[1], played[1]]), rows, anchor, curvature)
