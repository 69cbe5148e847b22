"""The choice of hyperparameters: the default unless validation rows clearly speak for others."""

import numpy as np
import pytest

from pipeline.fit.choice import (
    MAX_BASE_LOSS,
    MIN_STANDARD_ERRORS,
    Validation,
    _is_clearly_lower,
    choose_hyperparameters,
)
from pipeline.fit.training_set import Answers, TrainingSet
from tests.unit.fit._training_sets import DEFAULT, WIDTH, random_rows, random_training_set

NO_ANSWERS = Answers(np.empty((0, WIDTH), np.float16), np.empty(0, np.uint8))


def label_as_champion(
    training_set: TrainingSet, count: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows that the champion guesses right."""
    features = random_rows(count, seed)[0]
    # Without any feature above zero, every class has the same score.
    features = features[(features > 0).any(axis=1)]
    scores = features @ training_set.anchor.weights + training_set.anchor.bias
    return features, scores.argmax(1).astype(np.uint8)


def test_without_players_in_val_the_default_is_taken() -> None:
    validation = Validation(random_rows(30, 7), NO_ANSWERS)
    chosen = choose_hyperparameters(random_training_set(40, 5), DEFAULT, validation)
    assert len(chosen.trials) >= 1
    assert chosen.trials[0].hyperparameters == DEFAULT


def test_hyperparameters_that_cost_the_base_are_made_gentler() -> None:
    training_set = random_training_set(40, 30)  # random labels: the fit forgets what it knew
    validation = Validation(label_as_champion(training_set, 2000, 7), Answers(*random_rows(40, 8)))
    chosen = choose_hyperparameters(training_set, DEFAULT, validation)
    assert chosen.trials[0].base_lost > MAX_BASE_LOSS
    assert chosen.hyperparameters.weight < DEFAULT.weight
    assert len(chosen.trials) <= 3


@pytest.mark.parametrize(
    ("answers", "heavy", "tried"), [(1, 0, 1), (99, 0, 1), (100, 0, 5), (200, 0, 5), (200, 20, 1)]
)
def test_few_answers_decide_nothing_nor_many_of_which_a_few_weigh_all(
    answers: int, heavy: int, tried: int
) -> None:
    training_set = random_training_set(400, 5)
    default = DEFAULT._replace(strength=1e6)  # moves nothing, so that the base loses nothing
    weights = np.where(np.arange(answers) < heavy, 100, 1).astype(np.float32)
    validation = Validation(
        label_as_champion(training_set, 200, 7), Answers(*random_rows(answers, 8), weights)
    )
    chosen = choose_hyperparameters(training_set, default, validation)
    assert len(chosen.trials) == tried
    assert chosen.trials[0].hyperparameters == default


def test_a_clearly_better_neighbour_is_taken() -> None:
    training_set = random_training_set(10, 300)
    too_strong = DEFAULT._replace(strength=1.0)
    validation = Validation(
        (training_set.features[:1], training_set.labels[:1]),
        Answers(training_set.features[10:], training_set.labels[10:]),
    )
    chosen = choose_hyperparameters(training_set, too_strong, validation)
    losses = {trial.hyperparameters: trial.players_loss for trial in chosen.trials}
    assert losses[chosen.hyperparameters] == min(losses.values())


def test_an_answer_of_weight_two_is_validated_like_two_answers() -> None:
    training_set = random_training_set(200, 300)
    features, labels = random_rows(150, 8)
    weights = np.where(np.arange(150) < 50, 2, 1).astype(np.float32)
    weighted, repeated = (
        choose_hyperparameters(
            training_set,
            DEFAULT,
            Validation(label_as_champion(training_set, 1, 7), answers),
        ).trials[0]
        for answers in (
            Answers(features, labels, weights),
            Answers(np.r_[features, features[:50]], np.r_[labels, labels[:50]]),
        )
    )
    assert weighted.players_loss == pytest.approx(repeated.players_loss, rel=1e-5)


def test_without_weights_the_doubt_is_the_usual_standard_error() -> None:
    rng = np.random.default_rng(6)
    reference = rng.normal(size=400).astype(np.float32)
    gains = rng.normal(size=400).astype(np.float32)
    bar = MIN_STANDARD_ERRORS * gains.std(ddof=1) / 20
    for shift, clear in ((bar * 0.99, False), (bar * 1.01, True)):
        losses = reference - (gains - gains.mean() + shift)
        assert _is_clearly_lower(losses, reference, np.ones(400, np.float32)) == clear


def test_where_few_answers_weigh_nearly_all_the_doubt_is_theirs() -> None:
    rng = np.random.default_rng(6)
    losses = rng.normal(size=400).astype(np.float32)
    reference = losses + rng.normal(0.2, 1, 400).astype(np.float32)
    heavy = np.where(np.arange(400) < 4, 1e6, 1).astype(np.float32)
    assert _is_clearly_lower(losses, reference, np.ones(400, np.float32))
    assert not _is_clearly_lower(losses, reference, heavy)


def test_the_same_training_set_gives_the_same_bytes() -> None:
    training_set = random_training_set(40, 30)
    validation = Validation(random_rows(50, 7), Answers(*random_rows(50, 8)))
    one, other = (choose_hyperparameters(training_set, DEFAULT, validation) for _ in range(2))
    assert one.head.weights.tobytes() == other.head.weights.tobytes()
    assert one.trials == other.trials
