"""`redraw doctor --backups` says whether there is a new and complete backup of this project."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.adapters.memory import MemoryArtefacts
from pipeline.backup.layout import new_id
from pipeline.backup.manifests import write_manifest
from pipeline.backup_errors import InvalidPlaceForBackups
from pipeline.records.backups import BackupManifest, Counts
from pipeline.settings import Settings
from service.checks.backups import check_backups
from service.checks.check import Check, Finding

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
SETTINGS = Settings(_env_file=None)


@pytest.fixture
def place() -> MemoryArtefacts:
    return MemoryArtefacts()


def make(place: MemoryArtefacts, age: timedelta, **changes: Any) -> None:
    at = NOW - age
    fields = {
        "id": new_id(at),
        "project": SETTINGS.project_id,
        "bucket": SETTINGS.bucket,
        "started_at": at,
        "read_time": at,
        "finished_at": at,
        "collections": [],
        "folders": [],
        "counts": Counts.model_construct(),
        "digest": "",
    }
    write_manifest(BackupManifest.model_construct(**(fields | changes)), place)


def look(place: MemoryArtefacts) -> Finding:
    (finding,) = check_backups(lambda: place, SETTINGS, NOW)
    return finding


def test_a_place_without_a_complete_backup_is_told(place: MemoryArtefacts) -> None:
    place.create("unfinished/1/begun.json", b"{}")
    assert "there is no complete one" in str(look(place).problem)


def test_an_old_backup_is_told_with_its_age(place: MemoryArtefacts) -> None:
    make(place, timedelta(days=3))
    assert "3 days old" in str(look(place).problem)


def test_a_backup_of_another_project_is_told(place: MemoryArtefacts) -> None:
    make(place, timedelta(hours=1), project="elsewhere")
    assert "of project elsewhere" in str(look(place).problem)


def test_a_new_backup_is_well(place: MemoryArtefacts) -> None:
    make(place, timedelta(days=9))
    make(place, timedelta(hours=5))
    assert look(place).problem is None
    assert "5 hours old" in look(place).name


def test_a_damaged_manifest_and_a_place_that_is_none_are_findings(place: MemoryArtefacts) -> None:
    def refuse() -> MemoryArtefacts:
        raise InvalidPlaceForBackups("it is no place")

    make(place, timedelta(hours=1))
    (path,) = place.objects
    place.objects[path] = b"{"
    for opened in (refuse, lambda: place):
        check = Check("backups", lambda opened=opened: check_backups(opened, SETTINGS, NOW))
        (finding,) = check.find()
        assert finding.problem
