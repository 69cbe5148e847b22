"""The outbox of notifications: created once, claimed by one, listed, and what was noticed."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.errors import InvalidPlace, NotFound, UnreadableDocument
from pipeline.records.notifications import (
    Attempt,
    DeliveryStatus,
    Event,
    Notification,
    NotificationKind,
)

NOW = datetime.now(UTC)
GOOD = Attempt(at=NOW, seconds=0.1, code=200)
BAD = Attempt(at=NOW, seconds=0.1, code=500, error="the receiver answered 500")


def a_notification(
    subject: str = "run-1", *, age: float = 60, kind: NotificationKind = NotificationKind.RUN_ENDED
) -> Notification:
    event = Event(kind, "promoted", subject, NOW, "It has ended.", f"/v1/retrains/{subject}")
    return Notification.of(event, datetime.now(UTC) - timedelta(seconds=age))


def test_an_event_is_recorded_once(world: Any) -> None:
    store, first = world.ports.notifications, a_notification(age=60)
    assert store.create(first) is True
    assert store.create(a_notification(age=5)) is False
    assert store.get(first.id) == first
    with ThreadPoolExecutor(4) as crowd:
        made = list(crowd.map(lambda _: store.create(a_notification("run-2")), range(4)))
    assert sorted(made) == [False, False, False, True]


@pytest.mark.parametrize("name", ["msg_none", "", "a/b", "."])
def test_one_that_is_not_there_is_not_found_and_not_claimed(world: Any, name: str) -> None:
    with pytest.raises(NotFound):
        world.ports.notifications.get(name)
    assert world.ports.notifications.claim(name, 60) is None


def test_one_of_many_claims_it_and_the_others_get_nothing(world: Any) -> None:
    store, made = world.ports.notifications, a_notification()
    store.create(made)
    with ThreadPoolExecutor(4) as crowd:
        claimed = [each for each in crowd.map(lambda _: store.claim(made.id, 60), range(4)) if each]
    assert [each.tries for each in claimed] == [1]
    assert store.due() == []


def test_what_its_process_left_is_due_again_later(world: Any) -> None:
    store, made = world.ports.notifications, a_notification()
    store.create(made)
    store.claim(made.id, 0.01)
    time.sleep(0.02)
    assert [each.id for each in store.due()] == [made.id]
    again = store.claim(made.id, 60)
    assert again.tries == 2


def test_what_is_delivered_is_never_due_again(world: Any) -> None:
    store, made = world.ports.notifications, a_notification()
    store.create(made)
    noted = store.note(store.claim(made.id, 60), GOOD, DeliveryStatus.DELIVERED)
    assert (noted.status, noted.next_attempt_at, noted.attempts) == ("delivered", None, [GOOD])
    assert store.get(made.id) == noted
    assert (store.due(), store.claim(made.id, 60)) == ([], None)


def test_what_failed_waits_for_its_pause(world: Any) -> None:
    store, made = world.ports.notifications, a_notification()
    store.create(made)
    noted = store.note(store.claim(made.id, 60), BAD, DeliveryStatus.WAITING, 600)
    assert noted.next_attempt_at > datetime.now(UTC) + timedelta(minutes=5)
    assert (store.due(), store.claim(made.id, 60)) == ([], None)
    assert store.get(made.id).attempts == [BAD]


@pytest.mark.parametrize(
    ("late", "expected"),
    [(DeliveryStatus.GIVEN_UP, "waiting"), (DeliveryStatus.DELIVERED, "delivered")],
)
def test_who_comes_back_late_changes_only_that_it_is_delivered(
    world: Any, late: DeliveryStatus, expected: str
) -> None:
    store, made = world.ports.notifications, a_notification()
    store.create(made)
    slow = store.claim(made.id, 0.001)
    time.sleep(0.01)
    assert store.claim(made.id, 60) is not None
    assert store.note(slow, GOOD, late).status == expected


def test_only_the_newest_attempts_are_kept(world: Any) -> None:
    store, made = world.ports.notifications, a_notification()
    store.create(made)
    for number in range(13):
        claimed = store.claim(made.id, 60)
        attempt = BAD.model_copy(update={"code": 500 + number})
        store.note(claimed, attempt, DeliveryStatus.WAITING, -1)
    kept = store.get(made.id)
    assert [each.code for each in kept.attempts] == list(range(503, 513))
    assert kept.tries == 13


def test_those_due_longest_come_first(world: Any) -> None:
    store = world.ports.notifications
    for subject, age in (("b", 30), ("a", 90), ("c", -600)):
        store.create(a_notification(subject, age=age))
    assert [each.link[-1] for each in store.due()] == ["a", "b"]
    assert [each.link[-1] for each in store.due(1)] == ["a"]


def test_the_list_goes_from_new_to_old_in_pages_and_can_be_filtered(world: Any) -> None:
    store = world.ports.notifications
    for number in range(5):
        kind = NotificationKind.ALARM if number % 2 else NotificationKind.RUN_ENDED
        store.create(a_notification(str(number), age=100 - number, kind=kind))
    delivered = store.due()[0]
    store.note(store.claim(delivered.id, 60), GOOD, DeliveryStatus.DELIVERED)

    def names(**options: Any) -> list[str]:
        return [each.link[-1] for each in store.page(**options).records]

    assert names() == ["4", "3", "2", "1", "0"]
    first = store.page(limit=2)
    assert [each.link[-1] for each in first.records] == ["4", "3"]
    assert names(after=first.next_after) == ["2", "1", "0"]
    assert store.page(limit=5).next_after is None
    assert names(kind=NotificationKind.ALARM) == ["3", "1"]
    assert names(status=DeliveryStatus.DELIVERED) == ["0"]
    assert names(status=DeliveryStatus.WAITING, kind=NotificationKind.RUN_ENDED, limit=1) == ["4"]


@pytest.mark.parametrize("after", ["", "x" * 101, "\0"])
def test_a_place_that_is_none_is_refused(world: Any, after: str) -> None:
    with pytest.raises(InvalidPlace):
        world.ports.notifications.page(after)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "done"},
        {"sentence": None},
        {"createdAt": "2026-01-01"},
        {"nextAttemptAt": "soon"},
        {"id": "msg_other"},
        {"attempts": "none"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_one_that_cannot_be_read_is_named_and_stops_no_other(world: Any, change: Any) -> None:
    store, made, odd = world.ports.notifications, a_notification(), a_notification("odd")
    store.create(made)
    world.edit(f"notifications/{odd.id}", {**odd.document(), **change})
    page = store.page()
    assert page.records == [made]
    assert [each.path for each in page.unreadable] == [f"notifications/{odd.id}"]
    assert [each.id for each in store.due()] == [made.id]
    with pytest.raises(UnreadableDocument):
        store.get(odd.id)


def test_old_ones_are_deleted_and_younger_ones_stay(world: Any) -> None:
    store = world.ports.notifications
    for number in range(4):
        store.create(a_notification(str(number), age=1000 * number))
    before = datetime.now(UTC) - timedelta(seconds=1500)
    assert store.delete_before(before, limit=1) == 1
    assert store.delete_before(before) == 1
    assert sorted(each.link[-1] for each in store.page().records) == ["0", "1"]


def test_what_was_noticed_never_goes_back(world: Any) -> None:
    store = world.ports.notifications
    noticed, at = store.look()
    assert (noticed.runs_until, noticed.release_fence) == (None, 0)
    assert abs(at - datetime.now(UTC)) < timedelta(minutes=5)
    store.note_looked(NOW, ["run-1"], 7)
    store.note_looked(NOW - timedelta(days=1), ["run-1", "run-2"], 3)
    noticed = store.look().noticed
    assert (noticed.runs_until, noticed.runs, noticed.release_fence) == (NOW, ["run-1", "run-2"], 7)


def test_a_condition_keeps_the_time_when_it_began_until_it_ends(world: Any) -> None:
    store = world.ports.notifications
    began = store.note_conditions(["files:v1.0.0", "slot:run-1"])
    assert store.note_conditions(["files:v1.0.0"], unknown=["slot"]) == began
    assert (
        store.note_conditions(["files:v1.0.0", "pending"])["files:v1.0.0"] == began["files:v1.0.0"]
    )
    assert store.note_conditions([]) == {}
    assert store.note_conditions(["files:v1.0.0"])["files:v1.0.0"] > began["files:v1.0.0"]
    store.note_looked(NOW, [], 1)
    assert list(store.look().noticed.conditions) == ["files:v1.0.0"]


def test_a_document_of_what_was_noticed_that_cannot_be_read_counts_as_none(world: Any) -> None:
    world.edit("notification_state/noticed", {"runsUntil": "soon", "conditions": 7})
    store = world.ports.notifications
    assert store.look().noticed.runs_until is None
    store.note_looked(NOW, [], 1)
    assert store.look().noticed.runs_until == NOW


def test_runs_are_found_by_when_they_were_written(world: Any) -> None:
    from pipeline.records.runs import Run

    runs = world.ports.runs
    for name in ("run-1", "run-2"):
        runs.request(Run(id=name, requested_at=NOW))
        runs.cancel(name, "ada")
    world.edit("training_runs/odd", {"updatedAt": NOW + timedelta(days=1)})
    world.edit("training_runs/text", {"updatedAt": "tomorrow"})
    first, second = (runs.get(name) for name in ("run-1", "run-2"))

    def names(*given: Any) -> list[str]:
        return [run.id for run in runs.written_since(*given).records]

    assert names(first.updated_at) == ["run-1", "run-2"]
    assert names(first.updated_at, 1) == ["run-1"]
    assert names(second.updated_at) == ["run-2"]
