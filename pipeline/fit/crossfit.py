"""Cross-fitting: predict a player's drawings by a head that was fitted without that player.

The gate must not judge a challenger by drawings that it was fitted to. Holding players out for
good would waste their answers. So the players are divided into folds. For each fold a head is
fitted to everything except that fold's answers, and this head predicts the fold's drawings.
Together the folds' predictions stand for the challenger's, slightly to its disadvantage, as each
head has learned from fewer answers. Folds are of players, not of drawings: one player's
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
from pipeline.progress import OnProgress, silent, standing_still

FOLDS = 5
LEARNED_BEFORE = -1  # instead of a fold: an answer that the champion has already learned from


class NewAnswers(NamedTuple):
    """Answers that the champion has not learned from, for the gate to judge by.

    features: `(n, 1600)`, read in slices.
    labels: uint8 `(n,)`.
    folds: int64 `(n,)`, the folds of the players.
    """

    features: FeatureSource
    labels: Labels
    folds: NDArray[np.int64]


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
    new: NewAnswers,
    *,
    on_progress: OnProgress = silent,
) -> PairedProbabilities:
    """Predict new answers by the champion, and by heads fitted without the answer's player.

    If one fold holds all answers, nothing is left to fit its head to, so it is the champion's
    head: then its drawings show no gain.

    Args:
        training_set: the rows that the challenger was fitted to.
        hyperparameters: those that the challenger was fitted with.
        head: the challenger's. Each search starts from it.
        folds: the fold of each answer of the training set, int64 `(answers,)`. Answers
            LEARNED_BEFORE are in the training set of every fold.
        new: the answers to predict, whether or not the training set has them.
        on_progress: called after each iteration of a fit, and after each fold.
    """
    features, anchor = FeatureRows.of(new.features), training_set.anchor
    predicted = predict_both(features, new.labels, anchor, head)
    present = np.unique(new.folds).tolist()
    message = "predicting each player's drawings without having seen them"
    for done, fold in enumerate(present):
        left_out, rows = folds == fold, new.folds == fold
        # No answer of this fold was fitted to: then the challenger has not seen its players.
        if left_out.any():
            fold_head = training_set.fit(
                hyperparameters,
                without=left_out,
                start=head,
                on_progress=standing_still(on_progress, message, done, len(present)),
            )
            predicted.challenger[rows] = predict_both(
                features.select(rows), new.labels[rows], anchor, fold_head
            ).challenger
        on_progress(message, done + 1, len(present))
    return predicted
