"""`redraw doctor`, over ports in memory: it reads all data and names what is wrong."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import pytest

from pipeline.categories import CATEGORIES
from pipeline.corrections.key_fingerprint import fingerprint_key
from pipeline.corrections.player_key import check_player_key
from pipeline.dataset.hdf5 import describe
from pipeline.dataset.revisions import bring_up_to_date, store_additions, store_base
from pipeline.errors import AccessDenied, Unavailable
from pipeline.ports import Ports
from pipeline.storage_paths import ADDITIONS, PLAYER_KEY, model_path
from service.cli import doctor
from service.cli.main import main
from tests._machine import make_machine_well

KEY = "redraw-development"


@pytest.fixture
def project(world: Any, make_additions: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A world with one revision, and this process's settings set to it."""
    path, artefacts = world.settings.dataset_file, world.ports.artefacts
    store_base(artefacts, path)
    check_player_key(world.ports, world.settings)
    store_additions(artefacts, make_additions(describe(path), 4), categories=CATEGORIES)
    bring_up_to_date(artefacts, path, categories=CATEGORIES)
    monkeypatch.chdir(world.settings.data_dir)
    monkeypatch.setenv("REDRAW_DATA_DIR", str(world.settings.data_dir))
    monkeypatch.setattr(doctor, "connect", lambda *_: world.ports)
    make_machine_well(monkeypatch)
    return world


@pytest.fixture
def examine(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Call the command; return its exit code and the lines that are marked BAD."""

    def call() -> tuple[int, list[str]]:
        monkeypatch.setattr(sys, "argv", ["redraw", "doctor"])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        lines = capsys.readouterr().out.splitlines()
        return code, [line for line in lines if line.startswith("BAD")]

    return call


def find_all() -> dict[str, str | None]:
    """What is wrong with each thing that is looked at."""
    return {
        each.name: each.problem
        for checked in doctor.run_checks(doctor.Wish())
        for each in checked.findings
    }


def test_a_sound_project_passes(project: Any, examine: Callable[[], Any]) -> None:
    assert examine() == (0, [])


def flip_a_label(project: Any) -> str:
    with h5py.File(project.settings.dataset_file, "r+") as file:
        file["y_val"][0] ^= 1
    return "the data set .* is damaged"


def lose_a_revision(project: Any) -> str:
    path = ADDITIONS.fill(dataset=project.settings.dataset_name, revision=1)
    del project.ports.artefacts.objects[path]
    return f"Storage has lost {path}"


def lose_a_model(project: Any) -> str:
    path = model_path("v1.0.0")
    del project.ports.artefacts.objects[path]
    return f"{path} is missing in Storage"


def change_a_model(project: Any) -> str:
    path = model_path("v1.0.0")
    data = project.ports.artefacts.objects[path]
    project.ports.artefacts.objects[path] = bytes([data[0] ^ 1]) + data[1:]
    return f"{path} in Storage is not what was published"


def change_the_key(project: Any) -> str:
    path = PLAYER_KEY.fill(dataset=project.settings.dataset_name)
    project.ports.artefacts.objects[path] = fingerprint_key("another-key").encode()
    return "REDRAW_PLAYER_KEY is not the key"


@pytest.mark.parametrize(
    "harm", [flip_a_label, lose_a_revision, lose_a_model, change_a_model, change_the_key]
)
def test_it_names_what_is_wrong_and_changes_nothing(
    harm: Callable[[Any], str], project: Any, examine: Callable[[], Any]
) -> None:
    expected = harm(project)
    before = dict(project.ports.artefacts.objects)
    code, bad = examine()
    assert code == 1
    assert any(re.search(expected, line) for line in bad), bad
    assert project.ports.artefacts.objects == before


def test_the_player_key_is_shown_by_its_fingerprint(
    project: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    names = list(find_all())
    assert f"player key (fingerprint {fingerprint_key(KEY)})" in names
    assert not any(KEY in name for name in names)


def test_without_storage_only_what_lies_here_is_read(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(prefix: str) -> None:
        raise Unavailable("Storage does not answer")

    monkeypatch.setattr(project.ports.artefacts, "list", fail)
    results = find_all()
    assert [name.partition(" /")[0] for name, problem in results.items() if problem] == [
        "Storage bucket demo-redraw.appspot.com"
    ]
    assert list(results)[-1].startswith("data set")


def test_a_data_set_behind_a_link_that_leads_nowhere_is_named(
    project: Any, examine: Callable[[], Any]
) -> None:
    path = project.settings.dataset_file
    path.unlink()
    path.symlink_to(path.with_name("unmounted") / "data.h5")
    code, bad = examine()
    assert code == 1
    assert any("mount the disk" in line for line in bad)


def test_without_credentials_the_other_checks_are_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: object) -> Ports:
        raise AccessDenied("no credentials: set GOOGLE_APPLICATION_CREDENTIALS")

    monkeypatch.setenv("REDRAW_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(doctor, "connect", refuse)
    checked = find_all()
    assert checked[f"folder {tmp_path}"] is None
    assert "no credentials" in str(checked["Firebase"])
