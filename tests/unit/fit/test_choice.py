"""The choice of hyperparameters: the default unless validation rows clearly speak for others."""

import numpy as np
import pytest

from pipeline.fit.choice import MAX_BASE_LOSS, Validation, choose_hyperparameters
from pipeline.fit.training_set import TrainingSet
from tests.unit.fit._training_sets import DEFAULT, WIDTH, random_rows, random_training_set

NO_ROWS = (np.empty((0, WIDTH), np.float16), np.empty(0, np.uint8))


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
    validation = Validation(random_rows(30, 7), NO_ROWS)
    chosen = choose_hyperparameters(random_training_set(40, 5), DEFAULT, validation)
    assert len(chosen.trials) >= 1
    assert chosen.trials[0].hyperparameters == DEFAULT


def test_hyperparameters_that_cost_the_base_are_made_gentler() -> None:
    training_set = random_training_set(40, 30)  # random labels: the fit forgets what it knew
    validation = Validation(label_as_champion(training_set, 2000, 7), random_rows(40, 8))
    chosen = choose_hyperparameters(training_set, DEFAULT, validation)
    assert chosen.trials[0].base_lost > MAX_BASE_LOSS
    assert chosen.hyperparameters.weight < DEFAULT.weight
    assert len(chosen.trials) <= 3


@pytest.mark.parametrize(("drawings", "tried"), [(1, 1), (99, 1), (100, 5)])
def test_few_drawings_decide_nothing(drawings: int, tried: int) -> None:
    training_set = random_training_set(400, 5)
    default = DEFAULT._replace(strength=1e6)  # moves nothing, so that the base loses nothing
    validation = Validation(label_as_champion(training_set, 200, 7), random_rows(drawings, 8))
    chosen = choose_hyperparameters(training_set, default, validation)
    assert len(chosen.trials) == tried
    assert chosen.trials[0].hyperparameters == default


def test_a_clearly_better_neighbour_is_taken() -> None:
    training_set = random_training_set(10, 300)
    too_strong = DEFAULT._replace(strength=1.0)
    validation = Validation(
        (training_set.features[:1], training_set.labels[:1]),
        (training_set.features[10:], training_set.labels[10:]),
    )
    chosen = choose_hyperparameters(training_set, too_strong, validation)
    losses = {trial.hyperparameters: trial.players_loss for trial in chosen.trials}
    assert losses[chosen.hyperparameters] == min(losses.values())


def test_the_same_training_set_gives_the_same_bytes() -> None:
    training_set = random_training_set(40, 30)
    validation = Validation(random_rows(50, 7), random_rows(50, 8))
    one, other = (choose_hyperparameters(training_set, DEFAULT, validation) for _ in range(2))
    assert one.head.weights.tobytes() == other.head.weights.tobytes()
    assert one.trials == other.trials
