"""A checkpoint is whole and of the very training that asks for it, or it is not taken and that is said."""

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


def standing(epochs: int = 2, size: int = 3000) -> TrainingState:
    rng = np.random.default_rng(epochs)
    return TrainingState(
        epochs, {"loss": [0.1, 0.30000000000000004]}, [rng.random(size), np.array(7, np.uint32)]
    )


def same(one: TrainingState | None, other: TrainingState) -> bool:
    return one is not None and (
        one.epochs,
        one.curves,
        [(each.dtype, each.tobytes()) for each in one.arrays],
    ) == (
        other.epochs,
        other.curves,
        [(each.dtype, each.tobytes()) for each in other.arrays],
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
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "model.checkpoint"
    write_checkpoint(path, TRAINING, standing())
    return path


def test_a_full_disk_is_one_clear_line_and_leaves_the_last_good_one(kept: Path) -> None:
    with (
        full_disk(),
        pytest.raises(OSError, match="cannot write the training's checkpoint") as fault,
    ):
        write_checkpoint(kept, TRAINING, standing(3))
    assert "\n" not in str(fault.value)
    assert str(kept) in str(fault.value)
    assert same(read_checkpoint(kept, TRAINING)[0], standing(2))
    assert list(kept.parent.iterdir()) == [kept]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_one_that_was_cut_short_is_not_taken_and_that_is_said(share: float, kept: Path) -> None:
    data = kept.read_bytes()
    kept.write_bytes(data[: int(share * len(data))])
    found, said = read_checkpoint(kept, TRAINING)
    assert found is None
    assert "damaged" in said
    assert "\n" not in said


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.7])
def test_one_with_a_flipped_bit_in_its_numbers_is_not_taken(share: float, kept: Path) -> None:
    data = bytearray(kept.read_bytes())
    data[int(share * len(data))] ^= 1
    kept.write_bytes(bytes(data))
    found, said = read_checkpoint(kept, TRAINING)
    assert found is None
    assert "damaged" in said


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
    other: dict[str, Any], kept: Path
) -> None:
    found, said = read_checkpoint(kept, other)
    assert found is None
    assert "another training" in said


def test_without_a_file_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert read_checkpoint(tmp_path / "none", TRAINING) == (None, "")


def test_what_was_written_comes_back_to_the_bit_and_is_said(kept: Path) -> None:
    found, said = read_checkpoint(kept, TRAINING)
    assert same(found, standing())
    assert "after epoch 2" in said


def test_the_next_one_takes_its_place(kept: Path) -> None:
    write_checkpoint(kept, TRAINING, standing(3))
    assert same(read_checkpoint(kept, TRAINING)[0], standing(3))
    assert list(kept.parent.iterdir()) == [kept]
