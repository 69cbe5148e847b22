"""Baseline training on a handful of drawings: it learns, repeats itself, and never sees a correction or the test split."""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from pipeline import train as module
from pipeline.dataset import describe, read_base
from pipeline.errors import InvalidModel, Unavailable
from pipeline.merge import merge
from pipeline.records import Split
from pipeline.train import CURVES, train


@pytest.fixture
def fed(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """What the network is fitted to and validated on; the fit itself is skipped."""
    import keras

    seen: list[np.ndarray] = []

    class Fitted:
        history: ClassVar = {name: [0.5] for name in CURVES}

    def fit(model: Any, images: Any, labels: Any, *, validation_data: Any, **_: Any) -> Fitted:
        seen.extend([images, labels, *validation_data])
        return Fitted()

    monkeypatch.setattr(keras.Model, "fit", fit)
    return seen


def test_other_classes_than_the_contract_s_are_noticed(base_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = module.build_model
    monkeypatch.setattr(module, "build_model", lambda: build(19))
    with pytest.raises(InvalidModel, match=r"categories\.py"):
        train(base_file, epochs=1, batch_size=64, seed=0)


def test_a_listener_that_raises_stops_the_training(base_file: Path) -> None:
    def stop(message: str, done: int = 0, total: int = 0) -> None:
        raise Unavailable(message)

    with pytest.raises(Unavailable):
        train(base_file, epochs=1, batch_size=64, seed=0, on_progress=stop)


def test_training_sees_the_base_s_train_split_and_validates_on_its_val_split(
    base_file: Path, make_additions: Any, fed: list[np.ndarray]
) -> None:
    merge(base_file, make_additions(describe(base_file), 30))
    train(base_file, epochs=1, batch_size=64, seed=0)
    for split, at in ((Split.TRAIN, 0), (Split.VAL, 2)):
        rows = read_base(base_file, split)
        assert np.array_equal(fed[at][..., 0], rows.images)
        assert np.array_equal(fed[at + 1], rows.labels)


@pytest.fixture(scope="module")
def trained(pristine_base: Path) -> Any:
    told: list[tuple[str, int, int]] = []

    def tell(message: str, done: int = 0, total: int = 0) -> None:
        told.append((message, done, total))

    model, history = train(pristine_base, epochs=2, batch_size=64, seed=5, on_progress=tell)
    return model, history, told


def test_the_same_seed_gives_the_same_weights(trained: Any, pristine_base: Path) -> None:
    again, _ = train(pristine_base, epochs=2, batch_size=64, seed=5)
    assert [part.tobytes() for part in again.get_weights()] == [part.tobytes() for part in trained[0].get_weights()]


def test_the_history_has_one_number_an_epoch_for_each_curve(trained: Any) -> None:
    assert {name: len(curve) for name, curve in trained[1].items()} == dict.fromkeys(CURVES, 2)


def test_the_loss_falls(trained: Any) -> None:
    first, last = trained[1]["loss"]
    assert last < first


def test_progress_rises_to_its_total_over_all_epochs(trained: Any) -> None:
    done = [each[1] for each in trained[2]]
    assert done == list(range(1, trained[2][0][2] + 1))
    assert trained[2][-1][0].startswith("epoch 2/2")
