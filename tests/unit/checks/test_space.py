"""The space of a project is measured by a listing."""

from pathlib import Path

import pytest

from pipeline.settings import Settings
from pipeline.storage_paths import CANVAS_FOLDER
from service.checks.space import measure_disk, measure_project
from tests.unit.retention._projects import SETTINGS, make_project


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return SETTINGS.with_changes(data_dir=tmp_path, retention={"runs_days": 0})


def test_each_version_has_its_size_and_all_together_are_what_storage_holds(
    settings: Settings,
) -> None:
    ports = make_project(2)
    space = measure_project(ports, settings)
    assert [name for name, _ in space.versions] == ["v1.0.2", "v1.0.1", "v1.0.0"]
    [of_versions] = [each for each in space.kinds if each.name == "versions"]
    assert sum(size for _, size in space.versions) == of_versions.size
    objects = ports.artefacts.objects
    own = [data for path, data in objects.items() if not path.startswith(CANVAS_FOLDER)]
    assert space.size == sum(map(len, own))


def test_what_retention_would_delete_is_told_by_reason_and_nothing_is_deleted(
    settings: Settings,
) -> None:
    ports = make_project(1)
    before = dict(ports.artefacts.objects)
    space = measure_project(ports, settings)
    assert space.freed > 0
    assert all(each.objects and each.why for each in space.deletions)
    assert ports.artefacts.objects == before


def test_the_disk_of_the_data_folder_is_measured_with_the_data_set(settings: Settings) -> None:
    settings.dataset_file.write_bytes(b"data")
    disk = measure_disk(settings)
    assert disk is not None
    assert disk.dataset == 4
    assert 0 < disk.free <= disk.total


def test_a_machine_without_a_data_folder_has_no_disk_to_tell_of(settings: Settings) -> None:
    assert measure_disk(settings.with_changes(data_dir=Path("/nothing/here"))) is None
