"""Choose the hyperparameters of a fit on validation rows, which no head is fitted to."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings import Labels
from pipeline.fit.training_set import Answers, Hyperparameters, TrainingSet
from pipeline.model.answers import (
    FeatureSource,
    PairedProbabilities,
    cross_entropies,
    predict_both,
)
from pipeline.model.head import Head
from pipeline.progress import OnProgress, silent, standing_still
from pipeline.sampling.weights import effective_size

MAX_BASE_LOSS = 0.003  # accuracy on base rows of val that a fit may cost
MAX_RETREATS = 2
LOWER, HIGHER = 1 / 4, 4  # factors between neighbouring values
# Answers that are needed to compare neighbours, as an effective size. With half as many, no
# neighbour was ever better by enough.
MIN_ANSWERS = 100
# By how many standard errors a neighbour must be better. There are four neighbours, so one of them
# is ahead by one standard error often enough by chance.
MIN_STANDARD_ERRORS = 2


class Trial(NamedTuple):
    """Hyperparameters that were tried, and their results on val.

    base_lost: accuracy lost on base rows, against the champion; negative if gained.
    players_loss: weighted mean cross-entropy on players' answers; 0 without any.
    """

    hyperparameters: Hyperparameters
    base_lost: float
    players_loss: float


class ChosenHead(NamedTuple):
    """The chosen head, its hyperparameters, and all trials in their order."""

    head: Head
    hyperparameters: Hyperparameters
    trials: list[Trial]


class Validation(NamedTuple):
    """Features and labels of val: of base rows, and of players' answers (there may be none)."""

    base: tuple[FeatureSource, Labels]
    answers: Answers


class _Candidate(NamedTuple):
    """A trial with its head, and the cross-entropy of each answer, float32 `(n,)`."""

    trial: Trial
    head: Head
    losses: NDArray[np.float32]


def choose_hyperparameters(
    training_set: TrainingSet,
    default: Hyperparameters,
    validation: Validation,
    on_progress: OnProgress = silent,
) -> ChosenHead:
    """Fit heads with a few hyperparameters, and choose one of them.

    1. The default is tried first.
    2. If it costs the base rows more than 0.3 points of accuracy, it is made gentler: a quarter of
       the weight and four times the strength. This is done at most twice. The last trial is taken.
    3. Otherwise, and with as much as 100 answers of equal weight say, four neighbours are tried: a
       quarter and four times the weight, and the same of the strength. A neighbour is taken if it
       costs the base no more than 0.3 points, and its weighted cross-entropy on answers is lower
       by more than two standard errors of the difference. Without that, a few would decide.

    Args:
        training_set: the rows to fit to.
        default: the hyperparameters to prefer.
        validation: the rows to judge by.
        on_progress: called after each iteration of a fit, and after each fit.
    """
    candidates: list[_Candidate] = []
    answers, answer_weights = validation.answers, validation.answers.relative_weights

    def fit_candidate(hyperparameters: Hyperparameters) -> _Candidate:
        # The head of the last trial is near the solution, so starting there saves iterations.
        start = candidates[-1].head if candidates else None
        message = (
            f"fitting the head, weight {hyperparameters.weight:g},"
            f" strength {hyperparameters.strength:g}"
        )
        head = training_set.fit(
            hyperparameters,
            start=start,
            on_progress=standing_still(on_progress, message, len(candidates)),
        )
        base_lost = _lost_accuracy(predict_both(*validation.base, training_set.anchor, head))
        predicted = predict_both(answers.features, answers.labels, training_set.anchor, head)
        losses = cross_entropies(predicted.challenger, predicted.labels)
        players_loss = float(np.average(losses, weights=answer_weights)) if len(losses) else 0.0
        trial = Trial(hyperparameters, base_lost, players_loss)
        candidates.append(_Candidate(trial, head, losses))
        on_progress(message, len(candidates))
        return candidates[-1]

    chosen = fit_candidate(default)
    while chosen.trial.base_lost > MAX_BASE_LOSS and len(candidates) <= MAX_RETREATS:
        weight, strength = chosen.trial.hyperparameters
        chosen = fit_candidate(Hyperparameters(weight * LOWER, strength * HIGHER))
    if len(candidates) == 1 and effective_size(answer_weights) >= MIN_ANSWERS:
        for factor in (LOWER, HIGHER):
            for neighbour in (
                default._replace(strength=default.strength * factor),
                default._replace(weight=default.weight * factor),
            ):
                candidate = fit_candidate(neighbour)
                keeps_base = candidate.trial.base_lost <= MAX_BASE_LOSS
                if keeps_base and _is_clearly_lower(
                    candidate.losses, chosen.losses, answer_weights
                ):
                    chosen = candidate
    trials = [candidate.trial for candidate in candidates]
    return ChosenHead(chosen.head, chosen.trial.hyperparameters, trials)


def _lost_accuracy(predicted: PairedProbabilities) -> float:
    """Return the champion's accuracy less the challenger's, as a share."""
    champion, challenger = (
        float(np.mean(probabilities.argmax(1) == predicted.labels))
        for probabilities in (predicted.champion, predicted.challenger)
    )
    return champion - challenger


def _is_clearly_lower(
    losses: NDArray[np.float32], reference: NDArray[np.float32], weights: NDArray[np.float32]
) -> bool:
    """Return whether losses are lower than a reference on the same rows, beyond chance.

    The test is paired: the standard error is that of the weighted differences, row by row (a ratio
    of two sums, W. G. Cochran, "Sampling Techniques", 1977, chapter 6).
    """
    gains, shares = reference - losses, weights / weights.sum(dtype=np.float64)
    gain = float(shares @ gains)
    rows = len(gains)
    variance = float(np.square(shares * (gains - gain)).sum()) * rows / (rows - 1)
    return bool(gain > MIN_STANDARD_ERRORS * variance**0.5)
