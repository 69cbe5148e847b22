"""Corrections that are learned from, predicted all the same by heads that did not see their players: k folds of players."""

import numpy as np
from numpy.typing import NDArray

from pipeline.head import Head
from pipeline.lesson import Course, Lesson
from pipeline.progress import OnProgress, silent
from pipeline.side_by_side import Both, said_by_both

FOLDS = 5


def folds_of(players: NDArray[np.object_]) -> NDArray[np.int64]:
    """int64 `(n,)`, 0 to 4: all drawings of a player (hashed, hex) are in one fold, whoever else there is."""
    # Other digits than those that decide on the split.
    return np.array([int(player[16:32], 16) % FOLDS for player in players.tolist()], np.int64)


def cross_fitted(
    lesson: Lesson, course: Course, head: Head, folds: NDArray[np.int64], on_progress: OnProgress = silent
) -> Both:
    """What champion and held-out heads say about each correction of the lesson, in order.

    Each fold's head is fitted by the same course to the base and to the corrections outside the fold. Where one fold holds all
    corrections, its head is the champion: nothing then speaks for the challenger.

    Args:
        lesson: what the challenger was fitted to.
        course: how.
        head: the challenger's, where each search starts.
        folds: of each correction; those of -1 are learned from in any case, and the challenger's own word about them is given.
        on_progress: told after each fold.
    """
    features, labels = lesson.features[lesson.base :], lesson.labels[lesson.base :]
    found = said_by_both(features, labels, lesson.anchor, head)
    present = np.unique(folds[folds >= 0]).tolist()
    for at, fold in enumerate(present):
        held_out = folds == fold
        blind = lesson.solved(course, without=held_out, start=head)
        found.challenger[held_out] = said_by_both(features[held_out], labels[held_out], lesson.anchor, blind).challenger
        on_progress("predicting each player's corrections without having seen them", at + 1, len(present))
    return found
