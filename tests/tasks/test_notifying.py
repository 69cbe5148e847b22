"""Notifications as tasks: after a run, by the clock, and never in the way of a run."""

from types import ModuleType
from typing import Any

import pytest
from pydantic import SecretStr

from pipeline.bootstrap import in_memory
from pipeline.errors import Unavailable
from pipeline.records.runs import Run, RunState
from pipeline.settings import Settings
from tests._receiver import receiving
from tests.unit.notifications._project import NOW, end_run
from workers import dispatch
from workers.names import DELIVER, NOTIFY
from workers.schedule import beat_schedule

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def with_webhook(url: str = "http://127.0.0.1:1/") -> Settings:
    webhook = {"url": SecretStr(url), "secret": SecretStr(SECRET), "check_seconds": 77}
    return Settings(_env_file=None).with_changes(webhook=webhook)


@pytest.fixture
def tasks() -> ModuleType:
    from workers import tasks

    return tasks


def test_the_clock_looks_and_delivers_where_there_is_an_address() -> None:
    table = beat_schedule(with_webhook())
    assert (table["notify"]["task"], table["notify"]["schedule"]) == (NOTIFY, 77)
    assert (table["deliver"]["task"], table["deliver"]["schedule"]) == (DELIVER, 60)
    assert {"notify", "deliver"}.isdisjoint(beat_schedule(Settings(_env_file=None)))


def test_the_task_tells_what_has_happened_and_deletes_what_is_old(
    tasks: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports: Any = in_memory()
    with receiving() as receiver:
        settings = with_webhook(receiver.url)
        monkeypatch.setattr(tasks, "connect_once", lambda: (settings, ports))
        tasks.notify()
        end_run(ports, "run-1")
        receiver.answers = [500]
        tasks.notify()
        assert len(receiver.received) == 1
        [document] = ports.notifications.documents.values()
        assert document["status"] == "waiting"
        document["nextAttemptAt"] = NOW
        tasks.deliver()
        assert document["id"] in receiver.ids
        assert ports.notifications.get(document["id"]).status == "delivered"
        document = ports.notifications.documents[document["id"]]
        document["createdAt"] = NOW.replace(year=NOW.year - 1)
        tasks.notify()
        assert ports.notifications.documents == {}


@pytest.mark.parametrize("state", [RunState.REJECTED, RunState.COLLECTING])
def test_a_run_that_has_ended_causes_a_look(
    tasks: ModuleType, monkeypatch: pytest.MonkeyPatch, state: RunState
) -> None:
    queued: list[Any] = []
    run = Run(id="run-1", requested_at=NOW, state=state)
    monkeypatch.setattr(tasks, "connect_once", lambda: (with_webhook(), in_memory()))
    monkeypatch.setattr(tasks, "execute", lambda *_, **__: run)
    monkeypatch.setattr(tasks, "dispatch_notify", queued.append)
    tasks.retrain("run-1")
    assert len(queued) == int(state.ended)


def test_a_redis_that_is_gone_does_no_harm_to_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> None:
        raise Unavailable("Redis does not answer")

    monkeypatch.setattr(dispatch, "ping", fail)
    from workers.app import make_app

    dispatch.dispatch_notify(make_app(with_webhook()))
