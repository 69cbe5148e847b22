"""Tasks in Redis that another version of Redraw has queued: what was queued before still fits."""

import inspect
import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.records.runs import Run
from pipeline.settings import Settings
from tests.earlier._keeping import FOLDERS
from workers import tasks
from workers.worker import app

KEPT = [
    pytest.param(name, args, id=f"form {folder.name} {name}")
    for folder in FOLDERS
    for name, args in json.loads((folder / "tasks.json").read_text()).items()
]
SECRET = "whsec_" + "A" * 43 + "="
OWN = {name for name in app.tasks if name.startswith("redraw.")}


@pytest.mark.parametrize(("name", "args"), KEPT)
def test_a_task_that_an_earlier_redraw_has_queued_can_be_called(name: str, args: list[Any]) -> None:
    inspect.signature(app.tasks[name].run).bind(*args)


def test_every_task_is_kept() -> None:
    newest = json.loads((FOLDERS[-1] / "tasks.json").read_text())
    assert newest.keys() == OWN


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, list[str]]:
    """A project with a run that a newer Redraw has requested, and what this one queues."""
    ports: Any = in_memory()
    settings = Settings(_env_file=None, webhook={"url": "https://example.org", "secret": SECRET})
    queued: list[str] = []
    monkeypatch.setattr(tasks, "connect_once", lambda: (settings, ports))
    monkeypatch.setattr(tasks, "dispatch_retrain", lambda _, run_id: queued.append(run_id))
    monkeypatch.setattr(tasks, "note_sweep", lambda _: None)
    ports.runs.request(Run(id="run-1", requested_at=datetime.now(UTC)))
    ports.runs.documents["run-1"]["schema"] = 99
    return ports, queued


def test_a_run_of_a_newer_redraw_is_left_to_it_in_one_line_and_not_tried_again(
    project: tuple[Any, list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    ports, queued = project
    before = deepcopy(ports.runs.documents)
    tasks.retrain("run-1")
    tasks.sweep()
    assert [(each.levelname, "upgrade this Redraw" in each.message) for each in caplog.records] == [
        ("ERROR", True)
    ]
    assert (queued, ports.runs.documents) == ([], before)
    assert ports.runs.slot().slot.run_id == "run-1"


def test_what_a_newer_redraw_has_noticed_stops_no_task(project: tuple[Any, list[str]]) -> None:
    ports, _ = project
    ports.notifications.noticed = {"schema": 99}
    tasks.notify()
    assert ports.notifications.noticed == {"schema": 99}


def test_a_check_requests_no_second_run_for_one_that_a_newer_redraw_has_requested(
    project: tuple[Any, list[str]],
) -> None:
    ports, queued = project
    tasks.nightly_check()
    tasks.check()
    assert (queued, list(ports.runs.documents)) == ([], ["run-1"])
