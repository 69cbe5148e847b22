"""The time left of a training, from how far it has got."""

import pytest

from pipeline.rebaseline.time_left import format_time_left, with_time_left


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "under a minute"),
        (29, "under a minute"),
        (61, "about 1 min"),
        (3_540, "about 59 min"),
        (7_800, "about 2 h 10 min"),
    ],
)
def test_it_is_said_as_people_say_it(seconds: float, words: str) -> None:
    assert format_time_left(seconds) == words


def test_a_training_that_goes_on_in_the_middle_is_measured_from_there() -> None:
    said: list[str] = []
    times = iter([0.0, 60.0])
    report = with_time_left(
        lambda message, done=0, total=0: said.append(message), clock=lambda: next(times)
    )
    report("epoch 5/9", 500, 1000)
    report("epoch 6/9", 600, 1000)
    assert said == ["epoch 5/9", "epoch 6/9, about 4 min left"]


def test_a_step_that_counts_other_units_is_measured_by_itself() -> None:
    said: list[str] = []
    times = iter([0.0, 600.0, 600.0, 660.0])
    report = with_time_left(
        lambda message, done=0, total=0: said.append(message), clock=lambda: next(times)
    )
    report("drawing", 10_000, 50_000)
    report("drawing", 50_000, 50_000)
    report("epoch 1/9", 1, 1001)
    report("epoch 1/9", 201, 1001)
    assert said[2:] == ["epoch 1/9", "epoch 1/9, about 4 min left"]


def test_before_anything_is_counted_nothing_is_said_of_the_time() -> None:
    said: list[str] = []
    report = with_time_left(lambda message, done=0, total=0: said.append(message))
    report("loading TensorFlow")
    assert said == ["loading TensorFlow"]
