"""A run with other classes than those that something was made with is refused, by name."""

from typing import Any

import numpy as np
import pytest

from pipeline.categories import CATEGORIES
from pipeline.errors import OtherClasses
from pipeline.model.file import read_predictor, write_model
from pipeline.model.predict import Predictor
from pipeline.records.runs import RunState
from pipeline.runs.classes import check_model
from workers.execution import execute

REORDERED = ("sun", "apple", *CATEGORIES[2:])
RENAMED = (*CATEGORIES[:-1], "unicorn")
FEWER = CATEGORIES[:-1]


def all_pending(ports: Any) -> bool:
    documents = ports.corrections.documents.values()
    return {fields["status"] for fields in documents} == {"pending"}


@pytest.mark.parametrize("names", [REORDERED, RENAMED], ids=["another order", "another name"])
def test_a_data_set_of_other_classes_is_refused_before_anything_is_collected(
    world: Any, names: tuple[str, ...]
) -> None:
    world.request()
    run = execute("run-1", world.ports, world.settings.with_changes(categories=names))
    assert run.state is RunState.FAILED
    assert f"the data set {world.settings.dataset_file} has 20 classes (apple, sun" in run.reason
    assert "set REDRAW_CATEGORIES as it was" in run.reason
    assert all_pending(world.ports)
    assert run.counts.collected == 0


@pytest.mark.parametrize("names", [REORDERED, FEWER], ids=["another order", "another number"])
def test_on_a_new_machine_the_released_version_refuses_other_classes(
    world: Any, names: tuple[str, ...]
) -> None:
    world.settings.dataset_file.unlink()
    world.request()
    run = execute("run-1", world.ports, world.settings.with_changes(categories=names))
    assert run.state is RunState.FAILED
    assert run.reason.startswith("v1.0.0 has 20 classes (apple, sun, tree, ...), the settings say")
    assert "`redraw baseline`" in run.reason
    assert all_pending(world.ports)


def test_a_version_that_says_no_classes_is_refused_for_its_data_set(world: Any) -> None:
    """As a game that published by itself, or an older version of Redraw, leaves it."""
    del world.ports.models._models["v1.0.0"]["categories"]
    world.settings.dataset_file.unlink()
    world.request()
    run = execute("run-1", world.ports, world.settings.with_changes(categories=REORDERED))
    assert run.state is RunState.FAILED
    assert run.reason.startswith("the data set quickdraw_20cat in Storage has 20 classes (apple")


def model_of(classes: int) -> Predictor:
    shapes = ((9, 32), (32,), (288, 64), (64,), (1600, classes), (classes,))
    return Predictor(*(np.zeros(shape, np.float32) for shape in shapes))


@pytest.mark.parametrize(
    ("names", "classes", "message"),
    [
        (REORDERED, 20, "the model of v1.0.0 has 20 classes .sun, apple, .* class 0 is sun there"),
        (None, 19, "the model of v1.0.0 has 19 classes, the settings say 20"),
    ],
    ids=["named", "counted"],
)
def test_a_model_file_of_other_classes_is_refused(
    world: Any, names: Any, classes: int, message: str
) -> None:
    data = write_model(model_of(classes), names)
    with pytest.raises(OtherClasses, match=message):
        check_model("v1.0.0", data, read_predictor(data), world.settings)


@pytest.mark.parametrize("names", [CATEGORIES, None], ids=["named", "not named"])
def test_a_model_file_of_these_classes_is_taken(world: Any, names: Any) -> None:
    data = write_model(model_of(20), names)
    check_model("v1.0.0", data, read_predictor(data), world.settings)


def test_the_released_version_and_its_file_say_the_classes(world: Any) -> None:
    from pipeline.model.file import read_model_categories

    version = world.ports.models.get("v1.0.0")
    assert version.categories == list(CATEGORIES)
    assert world.ports.models.release().categories == list(CATEGORIES)
    data = world.ports.artefacts.read("models/production/v1.0.0/quickdraw_v1.0.0.h5")
    assert read_model_categories(data) == CATEGORIES
