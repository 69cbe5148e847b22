"""The janitor as a task: when a worker starts, and later, it looks after what was interrupted."""

import os
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.records.versions import VersionStatus
from pipeline.setting_groups import RetentionSettings
from pipeline.settings import Settings
from pipeline.versions.janitor import GRACE
from tests.contract._versions import reserved
from workers.names import SWEEP, TIDY


@pytest.fixture
def tasks() -> ModuleType:
    from workers import tasks

    return tasks


def test_the_task_gives_up_what_nobody_goes_on_with(
    tasks: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports: Any = in_memory()
    name = reserved(ports.models, "run-gone")
    ports.models._models[name]["createdAt"] -= GRACE + timedelta(days=900)
    settings = Settings(_env_file=None)
    monkeypatch.setattr(tasks, "connect_once", lambda: (settings, ports))
    tasks.tidy()
    assert ports.models.get(name).status is VersionStatus.WITHDRAWN


@pytest.mark.parametrize("nightly", [True, False])
def test_the_task_removes_old_caches_of_its_host_unless_nothing_is_deleted_by_the_clock(
    tasks: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, nightly: bool
) -> None:
    settings = Settings(
        _env_file=None, data_dir=tmp_path, retention=RetentionSettings(nightly=nightly)
    )
    cache = settings.features_dir / "of-an-old-backbone"
    cache.mkdir(parents=True)
    os.utime(cache, (0, 0))
    monkeypatch.setattr(tasks, "connect_once", lambda: (settings, in_memory()))
    tasks.tidy()
    assert cache.exists() is not nightly


def test_a_worker_that_starts_looks_for_them_at_once(
    tasks: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(tasks.app, "send_task", lambda name, **_: sent.append(name))
    tasks.sweep_after_start()
    assert sorted(sent) == sorted([SWEEP, SWEEP, TIDY])
