"""The disk has room for the next run: bytes and files, and it can be written to."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.settings import Settings
from service.checks import disk
from service.checks.disk import check_disk

ROOT = Path(__file__).parents[3]
FULL = """
import resource, sys
from pathlib import Path
from service.checks.check import find_problem
from service.checks.disk import check_room
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
print(find_problem(lambda: check_room(Path(sys.argv[1]), 0)))
"""


@pytest.fixture(autouse=True)
def enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little is needed, whatever this machine has."""
    monkeypatch.setattr(disk, "FREE_BYTES", 0)
    monkeypatch.setattr(disk, "TEMPORARY_BYTES", 0)
    monkeypatch.setattr(disk, "FEWEST_FILES", 0)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path / "data")


def count_files(most: int, free: int) -> SimpleNamespace:
    """A disk with room for so many more files, and for enough bytes."""
    room = {"f_bavail": 10**9, "f_blocks": 10**9, "f_bfree": 10**9, "f_frsize": 4096}
    return SimpleNamespace(f_files=most, f_favail=free, **room)


def problems(settings: Settings) -> list[str]:
    return [each.problem for each in check_disk(settings, create=True) if each.problem]


def test_a_disk_with_room_is_well(settings: Settings) -> None:
    assert problems(settings) == []


def test_a_disk_that_refuses_a_write_is_told(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "File too large" in done.stdout


def test_too_little_room_is_told_with_how_much_the_next_run_needs(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "FREE_BYTES", 10**18)
    (problem,) = problems(settings)
    assert "the next run needs" in problem
    assert "REDRAW_DATA_DIR" in problem


def test_the_room_that_is_needed_grows_with_the_data_set_that_is_here(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "FREE_BYTES", 10**12)
    settings.data_dir.mkdir()
    with settings.dataset_file.open("wb") as file:
        file.truncate(10**9)
    assert disk.need_bytes(settings) == 2 * 10**9


def test_a_disk_without_room_for_more_files_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "FEWEST_FILES", 1000)
    monkeypatch.setattr(os, "statvfs", lambda _: count_files(5000, 3))
    assert all("room for only 3 more files" in problem for problem in problems(settings))
    assert problems(settings)


def test_a_file_system_that_counts_no_files_is_well(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "FEWEST_FILES", 1000)
    monkeypatch.setattr(os, "statvfs", lambda _: count_files(0, 0))
    assert problems(settings) == []


def test_a_folder_that_is_a_file_is_told(settings: Settings) -> None:
    settings.data_dir.write_text("no folder")
    assert len(problems(settings)) == 1
