"""The referee: NumPy computes what Keras computes; it is trained once for a data set and stored."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from pipeline.adapters.memory import MemoryArtefacts
from pipeline.dataset.hdf5 import read_base_digest
from pipeline.errors import InvalidDataset
from pipeline.screening import referee_training as module
from pipeline.screening.referee import Referee, dump_referee, load_referee
from pipeline.screening.referee_training import load_or_train_referee
from pipeline.storage_paths import REFEREE
from pipeline.training.teacher import build_teacher


def test_other_bytes_are_no_referee() -> None:
    with pytest.raises(InvalidDataset, match="delete the referee"):
        load_referee(b"no referee")


def test_numpy_computes_what_keras_computes() -> None:
    keras.utils.set_random_seed(1)
    network, rng = build_teacher(0.4, "float32", 20), np.random.default_rng(2)
    for layer in network.layers:
        if hasattr(layer, "moving_variance"):
            layer.set_weights(
                [
                    rng.uniform(-1, 2, weights.shape) ** 2 - 0.1 * index
                    for index, weights in enumerate(layer.get_weights())
                ]
            )
            layer.moving_variance.assign(rng.uniform(0.5, 2, layer.moving_variance.shape))
    drawings = rng.integers(0, 256, (37, 28, 28)).astype(np.uint8)
    referee = module._export_weights(network)
    scores = referee.head.scores(referee.embed(drawings))
    assert np.allclose(scores, network.predict(drawings[..., None], verbose=0), atol=1e-3)


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Replace the training by a small referee, and list the data sets it was called with."""
    trained: list[Path] = []

    def train_referee(dataset: Path, **_: object) -> Referee:
        trained.append(dataset)
        return Referee(*(np.full(2, len(trained), np.float32) for _ in Referee._fields))

    monkeypatch.setattr(module, "train_referee", train_referee)
    return trained


def test_a_data_set_without_a_referee_gets_one_and_keeps_it(
    base_file: Path, artefacts: MemoryArtefacts, trainings: list[Path]
) -> None:
    first, again = (load_or_train_referee(artefacts, base_file, seed=0) for _ in range(2))
    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))
    assert trainings == [base_file]


def test_two_processes_that_train_at_once_both_use_the_first_that_was_stored(
    base_file: Path,
    artefacts: MemoryArtefacts,
    monkeypatch: pytest.MonkeyPatch,
    trainings: list[Path],
) -> None:
    ours = module.train_referee

    def train_after_another_process(dataset: Path, **options: object) -> Referee:
        theirs = Referee(*(np.full(2, 7, np.float32) for _ in Referee._fields))
        artefacts.create(
            REFEREE.fill(dataset="quickdraw_20cat", digest=read_base_digest(dataset)),
            dump_referee(theirs),
        )
        return ours(dataset, **options)

    monkeypatch.setattr(module, "train_referee", train_after_another_process)
    assert load_or_train_referee(artefacts, base_file, seed=0).bias.tolist() == [7, 7]


@pytest.mark.slow
def test_training_tells_its_progress_and_leaves_a_referee_that_knows_its_own_doubts(
    base_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 60)
    monkeypatch.setattr(module, "CONFIG", replace(module.CONFIG, epochs=1))
    messages: list[str] = []
    referee = module.train_referee(
        base_file, seed=0, on_progress=lambda message, *_: messages.append(message)
    )
    assert messages[-1].startswith("referee: epoch 1/1")
    assert referee.wrong_doubts.shape == (module.REFERENCE_DOUBTS,)
    assert referee.rows == 60
    assert 0 < np.median(referee.distances) < 1
    assert all(
        np.array_equal(one, other)
        for one, other in zip(referee, load_referee(dump_referee(referee)), strict=True)
    )
