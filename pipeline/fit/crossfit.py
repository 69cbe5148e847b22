"""Drawings of players who were learned from, guessed all the same by heads that did not see those players: folds of players."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings import Labels
from pipeline.fit.lesson import Hyperparameters, TrainingSet
from pipeline.model.answers import PairedProbabilities, predict_both
from pipeline.model.head import Head
from pipeline.progress import OnProgress, silent

FOLDS = 5
LEARNED_BEFORE = -1  # in place of a fold


class ConfirmationRows(NamedTuple):
    """Drawings that are learned from by nobody. features `(n, 1600)`, labels uint8 `(n,)`, folds int64 `(n,)`."""

    features: NDArray[np.floating]
    labels: Labels
    folds: NDArray[np.int64]


class CrossFitted(NamedTuple):
    """What champion and held-out heads say about each correction of a lesson, and about each drawing beside it."""

    corrections: PairedProbabilities
    beside: PairedProbabilities


def assign_folds(players: NDArray[np.object_]) -> NDArray[np.int64]:
    """int64 `(n,)`, 0 to 4: all drawings of a player (hashed, hex) are in one fold, whoever else there is."""
    # Other digits than those that decide on the split.
    return np.array([int(player[16:32], 16) % FOLDS for player in players.tolist()], np.int64)


def cross_fit(
    lesson: TrainingSet,
    course: Hyperparameters,
    head: Head,
    folds: NDArray[np.int64],
    *,
    beside: ConfirmationRows,
    on_progress: OnProgress = silent,
) -> CrossFitted:
    """Each drawing of a fold as a head sees it that did not learn from that fold.

    A fold's head is fitted by the same course to the base and to the corrections outside the fold. Where one fold holds all
    corrections, its head is the champion: nothing then speaks for the challenger.

    Args:
        lesson: what the challenger was fitted to.
        course: how.
        head: the challenger's, where each search starts; it answers where no correction of a drawing's fold was learned from.
        folds: of each correction; those LEARNED_BEFORE are learned from in any case, and the challenger answers about them.
        beside: drawings that no head learns from, whose players may be among those that a head did learn from.
        on_progress: told after each fold.
    """
    features, labels = lesson.features[lesson.base :], lesson.labels[lesson.base :]
    found = CrossFitted(
        predict_both(features, labels, lesson.anchor, head),
        predict_both(beside.features, beside.labels, lesson.anchor, head),
    )
    present = np.unique(folds[folds != LEARNED_BEFORE]).tolist()
    for at, fold in enumerate(present):
        blind = lesson.solved(course, without=folds == fold, start=head)
        for said, rows, seen in (
            (found.corrections, folds == fold, features),
            (found.beside, beside.folds == fold, beside.features),
        ):
            said.challenger[rows] = predict_both(
                seen[rows], said.labels[rows], lesson.anchor, blind
            ).challenger
        on_progress(
            "predicting each player's drawings without having seen them", at + 1, len(present)
        )
    return found
