"""The check as a task: what beat sends is known, and a run that cannot be queued is kept."""

from types import ModuleType
from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.errors import Unavailable
from pipeline.settings import Settings
from workers.schedule import beat_schedule

SETTINGS = Settings(_env_file=None, retrain_threshold=1)


@pytest.fixture
def ports() -> Any:
    made: Any = in_memory()
    made.corrections.documents = {"c": {"status": "pending"}}
    return made


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch, ports: Any) -> ModuleType:
    from workers import tasks

    monkeypatch.setattr(tasks, "connect_once", lambda: (SETTINGS, ports))
    return tasks


def test_all_that_beat_sends_is_a_task_that_workers_know(tasks: ModuleType) -> None:
    assert {entry["task"] for entry in beat_schedule(SETTINGS).values()} <= set(tasks.app.tasks)


def test_while_redis_is_down_the_run_is_recorded_and_left_to_the_sweep(
    tasks: ModuleType, ports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: Any) -> None:
        raise Unavailable("Redis")

    monkeypatch.setattr(tasks, "dispatch_retrain", down)
    with pytest.raises(Unavailable):
        tasks.check()
    queued: list[str] = []
    monkeypatch.setattr(tasks, "dispatch_retrain", lambda _, run_id: queued.append(run_id))
    tasks.check()  # the run is in the slot
    assert queued == []
    tasks.sweep()
    assert queued == [run.id for run in ports.runs.list()] != []


def test_a_run_that_is_due_is_queued(
    tasks: ModuleType, ports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[str] = []
    monkeypatch.setattr(tasks, "dispatch_retrain", lambda _, run_id: queued.append(run_id))
    tasks.check()
    assert queued == [run.id for run in ports.runs.list()] != []


def test_where_nothing_is_due_nothing_is_queued(
    tasks: ModuleType, ports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "dispatch_retrain", lambda *_: pytest.fail("queued"))
    ports.corrections.documents.clear()
    tasks.check()
