"""What is wrong, or waits for an owner, is told when it begins, and again only if it comes back."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.errors import Unavailable
from pipeline.notifications.finding import find_notifications
from pipeline.records.corrections import CorrectionState
from pipeline.records.runs import Run
from tests.unit.notifications._project import NOW, publish, release_two, with_webhook

SETTINGS = with_webhook(quarantined=4, pending_hours=200)


class Clock:
    """The server's, for runs and notifications."""

    def __init__(self, *parts: Any) -> None:
        self.ahead = 0.0
        # The middle of an hour: corrections are looked at at its beginning.
        self.start = 3600 * (int(time.time()) // 3600)
        for part in parts:
            part.clock = self

    def __call__(self) -> float:
        return self.start + self.ahead


@pytest.fixture
def ports() -> Any:
    ports = in_memory()
    release_two(ports)
    return ports


@pytest.fixture
def clock(ports: Any) -> Clock:
    return Clock(ports.notifications, ports.runs)


@pytest.fixture
def look(ports: Any, clock: Clock) -> Callable[[], list[str]]:
    def find() -> list[str]:
        clock.ahead += 1
        return sorted(each.reason for each in find_notifications(ports, SETTINGS))

    return find


Look = Callable[[], list[str]]


def test_nothing_is_wrong_in_a_sound_project(look: Look) -> None:
    assert [look(), look()] == [[], []]


def test_lost_files_are_told_once_until_they_are_back(ports: Any, look: Look) -> None:
    objects = dict(ports.artefacts.objects)
    ports.artefacts.objects.clear()
    assert [look(), look()] == [["files_missing"], []]
    ports.artefacts.objects.update(objects)
    assert look() == []
    ports.artefacts.objects.clear()
    assert look() == ["files_missing"]


def test_a_storage_that_does_not_answer_ends_and_begins_nothing(
    ports: Any, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise Unavailable("Storage is gone")

    ports.artefacts.objects.clear()
    assert look() == ["files_missing"]
    with monkeypatch.context() as broken:
        broken.setattr(ports.artefacts, "list", fail)
        assert look() == []
    assert look() == []
    assert len(ports.notifications.documents) == 1


def test_a_release_that_stays_lost_is_told_after_a_while(
    ports: Any, look: Look, clock: Clock
) -> None:
    ports.models._release = None
    assert look() == []
    clock.ahead += 660
    assert look() == ["no_release"]
    ports.models._release = {"version": 7}
    assert look() == []


def test_one_that_is_repaired_at_once_is_not_told(ports: Any, look: Look, clock: Clock) -> None:
    release, ports.models._release = ports.models._release, None
    assert look() == []
    ports.models._release = release
    clock.ahead += 660
    assert look() == []


def test_a_run_that_no_worker_takes_is_told(ports: Any, look: Look, clock: Clock) -> None:
    ports.runs.request(Run(id="run-1", requested_at=datetime.fromtimestamp(clock(), UTC)))
    clock.ahead += 800
    assert look() == []
    clock.ahead += 200
    assert [look(), look()] == [["run_waits"], []]
    ports.runs.claim("run-1", "worker", 60)
    assert look() == []


def test_a_worker_that_died_and_was_not_replaced_is_told(
    ports: Any, look: Look, clock: Clock
) -> None:
    ports.runs.request(Run(id="run-1", requested_at=datetime.fromtimestamp(clock(), UTC)))
    ports.runs.claim("run-1", "worker", 600)
    clock.ahead += 1_000
    assert look() == []
    clock.ahead += 600
    assert look() == ["run_waits"]


def test_a_run_in_trouble_is_told_before_it_fails(ports: Any, look: Look, clock: Clock) -> None:
    ports.runs.request(Run(id="run-1", requested_at=datetime.fromtimestamp(clock(), UTC)))
    for _ in range(2):
        lease = ports.runs.claim("run-1", "worker", 60, early=True)
        ports.runs.pause(lease, "secret-host refused", timedelta(hours=1))
        assert look() == []
        clock.ahead += 1_000
    lease = ports.runs.claim("run-1", "worker", 60, early=True)
    ports.runs.pause(lease, "secret-host refused", timedelta(hours=1))
    assert look() == ["run_in_trouble"]
    assert "secret-host" not in str(ports.notifications.documents)


def test_a_dead_run_that_stays_in_the_slot_is_told(ports: Any, look: Look, clock: Clock) -> None:
    ports.runs.request(Run(id="run-1", requested_at=NOW))
    ports.runs.documents.clear()
    assert look() == []
    clock.ahead += 660
    assert look() == ["slot_dead"]


def test_many_quarantined_corrections_are_told_until_half_are_decided(
    ports: Any, look: Look
) -> None:
    documents = ports.corrections.documents

    def put(number: int) -> None:
        documents.clear()
        for each in range(number):
            documents[str(each)] = {"status": str(CorrectionState.QUARANTINED), "userId": "pia"}

    told = []
    for number in (3, 4, 3, 4, 2, 4, 1, 4):
        put(number)
        told.append(look())
    assert told == [[], ["quarantined"], [], [], [], [], [], ["quarantined"]]
    assert "pia" not in str(ports.notifications.documents)


def test_a_correction_that_nobody_merges_is_told_at_most_once_an_hour(
    ports: Any, look: Look, clock: Clock
) -> None:
    old = datetime.fromtimestamp(clock(), UTC) - timedelta(hours=201)
    ports.corrections.documents["c1"] = {"status": "pending", "timestamp": old, "userId": "pia"}
    ports.corrections.written["c1"] = old
    clock.ahead = 1800
    assert look() == []
    clock.ahead = 3600
    assert look() == ["oldest_pending"]
    clock.ahead = 5400  # it is not looked at: that is no end
    assert look() == []
    clock.ahead = 7200
    assert look() == []


def test_a_trial_that_cannot_be_read_needs_an_owner(ports: Any, look: Look, clock: Clock) -> None:
    from tests.contract._trials import a_plan

    trial, _ = ports.trials.begin(publish(ports), a_plan())
    assert look() == []
    del ports.models.trials[trial.id]
    assert look() == []
    clock.ahead += 660
    assert look() == ["trial_unreadable"]
