"""The training set of a head: features of base rows and answers, and the weight of each row."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings import Labels
from pipeline.fit.dropout import dropout_curvature
from pipeline.fit.feature_rows import FeatureRows, HeldFeatures
from pipeline.fit.solver import fit_head
from pipeline.model.answers import FeatureSource
from pipeline.model.head import Head
from pipeline.progress import OnProgress, silent

# The cost of dropout counts as if two thirds of the features were dropped: for a share s of them
# the factor is s / (1 - s). Chosen by measurement, see docs/decisions/0011.
DROPOUT_STRENGTH = 2.0
# Answers whose features are kept in memory, 6.4 kB each. With more of them, they are read from the
# cache in each iteration: a fit then takes about a third longer, and its memory does not grow.
MOST_HELD = 20_000


class Hyperparameters(NamedTuple):
    """How a head is fitted.

    weight: the weight of an answer on average; a base row has weight 1.
    strength: the strength of the L2 pull towards the champion's head.
    """

    weight: float
    strength: float


class Answers(NamedTuple):
    """Answers of players, corrections and confirmations, with their features.

    features: `(n, 1600)`, read in slices.
    labels: uint8 `(n,)`.
    weights: float32 `(n,)`, above 0: what each answer stands for, against the others. None: the
        same for all.
    """

    features: FeatureSource
    labels: Labels
    weights: NDArray[np.float32] | None = None

    @property
    def relative_weights(self) -> NDArray[np.float32]:
        """The weights, scaled to a mean of 1: float32 `(n,)`."""
        if self.weights is None or not len(self.weights):
            return np.ones(len(self.labels), np.float32)
        mean = float(self.weights.mean(dtype=np.float64))
        return np.divide(self.weights, mean, dtype=np.float64).astype(np.float32)


class TrainingSet(NamedTuple):
    """The rows that a head is fitted to: first the base rows, then the answers of players.

    features: `(n, 1600)`: float32 in memory, or, with many answers, read in slices.
    labels: uint8 `(n,)`.
    base: how many of the rows are base rows.
    anchor: the champion's head.
    curvature: float32 `(1600, classes, classes)`, the cost of dropout on the base rows.
    relative_weights: float32 `(answers,)`, what each answer stands for, 1 on average.
    """

    features: FeatureSource
    labels: Labels
    base: int
    anchor: Head
    curvature: NDArray[np.float32]
    relative_weights: NDArray[np.float32]

    @property
    def answers(self) -> int:
        """The number of answers."""
        return len(self.labels) - self.base

    def fit(
        self,
        hyperparameters: Hyperparameters,
        *,
        without: NDArray[np.bool_] | None = None,
        start: Head | None = None,
        on_progress: OnProgress = silent,
    ) -> Head:
        """Fit a head. Without answers it is the anchor itself.

        Args:
            hyperparameters: weight and strength.
            without: bool `(answers,)`, True for the answers to leave out.
            start: where the search starts; None starts at the anchor.
            on_progress: called after each iteration.
        """
        answer_weights = np.float32(hyperparameters.weight) * self.relative_weights
        if without is not None:
            answer_weights[without] = 0
        if not answer_weights.any():
            return self.anchor
        row_weights = np.concatenate([np.ones(self.base, np.float32), answer_weights])
        return fit_head(
            self.features,
            self.labels,
            self._keep_class_shares(row_weights),
            anchor=self.anchor,
            strength=hyperparameters.strength,
            curvature=self.curvature,
            start=start,
            on_progress=on_progress,
        )

    def _keep_class_shares(self, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scale row weights, `(n,)`, so that each class keeps its share of the base rows.

        Players answer about some classes more often than about others. Answers show what a class
        looks like, not how often it is drawn. Without this step, a class that players rarely answer
        about would be guessed less and less often. A class without base rows keeps its weights.
        """
        classes = len(self.anchor.bias)
        base_totals = np.bincount(self.labels[: self.base], minlength=classes)
        totals = np.bincount(self.labels, weights, classes)
        factors = np.where(base_totals > 0, base_totals / np.maximum(totals, 1e-9), 1.0)
        return weights * factors[self.labels].astype(np.float32)


def build_training_set(
    base: tuple[FeatureSource, Labels], answers: Answers, anchor: Head
) -> TrainingSet:
    """Build the training set from features `(n, 1600)` and labels `(n,)`.

    Args:
        base: of the base rows, at least one.
        answers: those to fit to; there may be none.
        anchor: the champion's head.
    """
    rows, added = len(base[1]), len(answers.labels)
    held = rows + (added if added <= MOST_HELD else 0)
    # Each fit reads all features dozens of times, so they are kept as float32 while they are few.
    values = np.empty((held, len(anchor.weights)), np.float32)
    values[:rows] = base[0][:]
    features: FeatureSource = values
    if held > rows or not added:
        values[rows:] = answers.features[:]
    else:
        features = FeatureRows([HeldFeatures(values), FeatureRows.of(answers.features)])
    curvature = DROPOUT_STRENGTH * dropout_curvature(values[:rows], anchor)
    labels = np.concatenate([base[1], answers.labels])
    return TrainingSet(features, labels, rows, anchor, curvature, answers.relative_weights)
