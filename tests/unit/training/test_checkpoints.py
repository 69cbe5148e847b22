"""A checkpoint is read only when it is whole and belongs to the same training."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.training.checkpoints import TrainingState, read_checkpoint, write_checkpoint

TRAINING: dict[str, Any] = {
    "seed": 1,
    "recipe": {"student": {"epochs": 4, "rate": 0.1}, "teacher": None},
}


def make_state(epochs: int = 2, size: int = 3000) -> TrainingState:
    rng = np.random.default_rng(epochs)
    return TrainingState(
        epochs, {"loss": [0.1, 0.30000000000000004]}, [rng.random(size), np.array(7, np.uint32)]
    )


def same(one: TrainingState | None, other: TrainingState) -> bool:
    return one is not None and (
        one.epochs,
        one.curves,
        [(array.dtype, array.tobytes()) for array in one.arrays],
    ) == (
        other.epochs,
        other.curves,
        [(array.dtype, array.tobytes()) for array in other.arrays],
    )


@contextmanager
def full_disk() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "model.checkpoint"
    write_checkpoint(path, TRAINING, make_state())
    return path


def test_a_full_disk_is_one_clear_line_and_leaves_the_last_good_one(path: Path) -> None:
    with (
        full_disk(),
        pytest.raises(OSError, match="cannot write the training's checkpoint") as fault,
    ):
        write_checkpoint(path, TRAINING, make_state(3))
    assert "\n" not in str(fault.value)
    assert str(path) in str(fault.value)
    assert same(read_checkpoint(path, TRAINING)[0], make_state(2))
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_one_that_was_cut_short_is_not_taken_and_that_is_said(share: float, path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    state, message = read_checkpoint(path, TRAINING)
    assert state is None
    assert "damaged" in message
    assert "\n" not in message


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.7])
def test_one_with_a_flipped_bit_in_its_numbers_is_not_taken(share: float, path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[int(share * len(data))] ^= 1
    path.write_bytes(bytes(data))
    state, message = read_checkpoint(path, TRAINING)
    assert state is None
    assert "damaged" in message


@pytest.mark.parametrize(
    "other",
    [
        TRAINING | {"seed": 2},
        TRAINING | {"recipe": {"student": {"epochs": 5, "rate": 0.1}, "teacher": None}},
        TRAINING | {"dataset": "another"},
        {},
    ],
)
def test_that_of_another_training_is_not_taken_and_that_is_said(
    other: dict[str, Any], path: Path
) -> None:
    state, message = read_checkpoint(path, other)
    assert state is None
    assert "another training" in message


def test_without_a_file_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert read_checkpoint(tmp_path / "none", TRAINING) == (None, "")


def test_what_was_written_comes_back_to_the_bit_and_is_said(path: Path) -> None:
    state, message = read_checkpoint(path, TRAINING)
    assert same(state, make_state())
    assert "after epoch 2" in message


def test_the_next_one_takes_its_place(path: Path) -> None:
    write_checkpoint(path, TRAINING, make_state(3))
    assert same(read_checkpoint(path, TRAINING)[0], make_state(3))
    assert list(path.parent.iterdir()) == [path]
