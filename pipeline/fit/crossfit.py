"""Cross-fitting: predict a player's drawings by a head that was fitted without that player.

The gate must not judge a challenger by drawings that it was fitted to. Holding players out for
good would waste their corrections. So the players are divided into folds. For each fold a head is
fitted to everything except that fold's corrections, and this head predicts the fold's drawings.
Together the folds' predictions stand for the challenger's, slightly to its disadvantage, as each
head has learned from fewer corrections. Folds are of players, not of drawings: one player's
drawings are alike, and a head that learned from one of them knows something about the others.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings import Labels
from pipeline.fit.feature_rows import FeatureRows
from pipeline.fit.training_set import Hyperparameters, TrainingSet
from pipeline.model.answers import FeatureSource, PairedProbabilities, predict_both
from pipeline.model.head import Head
from pipeline.progress import OnProgress, silent

FOLDS = 5
LEARNED_BEFORE = -1  # instead of a fold: a correction that the champion has already learned from


class ConfirmationRows(NamedTuple):
    """Confirmations, which no head is fitted to.

    features: `(n, 1600)`, read in slices.
    labels: uint8 `(n,)`.
    folds: int64 `(n,)`, the folds of the players.
    """

    features: FeatureSource
    labels: Labels
    folds: NDArray[np.int64]


class CrossFitted(NamedTuple):
    """Predictions by the champion, and by heads that were fitted without the row's player.

    corrections: of those that the champion has not learned from. confirmations: of all.
    """

    corrections: PairedProbabilities
    confirmations: PairedProbabilities


def assign_folds(players: NDArray[Any]) -> NDArray[np.int64]:
    """Return the fold of each player, int64 `(n,)`, 0 to 4.

    The fold depends on the player alone, so all drawings of a player are in one fold.

    Args:
        players: hashed ids, hex, `(n,)`; texts or bytes.
    """
    # The first 16 digits decide on the split (see `player_split`); other digits are independent.
    return np.array([int(player[16:32], 16) % FOLDS for player in players.tolist()], np.int64)


def cross_fit(
    training_set: TrainingSet,
    hyperparameters: Hyperparameters,
    head: Head,
    folds: NDArray[np.int64],
    *,
    confirmations: ConfirmationRows,
    on_progress: OnProgress = silent,
) -> CrossFitted:
    """Predict corrections and confirmations by heads fitted without their players.

    If one fold holds all corrections, nothing is left to fit its head to, so it is the champion's
    head: then its drawings show no gain.

    Args:
        training_set: the rows that the challenger was fitted to.
        hyperparameters: those that the challenger was fitted with.
        head: the challenger's. Each search starts from it. It predicts confirmations of players
            in folds without corrections.
        folds: the fold of each correction, int64 `(corrections,)`. Corrections LEARNED_BEFORE are
            in the training set of every fold, and are not predicted.
        confirmations: drawings to predict as well.
        on_progress: called after each fold.
    """
    is_new = folds != LEARNED_BEFORE
    new_folds = folds[is_new]
    features = training_set.correction_features.select(is_new)
    labels = training_set.labels[training_set.base :][is_new]
    confirmation_features = FeatureRows.of(confirmations.features)
    anchor = training_set.anchor
    predicted = CrossFitted(
        predict_both(features, labels, anchor, head),
        predict_both(confirmation_features, confirmations.labels, anchor, head),
    )
    present = np.unique(new_folds).tolist()
    for done, fold in enumerate(present, 1):
        fold_head = training_set.fit(hyperparameters, without=folds == fold, start=head)
        for probabilities, rows, row_features in (
            (predicted.corrections, new_folds == fold, features),
            (predicted.confirmations, confirmations.folds == fold, confirmation_features),
        ):
            probabilities.challenger[rows] = predict_both(
                row_features.select(rows), probabilities.labels[rows], anchor, fold_head
            ).challenger
        on_progress(
            "predicting each player's drawings without having seen them", done, len(present)
        )
    return predicted
