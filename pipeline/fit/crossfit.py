"""Cross-fitting: predict a player's drawings by a head that was fitted without that player.

The gate must not judge a challenger by drawings that it was fitted to. Holding players out for
good would waste their corrections. So the players are divided into folds. For each fold a head is
fitted to everything except that fold's corrections, and this head predicts the fold's drawings.
Together the folds' predictions stand for the challenger's, slightly to its disadvantage, as each
head has learned from fewer corrections. Folds are of players, not of drawings: one player's
drawings are alike, and a head that learned from one of them knows something about the others.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.fit.training_set import Hyperparameters, TrainingSet
from pipeline.model.answers import PairedProbabilities, predict_both
from pipeline.model.head import Head
from pipeline.progress import OnProgress, silent

FOLDS = 5
LEARNED_BEFORE = -1  # instead of a fold: a correction that the champion has already learned from


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
    on_progress: OnProgress = silent,
) -> PairedProbabilities:
    """Predict answers by the champion, and by heads that were fitted without their players.

    If one fold holds all corrections, nothing is left to fit its head to, so it is the champion's
    head: then its drawings show no gain.

    Args:
        training_set: the rows that the challenger was fitted to.
        hyperparameters: those that the challenger was fitted with.
        head: the challenger's. Each search starts from it.
        folds: the fold of each answer, int64 `(answers,)`. Answers LEARNED_BEFORE are in the
            training set of every fold, and are not predicted.
        on_progress: called after each fold.
    """
    is_new = folds != LEARNED_BEFORE
    new_folds = folds[is_new]
    features = training_set.correction_features.select(is_new)
    labels = training_set.labels[training_set.base :][is_new]
    anchor = training_set.anchor
    predicted = predict_both(features, labels, anchor, head)
    present = np.unique(new_folds).tolist()
    for done, fold in enumerate(present, 1):
        fold_head = training_set.fit(hyperparameters, without=folds == fold, start=head)
        rows = new_folds == fold
        predicted.challenger[rows] = predict_both(
            features.select(rows), labels[rows], anchor, fold_head
        ).challenger
        on_progress(
            "predicting each player's drawings without having seen them", done, len(present)
        )
    return predicted
