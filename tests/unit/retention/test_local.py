"""Cached features that no run has used for long are found and removed; others stay."""

import os
from pathlib import Path

import pytest

from pipeline.retention.local import find_old_caches, remove_caches
from pipeline.retention.space import Space, measure_space
from tests.unit.retention._projects import make_project

DAY = 86_400.0
NOW = 2_000_000_000.0


@pytest.fixture
def features(tmp_path: Path) -> Path:
    for name, age in (("old", 40), ("new", 3)):
        file = tmp_path / name / "train-corrections" / "part"
        file.parent.mkdir(parents=True)
        file.write_bytes(b"0" * 1000)
        for path in (file, file.parent, file.parents[1]):
            os.utime(path, (NOW - age * DAY, NOW - age * DAY))
    return tmp_path


def test_only_what_was_not_used_for_so_long_is_found(features: Path) -> None:
    found = find_old_caches(features, 30, NOW)
    assert [cache.folder.name for cache in found] == ["old"]
    assert found[0].size >= 1000
    assert find_old_caches(features, 50, NOW) == []


def test_a_cache_of_which_one_file_was_read_lately_stays(features: Path) -> None:
    file = features / "old" / "train-corrections" / "part"
    os.utime(file, (NOW, NOW - 40 * DAY))
    assert find_old_caches(features, 30, NOW) == []


def test_it_is_removed_and_nothing_else(features: Path) -> None:
    remove_caches(find_old_caches(features, 30, NOW))
    assert [each.name for each in features.iterdir()] == ["new"]


def test_a_folder_that_is_missing_holds_none(tmp_path: Path) -> None:
    assert find_old_caches(tmp_path / "none", 30, NOW) == []


def test_space_is_measured_by_kind_without_the_games_own() -> None:
    ports = make_project(1)
    ports.artefacts.create("runs/x/unknown", b"12345")
    stored = ports.artefacts.list("")
    spaces = {space.name: space for space in measure_space(stored)}
    assert spaces["not Redraw's"] == Space("not Redraw's", 1, 5)
    assert (
        spaces["intermediate results of runs"].objects == 7
    )  # five, and two notes of publications
    assert sum(space.size for space in spaces.values()) == sum(each.size for each in stored)
