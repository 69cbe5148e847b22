"""A version is rebuilt on an empty machine, from the emulators alone, by processes of their own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emulator.servers import run_emulators
from pipeline.bootstrap import connect
from pipeline.settings_reading import load_settings

pytestmark = pytest.mark.slow


@dataclass
class Project:
    """Embedded Firebase with a v1.0.1 that `redraw retrain` made."""

    ports: Any
    environment: dict[str, str]

    def redraw(self, *arguments: str, **settings: str) -> tuple[int, str]:
        """Call `redraw` in a process of its own; return its exit code and what it said."""
        result = subprocess.run(
            [sys.executable, "-m", "service.cli.main", *arguments],
            env={**os.environ, **self.environment, **settings},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return result.returncode, result.stdout + result.stderr


@pytest.fixture(scope="module")
def project(first_version: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("rebuild") / "data"
    shutil.copytree(first_version, folder)
    with (
        run_emulators(folder / "firebase") as emulators,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in emulators.environment().items():
            patch.setenv(name, value)
        project = Project(
            connect(load_settings(data_dir=folder)),
            {
                "COLUMNS": "200",
                "REDRAW_DATA_DIR": str(folder),
                "PYTHONPATH": str(Path.cwd()),
            },
        )
        code, said = project.redraw(
            "retrain", REDRAW_GATE_GOLDEN_WRONG="50", OPENBLAS_NUM_THREADS="2"
        )
        assert code == 0, said
        yield project


@pytest.mark.parametrize("threads", ["1", "2"])
def test_another_machine_rebuilds_it_byte_for_byte_without_any_document(
    project: Project, tmp_path: Path, threads: str
) -> None:
    code, said = project.redraw(
        "rebuild",
        "v1.0.1",
        "--out",
        str(tmp_path / "out"),
        REDRAW_DATA_DIR=str(tmp_path / "data"),
        REDRAW_SEED="7",
        OPENBLAS_NUM_THREADS=threads,
        # Nothing listens there: the documents are not needed.
        FIRESTORE_EMULATOR_HOST="127.0.0.1:1",
    )
    assert (code, "DIFFERS" in said) == (0, False), said
    assert "v1.0.1 is rebuilt as it was published, byte for byte" in said
    assert "equal    gate\n" in said
    assert "oneDNN" not in said  # TensorFlow's first words: a head needs none of it
    stored = project.ports.artefacts.list("models/production/v1.0.1/")
    assert len(stored) > 5
    for file in stored:
        rebuilt = tmp_path / "out" / file.path.rpartition("/")[2]
        assert rebuilt.read_bytes() == project.ports.artefacts.read(file.path)


def test_a_changed_weight_ends_it_with_a_line_that_names_the_array(
    project: Project, tmp_path: Path
) -> None:
    path = "models/production/v1.0.1/head.bin"
    before = project.ports.artefacts.read(path)
    project.ports.artefacts.delete(path)
    project.ports.artefacts.create(path, bytes([before[0] ^ 1, *before[1:]]))
    code, said = project.redraw("rebuild", "v1.0.1", REDRAW_DATA_DIR=str(tmp_path / "data"))
    project.ports.artefacts.delete(path)
    project.ports.artefacts.create(path, before)
    assert code == 1
    assert "DIFFERS  head.bin: in Storage is not what the manifest lists" in said
    assert "1 of" in said
    assert "equal    head\n" in said


def test_a_version_and_its_corrections_are_shown_both_ways(project: Project) -> None:
    code, said = project.redraw("models", "show", "v1.0.1")
    assert code == 0, said
    assert "revision 1" in said
    assert "fitted" in said
    code, listed = project.redraw("models", "show", "v1.0.1", "--corrections", "--limit", "3")
    assert code == 0, listed
    assert "--after 1.3." in listed
    name = listed.splitlines()[2].split()[0]
    code, said = project.redraw("corrections", "show", name)
    assert code == 0, said
    assert "v1.0.1" in said
    assert "revision 1, split" in said
