"""The choice of a course: usual unless drawings held out say clearly otherwise, and never at the base's cost."""

import numpy as np
import pytest

from pipeline.fit.choice import BASE_LOST, Validation, choose_hyperparameters
from pipeline.fit.lesson import TrainingSet
from tests.unit.fit._lessons import USUAL, WIDTH, lesson, rows

NOBODY = (np.empty((0, WIDTH), np.float16), np.empty(0, np.uint8))


def as_the_champion_says(
    found: TrainingSet, count: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    features = rows(count, seed)[0]
    features = features[
        (features > 0).any(axis=1)
    ]  # about a drawing without features every guess is as good
    return features, (features @ found.anchor.weights + found.anchor.bias).argmax(1).astype(
        np.uint8
    )


def test_without_players_held_out_the_usual_course_is_taken() -> None:
    found = lesson(40, 5)
    chosen = choose_hyperparameters(found, USUAL, Validation(rows(30, 7), NOBODY))
    assert len(chosen.trials) >= 1
    assert chosen.trials[0].course == USUAL


def test_a_course_that_costs_the_base_is_made_gentler() -> None:
    found = lesson(40, 30)  # labels by chance: what the champion knows is unlearned
    chosen = choose_hyperparameters(
        found, USUAL, Validation(as_the_champion_says(found, 2000, 7), rows(40, 8))
    )
    assert chosen.trials[0].base_lost > BASE_LOST
    assert chosen.course.weight < USUAL.weight
    assert len(chosen.trials) <= 3


@pytest.mark.parametrize(("drawings", "tried"), [(1, 1), (99, 1), (100, 5)])
def test_few_drawings_decide_nothing(drawings: int, tried: int) -> None:
    found = lesson(400, 5)
    usual = USUAL._replace(strength=1e6)  # moves nothing, so that the base loses nothing
    chosen = choose_hyperparameters(
        found, usual, Validation(as_the_champion_says(found, 200, 7), rows(drawings, 8))
    )
    assert len(chosen.trials) == tried
    assert chosen.trials[0].course == usual


def test_a_clearly_better_neighbour_is_taken() -> None:
    found = lesson(10, 300)
    shy = USUAL._replace(strength=1.0)
    again = (found.features[10:], found.labels[10:])
    chosen = choose_hyperparameters(
        found, shy, Validation((found.features[:1], found.labels[:1]), again)
    )
    losses = {trial.course: trial.players_loss for trial in chosen.trials}
    assert losses[chosen.course] == min(losses.values())


def test_the_same_lesson_gives_the_same_bytes() -> None:
    found, validation = lesson(40, 30), Validation(rows(50, 7), rows(50, 8))
    one, other = (choose_hyperparameters(found, USUAL, validation) for _ in range(2))
    assert one.head.weights.tobytes() == other.head.weights.tobytes()
    assert one.trials == other.trials
