"""The baseline, stopped anywhere and repeated, ends in one v1.0.0, released once."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import pytest

from pipeline import baseline as module
from pipeline.baseline import make_baseline
from pipeline.bootstrap import in_memory
from pipeline.categories import CATEGORIES
from pipeline.dataset.hdf5 import describe
from pipeline.dataset.merge import merge
from pipeline.errors import InvalidDataset, InvalidRawDrawings, OtherClasses, Unavailable
from pipeline.model.cnn import build_model
from pipeline.ports import Ports
from pipeline.records.dataset import Split
from pipeline.records.versions import VersionStatus
from pipeline.settings import RecipeName, Settings
from pipeline.training.recipes import Recipe
from pipeline.version_settings import AskSettings


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch, remembered: dict[Any, Any]) -> list[int]:
    """The seeds that were trained with; instead of a training there is a fresh network."""
    seeds: list[int] = []

    def train(
        dataset: Path,
        *,
        recipe: Recipe,
        seed: int,
        precision: str,
        checkpoint: Path,
        on_progress: Any,
    ) -> Any:
        seeds.append(seed)
        return build(seed), {"loss": [1.0]}

    def build(seed: int) -> Any:
        if seed not in remembered:
            keras.utils.set_random_seed(seed)
            remembered[seed] = build_model(20)
        return remembered[seed]

    evaluate, render = module.evaluate_model, module.render_report

    def evaluate_once(data: bytes, *more: Any) -> Any:
        if data not in remembered:
            remembered[data] = evaluate(data, *more)
        return remembered[data]

    def render_once(evaluation: Any, *speed: Any) -> str:
        key = (id(evaluation), *speed)
        if key not in remembered:
            remembered[key] = render(evaluation, *speed)
        return str(remembered[key])

    monkeypatch.setattr(module, "train", train)
    monkeypatch.setattr(module, "evaluate_model", evaluate_once)
    monkeypatch.setattr(module, "render_report", render_once)
    monkeypatch.setattr(module, "load_or_train_referee", lambda *_, **__: None)
    return seeds


@pytest.fixture(scope="module")
def remembered() -> dict[Any, Any]:
    """Networks, their evaluations and reports: all tests here make the same few."""
    return {}


@pytest.fixture
def ports() -> Ports:
    return in_memory()


@pytest.fixture
def make(
    random_raw: Path, ports: Ports, settings: Settings, trainings: list[int]
) -> Callable[..., Any]:
    return lambda **changes: make_baseline(random_raw, ports, settings.model_copy(update=changes))


def test_without_raw_drawings_nothing_is_made(
    tmp_path: Path, ports: Any, settings: Settings, trainings: list[int]
) -> None:
    with pytest.raises(InvalidRawDrawings):
        make_baseline(tmp_path, ports, settings)
    assert (ports.artefacts.objects, ports.models.list(), trainings) == ({}, [], [])


def test_a_data_set_that_holds_corrections_is_no_baseline_s(
    make: Callable[..., Any], settings: Settings, make_additions: Any
) -> None:
    make()
    merge(settings.dataset_file, make_additions(describe(settings.dataset_file), 3))
    with pytest.raises(InvalidDataset, match="REDRAW_DATA_DIR"):
        make()


def test_another_base_in_storage_is_refused_before_the_training(
    make: Callable[..., Any], ports: Any, trainings: list[int]
) -> None:
    ports.artefacts.create("datasets/quickdraw_20cat/base.sha256", b"another")
    with pytest.raises(InvalidDataset, match="another base"):
        make()
    assert trainings == []


REORDERED = ("sun", "apple", *CATEGORIES[2:])


def test_a_data_set_of_other_classes_is_refused_before_the_training(
    make: Callable[..., Any], trainings: list[int]
) -> None:
    make()
    with pytest.raises(OtherClasses, match="class 0 is apple there and sun here"):
        make(categories=REORDERED)
    assert len(trainings) == 1


def test_as_many_other_classes_in_storage_are_refused_by_name(
    make: Callable[..., Any], settings: Settings, trainings: list[int]
) -> None:
    make()
    settings.dataset_file.unlink()
    with pytest.raises(OtherClasses, match="quickdraw_20cat in Storage has 20 classes"):
        make(categories=REORDERED)
    assert len(trainings) == 1


@pytest.mark.parametrize("after", [False, True], ids=["before its work", "after its work"])
@pytest.mark.parametrize(
    ("port", "method"),
    [
        ("artefacts", "create"), ("artefacts", "create_from_file"), ("artefacts", "read"),
        ("models", "reserve"), ("models", "commit"), ("models", "release"),
    ],
)  # fmt: skip
def test_stopped_at_a_call_and_repeated_it_ends_in_one_released_version(
    port: str, method: str, after: bool, make: Callable[..., Any], request: pytest.FixtureRequest
) -> None:
    ports, trainings = request.getfixturevalue("ports"), request.getfixturevalue("trainings")
    with pytest.MonkeyPatch.context() as patch:
        work = getattr(getattr(ports, port), method)

        def fail(*args: Any, **options: Any) -> None:
            if after:
                work(*args, **options)
            raise Unavailable(method)

        patch.setattr(getattr(ports, port), method, fail)
        with pytest.raises(Unavailable):
            make()

    make()

    assert [(version.version, version.status) for version in ports.models.list()] == [
        ("v1.0.0", VersionStatus.READY)
    ]
    assert (ports.models.release().version, ports.models.release().fence) == ("v1.0.0", 1)
    assert len(trainings) == 1


def test_a_training_that_was_interrupted_is_done_again(
    make: Callable[..., Any], settings: Settings, trainings: list[int]
) -> None:
    make()
    settings.baseline_file.with_suffix(".json").unlink()  # it is written after the model
    make()
    assert len(trainings) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": 3},
        {"batch_size": 7},
        {"canvas_copies": 0},
        {"seed": 9},
        {"recipe": RecipeName.BEST},
    ],
)
def test_another_recipe_is_another_training(
    change: dict[str, Any], make: Callable[..., Any], trainings: list[int]
) -> None:
    make()
    make(**change)
    assert len(trainings) == 2


def test_the_same_recipe_is_trained_and_published_once(
    make: Callable[..., Any], ports: Any, trainings: list[int]
) -> None:
    assert make() == make()
    assert (len(trainings), len(ports.models.list())) == (1, 1)


def test_the_first_version_is_v1_0_0_and_released(make: Callable[..., Any], ports: Any) -> None:
    baseline = make()
    assert (baseline.version.version, baseline.released) == ("v1.0.0", True)
    assert ports.models.release().version == "v1.0.0"


def test_a_second_baseline_is_a_minor_version_and_leaves_the_release_alone(
    make: Callable[..., Any], ports: Any
) -> None:
    make()
    second = make(seed=9)
    assert (second.version.version, second.released) == ("v1.1.0", False)
    assert ports.models.release().version == "v1.0.0"


def test_what_is_published_is_the_file_that_was_trained(
    make: Callable[..., Any], ports: Any, settings: Settings
) -> None:
    make()
    stored = ports.artefacts.read("models/production/v1.0.0/quickdraw_v1.0.0.h5")
    assert stored == settings.baseline_file.read_bytes()
    assert ports.models.get("v1.0.0").files[0].sha256 == hashlib.sha256(stored).hexdigest()


def test_the_whole_evaluation_is_in_the_metadata(make: Callable[..., Any], ports: Any) -> None:
    baseline = make()
    metadata = json.loads(ports.artefacts.read("models/production/v1.0.0/metadata.json"))
    assert metadata["evaluation"] == baseline.metrics.document()
    assert sum(metadata["evaluation"]["confusion"]) == baseline.metrics.rows


def test_the_recipe_and_its_curves_lie_beside_the_model(
    make: Callable[..., Any], settings: Settings
) -> None:
    make()
    record = json.loads(settings.baseline_file.with_suffix(".json").read_text())
    assert record["recipe"]["dataset"] == describe(settings.dataset_file).digest
    assert record["history"] == {"loss": [1.0]}


def test_the_report_lies_beside_the_model_and_is_published_without_the_time_that_this_machine_took(
    make: Callable[..., Any], ports: Any, settings: Settings
) -> None:
    make()
    here, stored = (
        settings.report_file.read_text(),
        ports.artefacts.read("models/production/v1.0.0/report.html").decode(),
    )
    card = re.search(r'<div class="card">\n<b>time per drawing</b>.*?</div>\n', here, re.DOTALL)
    assert card
    assert here.replace(card[0], "") == stored


def test_the_asking_policy_is_calibrated_on_the_val_split_of_the_base(
    make: Callable[..., Any], ports: Any, settings: Settings
) -> None:
    make(ask=AskSettings(budget=0.5, audit=0.02))
    policy = json.loads(ports.artefacts.read("models/production/v1.0.0/asking.json"))
    rows = describe(settings.dataset_file).rows[Split.VAL]
    assert policy | {"thresholds": {}, "commonThreshold": 0, "measure": ""} == {
        "version": "v1.0.0",
        "budget": 0.5,
        "audit": 0.02,
        "source": "base",
        "rows": rows,
        "thresholds": {},
        "commonThreshold": 0,
        "measure": "",
    }
