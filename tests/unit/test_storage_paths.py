"""Every object in Storage is of one listed kind."""

import subprocess
from pathlib import Path

import pytest

from pipeline.storage_kinds import Deletion, StoragePath
from pipeline.storage_paths import (
    ALL_PATHS,
    CANVAS,
    CANVAS_PATTERN,
    classify_path,
    collect_folder,
    manifest_path,
    model_path,
)

NAMES = {
    "run_id": "run-1",
    "digest": "ab12",
    "dataset": "quickdraw_50cat",
    "version": "v1.0.1",
    "drawing_id": "3fPq",
    "name": "x.h5",
}
NUMBERS = {"revision": 12, "number": 3, "edition": 4}

each_kind = pytest.mark.parametrize("kind", ALL_PATHS, ids=lambda kind: kind.template)


@each_kind
def test_a_path_is_classified_as_the_kind_that_made_it(kind: StoragePath) -> None:
    assert classify_path(kind.fill(**NAMES, **NUMBERS)) is kind


@each_kind
def test_what_holds_player_data_is_not_kept_with_a_version(kind: StoragePath) -> None:
    assert not (kind.player_data and kind.deletion is Deletion.WITH_VERSION)


@pytest.mark.parametrize("path", ["", "models/x", "runs/run-1/fit.npz/y", "runs/a/b/fit.npz"])
def test_a_foreign_path_is_of_no_kind(path: str) -> None:
    assert classify_path(path) is None


def test_a_canvas_that_a_document_may_name_is_a_canvas() -> None:
    path = CANVAS.fill(drawing_id="3fPq_-")
    assert CANVAS_PATTERN.fullmatch(path)
    assert CANVAS.matches(path)


def test_the_files_of_a_version_lie_together() -> None:
    assert Path(model_path("v1.0.1")).parent == Path(manifest_path("v1.0.1")).parent


def test_what_a_run_collects_lies_in_its_folder() -> None:
    collected = [
        kind.fill(**NAMES, **NUMBERS) for kind in ALL_PATHS if "/collect/" in kind.template
    ]
    assert len(collected) == 3
    assert all(path.startswith(collect_folder("run-1")) for path in collected)


def test_no_other_module_writes_a_path() -> None:
    root = Path(__file__).parents[2]
    command = ["git", "grep", "-E", r'"(runs|models/production|datasets|drawings/corrections)/']
    found = subprocess.run(
        [*command, "--", "pipeline", "workers", "service"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    lines = [line for line in found if ".jinja" not in line]  # the name of a template is no path
    files = {line.partition(":")[0] for line in lines}
    assert {file for file in files if file.endswith(".py")} == {"pipeline/storage_paths.py"}
