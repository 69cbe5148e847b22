"""`redraw train` and `redraw baseline`: they use the recipe, and remove checkpoints at the end."""

import sys
from pathlib import Path
from typing import Any

import keras
import pytest

from pipeline import baseline as baseline_module
from pipeline.categories import CATEGORIES
from pipeline.errors import RedrawError
from pipeline.model.cnn import build_model
from pipeline.model.file import read_model_categories
from pipeline.settings import RecipeName
from pipeline.training import train as train_module
from pipeline.training.recipes import BEST, FAST, PLAIN, Recipe
from service.cli import main


@pytest.fixture
def redraw(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> int:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["redraw", *map(str, arguments)])
            try:
                main.main()
            except SystemExit as ended:
                return int(ended.code or 0)
        return 0

    return call


@pytest.fixture
def trained_recipes(monkeypatch: pytest.MonkeyPatch) -> list[Recipe]:
    """The recipes that `train` was called with; it trains nothing and leaves a checkpoint."""
    recipes: list[Recipe] = []

    def train(
        dataset: Path, *, recipe: Recipe, seed: int, checkpoint: Path, on_progress: Any
    ) -> Any:
        recipes.append(recipe)
        for name in (checkpoint, checkpoint.with_name(f"{checkpoint.name}-teacher")):
            name.write_bytes(b"standing")
        keras.utils.set_random_seed(seed)
        return build_model(20), {"loss": [1.0], "val_accuracy": [0.9]}

    monkeypatch.setattr(train_module, "train", train)
    return recipes


def test_a_data_set_of_other_classes_is_refused_by_name(
    redraw: Any,
    base_file: Path,
    trained_recipes: list[Recipe],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("REDRAW_CATEGORIES", "horse,unicorn")
    assert redraw("train", "--dataset", base_file, "--out", "model.h5") == 1
    assert trained_recipes == []
    assert "20 classes (apple, sun, tree, ...), the settings say 2 classes (horse, unicorn)" in (
        " ".join(capsys.readouterr().err.split())
    )


def test_the_model_file_says_the_classes_of_its_data_set(
    redraw: Any, base_file: Path, trained_recipes: list[Recipe], tmp_path: Path
) -> None:
    assert redraw("train", "--dataset", base_file, "--out", "model.h5") == 0
    assert read_model_categories((tmp_path / "model.h5").read_bytes()) == CATEGORIES


def test_an_unknown_recipe_is_a_wrong_call(
    redraw: Any, base_file: Path, trained_recipes: list[Recipe]
) -> None:
    assert redraw("train", "--dataset", base_file, "--out", "model.h5", "--recipe", "quick") == 2
    assert trained_recipes == []


def test_a_model_that_cannot_be_stored_leaves_the_checkpoints(
    redraw: Any,
    base_file: Path,
    trained_recipes: list[Recipe],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "folder" / "model.h5"
    out.parent.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "pipeline.files.write_atomically",
            lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")),
        )
        assert redraw("train", "--dataset", base_file, "--out", out) == 1
    assert "check that the disk has free space" in capsys.readouterr().err
    assert sorted(path.name for path in out.parent.iterdir()) == [
        "model.checkpoint",
        "model.checkpoint-teacher",
    ]


@pytest.mark.parametrize(
    ("arguments", "recipe"),
    [
        ((), FAST),
        (("--recipe", "plain"), PLAIN),
        (("--recipe", "best"), BEST),
        (("--recipe", "best", "--epochs", 3), BEST.with_overrides(epochs=3, batch_size=None)),
        (("--batch-size", 7), FAST.with_overrides(epochs=None, batch_size=7)),
        (("--canvas-copies", 0), FAST.with_overrides(epochs=None, batch_size=None, copies=0)),
    ],
)
def test_train_takes_the_recipe_stores_the_model_and_removes_the_checkpoints(
    arguments: tuple[object, ...],
    recipe: Recipe,
    redraw: Any,
    base_file: Path,
    trained_recipes: list[Recipe],
) -> None:
    out = base_file.parent / "out" / "model.h5"
    out.parent.mkdir()
    assert redraw("train", "--dataset", base_file, "--out", out, *arguments) == 0
    assert trained_recipes == [recipe]
    assert list(out.parent.iterdir()) == [out]


@pytest.mark.parametrize(
    ("arguments", "name"), [((), RecipeName.PLAIN), (("--recipe", "best"), RecipeName.BEST)]
)
def test_baseline_takes_the_recipe_of_the_command_line_or_of_the_settings(
    arguments: tuple[str, ...],
    name: RecipeName,
    redraw: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    recipes: list[RecipeName] = []

    def run(raw: Path, ports: Any, settings: Any, on_progress: Any) -> Any:
        recipes.append(settings.recipe)
        raise RedrawError("enough")

    monkeypatch.setattr(baseline_module, "make_baseline", run)
    monkeypatch.setenv("REDRAW_RECIPE", "plain")
    for variable in ("FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST"):
        monkeypatch.setenv(
            variable, "http://127.0.0.1:1" if variable.startswith("STORAGE") else "127.0.0.1:1"
        )
    assert redraw("baseline", "--raw", tmp_path, *arguments) == 1
    assert recipes == [name]
