"""How strongly corrections pull: a few courses tried, judged on drawings that no head was fitted to. Prefers the usual one."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.fit.lesson import Hyperparameters, TrainingSet
from pipeline.model.answers import PairedProbabilities, cross_entropies, predict_both
from pipeline.model.head import Head
from pipeline.progress import OnProgress, silent

BASE_LOST = 0.003  # of accuracy on clean drawings, that a course may cost
GENTLER, BOLDER = 1 / 4, 4
FEWEST = (
    100  # players' drawings that may decide between courses: with half as many none was ever taken
)
SURE = 2  # standard errors: of four neighbours one is ahead by one of them often enough by chance


class Trial(NamedTuple):
    """A course that was tried: accuracies lost on base rows of val, and mean cross-entropy on players' of val."""

    course: Hyperparameters
    base_lost: float
    players_loss: float


class ChosenHead(NamedTuple):
    """The head that is kept, its course, and all that was tried."""

    head: Head
    course: Hyperparameters
    trials: list[Trial]


class Validation(NamedTuple):
    """Features and labels of val: base rows, and players' drawings, of which there may be none."""

    base: tuple[NDArray[np.floating], NDArray[np.uint8]]
    players: tuple[NDArray[np.floating], NDArray[np.uint8]]


def choose_hyperparameters(
    lesson: TrainingSet,
    usual: Hyperparameters,
    validation: Validation,
    on_progress: OnProgress = silent,
) -> ChosenHead:
    """The best head of a few.

    First the usual course. While the base loses more than 0.3 points by it, corrections weigh a quarter and the champion pulls
    four times as strongly, twice at most. Else, with a hundred players' drawings or more to judge by, four neighbours are
    tried: a quarter and four times the weight, and of the strength. One of them is taken when it keeps to the bound and
    players' cross-entropy is lower by more than twice its own standard error: few drawings decide nothing.
    """
    tried: list[tuple[Trial, Head, NDArray[np.float32]]] = []

    def attempt(course: Hyperparameters) -> tuple[Trial, Head, NDArray[np.float32]]:
        start = tried[-1][1] if tried else None
        head = lesson.solved(course, start=start)
        lost = _lost(predict_both(*validation.base, lesson.anchor, head))
        found = predict_both(*validation.players, lesson.anchor, head)
        each = cross_entropies(found.challenger, found.labels)
        tried.append((Trial(course, lost, float(each.mean()) if len(each) else 0.0), head, each))
        on_progress(
            f"fitting the head, weight {course.weight:g}, strength {course.strength:g}", len(tried)
        )
        return tried[-1]

    best = attempt(usual)
    while best[0].base_lost > BASE_LOST and len(tried) <= 2:  # noqa: PLR2004 - twice gentler
        best = attempt(
            Hyperparameters(best[0].course.weight * GENTLER, best[0].course.strength * BOLDER)
        )
    if len(tried) == 1 and len(validation.players[1]) >= FEWEST:
        for by in (GENTLER, BOLDER):
            for course in (
                usual._replace(strength=usual.strength * by),
                usual._replace(weight=usual.weight * by),
            ):
                other = attempt(course)
                if other[0].base_lost <= BASE_LOST and _clearly_lower(other[2], best[2]):
                    best = other
    return ChosenHead(best[1], best[0].course, [trial for trial, _, _ in tried])


def _lost(found: PairedProbabilities) -> float:
    right = [
        float(np.mean(said.argmax(1) == found.labels))
        for said in (found.champion, found.challenger)
    ]
    return right[0] - right[1]


def _clearly_lower(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    gain = other - one
    return bool(gain.mean() > SURE * gain.std(ddof=1) / np.sqrt(len(gain)))
