"""Training on a few drawings: each recipe learns, is reproducible, and uses its own splits only."""

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

from pipeline.dataset.hdf5 import Rows, describe, read_base
from pipeline.dataset.merge import merge
from pipeline.drawings import scale_pixels
from pipeline.errors import InvalidModel
from pipeline.model.cnn import count_parameters, dump_model, load_model
from pipeline.records.dataset import Split
from pipeline.settings import RecipeName
from pipeline.training import copies as copies_module
from pipeline.training import fitting
from pipeline.training import train as module
from pipeline.training.recipes import RECIPES, TrainingConfig
from pipeline.training.train import CURVES
from tests.unit.training._precision import train

TEACHER = TrainingConfig(epochs=2, batch_size=128, learning_rate=4e-3, dropout=0.4, warped=True)
RECIPES_HERE = {
    name: replace(recipe, teacher=TEACHER if recipe.teacher else None).with_overrides(
        epochs=3, batch_size=128, copies=0
    )
    for name, recipe in RECIPES.items()
}
QUICK = RECIPES_HERE[RecipeName.FAST]

slow = pytest.mark.slow
each_recipe = pytest.mark.parametrize(
    "name", ["fast", pytest.param("plain", marks=slow), pytest.param("best", marks=slow)]
)


def test_the_plain_recipe_is_literal_and_shows_no_copies() -> None:
    assert {name: bool(recipe.copies) for name, recipe in RECIPES.items()} == {
        "plain": False,
        "fast": True,
        "best": True,
    }


@pytest.fixture(scope="module", autouse=True)
def eagerly() -> Iterator[None]:
    """Run without graphs, whose tracing takes longer than these few steps; validate in batches."""
    tf.config.run_functions_eagerly(True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "VALIDATION_BATCH", 30)
        yield
    tf.config.run_functions_eagerly(False)


def bytes_of(model: Any) -> list[bytes]:
    return [weights.tobytes() for weights in model.get_weights()]


class Trained(NamedTuple):
    model: Any
    curves: dict[str, list[float]]
    reports: list[tuple[str, int, int]]


@pytest.fixture(scope="module")
def undisturbed(pristine_base: Path) -> Callable[[str], Trained]:
    """Return a training by the name of a recipe, done once, without an interruption."""

    @cache
    def trained(name: str) -> Trained:
        reports: list[tuple[str, int, int]] = []

        def report_progress(message: str, done: int = 0, total: int = 0) -> None:
            reports.append((message, done, total))

        return Trained(
            *train(
                pristine_base,
                recipe=RECIPES_HERE[RecipeName(name)],
                seed=5,
                on_progress=report_progress,
            ),
            reports,
        )

    return trained


def test_another_network_than_the_contract_s_is_noticed(
    base_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = module.build_model
    monkeypatch.setattr(module, "build_model", lambda classes: build(classes - 1))
    with pytest.raises(InvalidModel, match=r"not 50836: model/cnn\.py was changed"):
        train(base_file, recipe=QUICK, seed=0)


def test_training_sees_the_base_s_train_split_and_validates_on_its_val_split(
    base_file: Path, make_additions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge(base_file, make_additions(describe(base_file), 30))
    rows_of: dict[str, list[tuple[bytes, int]]] = {"train_on_batch": [], "test_on_batch": []}

    def spy(name: str) -> None:
        method = getattr(keras.Model, name)

        def record(model: Any, images: Any, targets: Any, **options: Any) -> Any:
            rows_of[name].extend(
                (image.tobytes(), label)
                for image, label in zip(images, targets.argmax(1), strict=True)
            )
            return method(model, images, targets, **options)

        monkeypatch.setattr(keras.Model, name, record)

    spy("train_on_batch")
    spy("test_on_batch")
    train(base_file, recipe=QUICK.with_overrides(epochs=1, batch_size=None), seed=0)
    for split, name in ((Split.TRAIN, "train_on_batch"), (Split.VAL, "test_on_batch")):
        rows = read_base(base_file, split)
        expected = [
            (image.tobytes(), label) for image, label in zip(rows.images, rows.labels, strict=True)
        ]
        assert sorted(rows_of[name]) == sorted(expected)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "copies"), [("fast", 30), ("fast", 10_000), pytest.param("best", 30, marks=slow)]
)
def test_the_first_base_rows_of_train_are_also_shown_as_drawn_on_a_canvas(
    name: str, copies: int, pristine_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: dict[str, list[tuple[bytes, int]]] = {}
    method = keras.Model.train_on_batch

    def record(model: Any, images: Any, targets: Any, **options: Any) -> Any:
        rows = zip(images, targets.argmax(1), strict=True)
        shown.setdefault(model.name, []).extend((row.tobytes(), label) for row, label in rows)
        return method(model, images, targets, **options)

    monkeypatch.setattr(keras.Model, "train_on_batch", record)
    monkeypatch.setattr(copies_module, "draw_copies", lambda images, seed, first: 255 - images)
    monkeypatch.setattr(fitting, "apply_warps", lambda images, warps: images)
    recipe = RECIPES_HERE[RecipeName(name)].with_overrides(epochs=2, batch_size=None, copies=copies)
    train(pristine_base, recipe=recipe, seed=0)
    images, labels = read_base(pristine_base, Split.TRAIN)
    expected = [
        (image.tobytes(), label)
        for image, label in zip(
            [*images, *(255 - images[:copies])], [*labels, *labels[:copies]], strict=True
        )
    ]
    for rows in shown.values():
        assert sorted(rows) == sorted(2 * expected)


@pytest.mark.slow
@each_recipe
def test_the_cnn_of_the_contract_comes_out(
    name: str, undisturbed: Callable[[str], Trained]
) -> None:
    model = undisturbed(name).model
    assert model.count_params() == count_parameters(20)
    data = dump_model(model)
    assert bytes_of(load_model(data, hashlib.sha256(data).hexdigest())) == bytes_of(model)


@pytest.mark.slow
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


def assert_curves_are_the_model_s(trained: Trained, rows: Rows, epoch: int) -> None:
    """Compare the val curves at an epoch with the float32 model's own figures on the val split."""
    answers = keras.ops.convert_to_numpy(
        trained.model(scale_pixels(rows.images)[..., None], training=False)
    )
    assert trained.curves["val_accuracy"][epoch] == pytest.approx(
        (answers.argmax(1) == rows.labels).mean()
    )
    assert trained.curves["val_loss"][epoch] == pytest.approx(
        -np.log(answers[np.arange(len(answers)), rows.labels]).mean(), rel=1e-4
    )


@pytest.mark.slow
@each_recipe
def test_the_curves_end_with_what_the_model_does_on_the_whole_val_split(
    name: str, undisturbed: Callable[[str], Trained], pristine_base: Path
) -> None:
    trained = undisturbed(name)
    losses = trained.curves["val_loss"]
    epoch = losses.index(min(losses)) if name == "plain" else -1
    assert_curves_are_the_model_s(trained, read_base(pristine_base, Split.VAL), epoch)


@pytest.mark.slow
def test_a_model_trained_in_bfloat16_is_measured_in_float32(
    pristine_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainees = []
    build = module.build_trainee
    monkeypatch.setattr(
        module, "build_trainee", lambda *args: trainees.append(build(*args)) or trainees[0]
    )
    recipe = QUICK.with_overrides(epochs=1, batch_size=None)
    model, curves = module.train(pristine_base, recipe=recipe, seed=5, precision="bfloat16")
    assert {weights.dtype for weights in model.get_weights()} == {np.dtype(np.float32)}
    assert_curves_are_the_model_s(
        Trained(model, curves, []), read_base(pristine_base, Split.VAL), -1
    )
    assert trainees[0].layers[1].compute_dtype == "bfloat16"


@slow
def test_validation_changes_nothing_in_the_training(
    undisturbed: Callable[[str], Trained], pristine_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Before the patch: other tests use the curves of this training too.
    expected = bytes_of(undisturbed("fast").model)
    monkeypatch.setattr(fitting, "_validate", lambda *_: {"loss": 0.5, "accuracy": 0.5})
    model, _ = train(pristine_base, recipe=QUICK, seed=5)
    assert bytes_of(model) == expected


@each_recipe
def test_the_loss_falls(name: str, undisturbed: Callable[[str], Trained]) -> None:
    losses = undisturbed(name).curves["loss"]
    assert losses[-1] < losses[0]


@each_recipe
def test_progress_rises_to_its_total_over_all_epochs(
    name: str, undisturbed: Callable[[str], Trained]
) -> None:
    reports, steps = undisturbed(name).reports, 20 if name == "best" else 12
    assert list(dict.fromkeys(done for _, done, _ in reports)) == list(range(steps + 1))
    assert {total for _, _, total in reports[1:]} == {steps}
    assert re.fullmatch(r"epoch 3/3  loss \d\.\d{3}  accuracy \d\.\d{3}", reports[-1][0])


@slow
def test_plain_stops_early_and_goes_back_to_its_best_epoch(
    pristine_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = RECIPES_HERE[RecipeName.PLAIN].with_overrides(epochs=9, batch_size=None)
    losses = iter([0.5, 0.4, 0.45, 0.44, 0.43, 0.1])
    monkeypatch.setattr(fitting, "_validate", lambda *_: {"loss": next(losses), "accuracy": 0.5})
    model, history = train(pristine_base, recipe=recipe, seed=5)
    assert history["val_loss"] == [0.5, 0.4, 0.45, 0.44, 0.43]
    assert history["learning_rate"] == [1e-3, 1e-3, 1e-3, 1e-3, 5e-4]
    monkeypatch.setattr(fitting, "_validate", lambda *_: {"loss": 0.5, "accuracy": 0.5})
    monkeypatch.setattr(fitting, "has_stalled", lambda losses: len(losses) == 2)
    monkeypatch.setattr(fitting, "_is_best", lambda losses: True)
    two_epochs, _ = train(pristine_base, recipe=recipe, seed=5)
    assert bytes_of(model) == bytes_of(two_epochs)
