"""Baseline training on a handful of drawings: by each recipe it learns, repeats itself, and sees only what it may."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf

from pipeline.dataset.hdf5 import describe, read_base
from pipeline.dataset.merge import merge
from pipeline.drawings import scale_pixels
from pipeline.errors import InvalidModel
from pipeline.model.cnn import PARAMETERS, dump_model, load_model
from pipeline.records.dataset import Split
from pipeline.settings import RecipeName
from pipeline.training import fitting
from pipeline.training import train as module
from pipeline.training.recipes import RECIPES, TrainingConfig
from pipeline.training.train import CURVES, train

TEACHER = TrainingConfig(epochs=2, batch_size=64, learning_rate=4e-3, dropout=0.4, warped=True)
RECIPES_HERE = {
    name: replace(recipe, teacher=TEACHER if recipe.teacher else None).with_course(
        epochs=3, batch_size=64
    )
    for name, recipe in RECIPES.items()
}
QUICK = RECIPES_HERE[RecipeName.FAST]

slow = pytest.mark.slow
each_recipe = pytest.mark.parametrize(
    "name", ["fast", pytest.param("plain", marks=slow), pytest.param("best", marks=slow)]
)


@pytest.fixture(scope="module", autouse=True)
def eagerly() -> Iterator[None]:
    """Tracing a graph takes longer than these few steps do. A val split is several batches, as it is at full size."""
    tf.config.run_functions_eagerly(True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "EVALUATED_ROWS", 30)
        yield
    tf.config.run_functions_eagerly(False)


def bytes_of(model: Any) -> list[bytes]:
    return [weights.tobytes() for weights in model.get_weights()]


class Trained(NamedTuple):
    model: Any
    curves: dict[str, list[float]]
    told: list[tuple[str, int, int]]


@pytest.fixture(scope="module")
def undisturbed(pristine_base: Path) -> Callable[[str], Trained]:
    """By the name of a recipe: trained in one go, without a checkpoint, once."""

    @cache
    def trained(name: str) -> Trained:
        told: list[tuple[str, int, int]] = []

        def tell(message: str, done: int = 0, total: int = 0) -> None:
            told.append((message, done, total))

        return Trained(
            *train(pristine_base, recipe=RECIPES_HERE[RecipeName(name)], seed=5, on_progress=tell),
            told,
        )

    return trained


def test_other_classes_than_the_contract_s_are_noticed(
    base_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = module.build_model
    monkeypatch.setattr(module, "build_model", lambda: build(19))
    with pytest.raises(InvalidModel, match=r"categories\.py"):
        train(base_file, recipe=QUICK, seed=0)


def test_training_sees_the_base_s_train_split_and_validates_on_its_val_split(
    base_file: Path, make_additions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge(base_file, make_additions(describe(base_file), 30))
    seen: dict[str, list[tuple[bytes, int]]] = {"train_on_batch": [], "test_on_batch": []}

    def spy(name: str) -> None:
        work = getattr(keras.Model, name)

        def watched(model: Any, images: Any, targets: Any, **options: Any) -> Any:
            seen[name].extend(
                (image.tobytes(), label)
                for image, label in zip(images, targets.argmax(1), strict=True)
            )
            return work(model, images, targets, **options)

        monkeypatch.setattr(keras.Model, name, watched)

    spy("train_on_batch")
    spy("test_on_batch")
    train(base_file, recipe=QUICK.with_course(epochs=1, batch_size=None), seed=0)
    for split, name in ((Split.TRAIN, "train_on_batch"), (Split.VAL, "test_on_batch")):
        rows = read_base(base_file, split)
        expected = [
            (image.tobytes(), label) for image, label in zip(rows.images, rows.labels, strict=True)
        ]
        assert sorted(seen[name]) == sorted(expected)


@each_recipe
def test_the_cnn_of_the_contract_comes_out(
    name: str, undisturbed: Callable[[str], Trained]
) -> None:
    model = undisturbed(name).model
    assert model.count_params() == PARAMETERS
    data = dump_model(model)
    assert bytes_of(load_model(data, hashlib.sha256(data).hexdigest())) == bytes_of(model)


@each_recipe
def test_the_same_seed_gives_the_same_weights(
    name: str, undisturbed: Callable[[str], Trained], pristine_base: Path
) -> None:
    again, _ = train(pristine_base, recipe=RECIPES_HERE[RecipeName(name)], seed=5)
    assert bytes_of(again) == bytes_of(undisturbed(name).model)


@slow
def test_another_seed_gives_others(
    undisturbed: Callable[[str], Trained], pristine_base: Path
) -> None:
    other, _ = train(pristine_base, recipe=QUICK, seed=6)
    assert bytes_of(other) != bytes_of(undisturbed("fast").model)


@each_recipe
def test_the_history_has_one_number_an_epoch_for_each_curve(
    name: str, undisturbed: Callable[[str], Trained]
) -> None:
    curves = undisturbed(name).curves
    assert {name: len(curve) for name, curve in curves.items()} == dict.fromkeys(CURVES, 3)


@each_recipe
def test_the_curves_end_with_what_the_model_does_on_the_whole_val_split(
    name: str, undisturbed: Callable[[str], Trained], pristine_base: Path
) -> None:
    rows, (model, curves, _) = read_base(pristine_base, Split.VAL), undisturbed(name)
    guesses = keras.ops.convert_to_numpy(
        model(scale_pixels(rows.images)[..., None], training=False)
    )
    at = curves["val_loss"].index(min(curves["val_loss"])) if name == "plain" else -1
    assert curves["val_accuracy"][at] == pytest.approx((guesses.argmax(1) == rows.labels).mean())
    assert curves["val_loss"][at] == pytest.approx(
        -np.log(guesses[np.arange(len(guesses)), rows.labels]).mean(), rel=1e-4
    )


@each_recipe
def test_the_loss_falls(name: str, undisturbed: Callable[[str], Trained]) -> None:
    losses = undisturbed(name).curves["loss"]
    assert losses[-1] < losses[0]


@each_recipe
def test_progress_rises_to_its_total_over_all_epochs(
    name: str, undisturbed: Callable[[str], Trained]
) -> None:
    told, steps = undisturbed(name).told, 40 if name == "best" else 24
    assert list(dict.fromkeys(done for _, done, _ in told)) == list(range(steps + 1))
    assert {total for _, _, total in told[1:]} == {steps}
    assert re.fullmatch(r"epoch 3/3  loss \d\.\d{3}  accuracy \d\.\d{3}", told[-1][0])


@slow
def test_plain_stops_early_and_goes_back_to_its_best_epoch(
    pristine_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = RECIPES_HERE[RecipeName.PLAIN].with_course(epochs=9, batch_size=None)
    losses = iter([0.5, 0.4, 0.45, 0.44, 0.43, 0.1])
    monkeypatch.setattr(fitting, "_validated", lambda *_: {"loss": next(losses), "accuracy": 0.5})
    model, history = train(pristine_base, recipe=recipe, seed=5)
    assert history["val_loss"] == [0.5, 0.4, 0.45, 0.44, 0.43]
    assert history["learning_rate"] == [1e-3, 1e-3, 1e-3, 1e-3, 5e-4]
    monkeypatch.setattr(fitting, "_validated", lambda *_: {"loss": 0.5, "accuracy": 0.5})
    monkeypatch.setattr(fitting, "stalled", lambda losses: len(losses) == 2)
    monkeypatch.setattr(fitting, "_is_best", lambda losses: True)
    two_epochs, _ = train(pristine_base, recipe=recipe, seed=5)
    assert bytes_of(model) == bytes_of(two_epochs)
