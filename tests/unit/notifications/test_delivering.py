"""Every notification arrives at least once, or is given up after a day."""

import base64
import hashlib
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.errors import NoWebhook
from pipeline.notifications import delivering
from pipeline.notifications.delivering import PAUSES, deliver, deliver_due, send_test
from pipeline.records.notifications import Event, Notification, NotificationKind
from pipeline.settings import Settings
from tests._receiver import Receiver
from tests.unit.notifications.conftest import SECRET


def put(ports: Any, subject: str = "run-1", age: float = 1) -> Notification:
    now = datetime.now(UTC)
    event = Event(
        NotificationKind.RUN_ENDED,
        "promoted",
        subject,
        now,
        "Köln: it is „good“.",
        "/v1/x",
        subject,
    )
    made = Notification.of(event, now - timedelta(seconds=age))
    assert ports.notifications.create(made)
    return made


def later(ports: Any, seconds: float) -> None:
    ports.notifications.clock = lambda: time.time() + seconds


def test_what_is_posted_is_signed_and_says_what_happened(
    ports: Any, settings: Settings, receiver: Receiver
) -> None:
    made = put(ports)
    [told] = deliver_due(ports, settings.webhook)
    [received] = receiver.received
    headers = received.headers
    signed = f"{made.id}.{headers['webhook-timestamp']}.".encode() + received.body
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-id"] == made.id
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert json.loads(received.body) == {
        "id": made.id,
        "kind": "run.ended",
        "reason": "promoted",
        "at": made.at.isoformat().replace("+00:00", "Z"),
        "sentence": "Köln: it is „good“.",
        "runId": "run-1",
        "version": None,
        "link": "/v1/x",
    }
    assert (told.status, told.tries, told.next_attempt_at) == ("delivered", 1, None)
    assert [(each.code, each.error) for each in told.attempts] == [(204, None)]


def test_what_is_delivered_is_not_sent_again(
    ports: Any, settings: Settings, receiver: Receiver
) -> None:
    put(ports)
    for _ in range(3):
        deliver_due(ports, settings.webhook)
    assert len(receiver.received) == 1


def test_workers_that_deliver_at_once_send_each_one_once(
    ports: Any, settings: Settings, receiver: Receiver
) -> None:
    made = [put(ports, str(number)).id for number in range(6)]
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda _: deliver_due(ports, settings.webhook), range(4)))
    assert sorted(receiver.ids) == sorted(made)


def test_failures_are_repeated_with_growing_pauses_and_the_same_bytes(
    ports: Any, settings: Settings, receiver: Receiver
) -> None:
    made = put(ports)
    receiver.answers = [500, "close", 404]
    passed = 0.0
    for number, pause in enumerate((*PAUSES[:3], None)):
        later(ports, passed)
        [told] = deliver_due(ports, settings.webhook)
        assert told.tries == number + 1
        if pause is None:
            assert told.status == "delivered"
            break
        waits = told.next_attempt_at.timestamp() - time.time() - passed
        assert waits == pytest.approx(pause, abs=5)
        later(ports, passed + pause - 5)
        assert deliver_due(ports, settings.webhook) == []
        passed += pause + 5
    assert receiver.ids == [made.id] * 4
    assert len({each.body for each in receiver.received}) == 1
    assert [each.code for each in told.attempts] == [500, None, 404, 204]


def test_after_more_than_a_day_it_is_given_up(
    ports: Any, settings: Settings, receiver: Receiver
) -> None:
    put(ports)
    receiver.answers = [500] * 20
    passed = 0.0
    for pause in (*PAUSES, 0):
        later(ports, passed)
        [told] = deliver_due(ports, settings.webhook)
        passed += pause + 1
    assert (told.status, told.tries, told.next_attempt_at) == ("given_up", len(PAUSES) + 1, None)
    assert passed > 24 * 3600
    later(ports, passed + 10**6)
    assert deliver_due(ports, settings.webhook) == []


def test_what_could_not_be_tried_for_two_days_is_no_news(
    ports: Any, settings: Settings, receiver: Receiver
) -> None:
    put(ports, age=3 * 86_400)
    [told] = deliver_due(ports, settings.webhook)
    assert told.status == "given_up"
    assert receiver.received == []


def test_the_receiver_may_ask_for_a_longer_pause_but_not_for_ever(
    ports: Any, settings: Settings, receiver: Receiver
) -> None:
    for subject, asked, expected in (("a", "7200", 7200), ("b", "5", 60), ("c", "9" * 30, 86_400)):
        put(ports, subject)
        receiver.answers, receiver.headers = [429], {"Retry-After": asked}
        [told] = deliver_due(ports, settings.webhook)
        assert told.next_attempt_at.timestamp() - time.time() == pytest.approx(expected, abs=5)


def test_410_gives_it_up_at_once_and_others_are_still_tried(
    ports: Any, settings: Settings, receiver: Receiver
) -> None:
    put(ports, "a", age=9)
    put(ports, "b")
    receiver.answers = [410]
    told = deliver_due(ports, settings.webhook)
    assert [each.status for each in told] == ["given_up", "delivered"]


def test_a_receiver_that_is_down_is_not_asked_by_all_of_them(
    ports: Any, settings: Settings, receiver: Receiver
) -> None:
    for number in range(10):
        put(ports, str(number))
    receiver.answers = [500] * 10
    assert len(deliver_due(ports, settings.webhook)) == delivering.MOST_FAILURES
    assert len(deliver_due(ports, settings.webhook)) == delivering.MOST_FAILURES
    assert len(set(receiver.ids)) == 2 * delivering.MOST_FAILURES


def test_a_process_that_dies_while_it_sends_loses_nothing(
    ports: Any, settings: Settings, receiver: Receiver
) -> None:
    made = put(ports)

    def die(*_: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver_due(ports, settings.webhook, die)
    assert deliver_due(ports, settings.webhook) == []
    later(ports, delivering.CLAIM_SECONDS + 1)
    [told] = deliver_due(ports, settings.webhook)
    assert (told.status, told.tries, receiver.ids) == ("delivered", 2, [made.id])


def test_a_notification_that_is_deleted_while_it_is_sent_stops_nothing(
    ports: Any, settings: Settings, receiver: Receiver
) -> None:
    put(ports, "a", age=9)
    put(ports, "b")
    post = delivering.post

    def delete_first(*given: Any) -> Any:
        ports.notifications.documents.pop(put_id, None)
        return post(*given)

    put_id = ports.notifications.due()[0].id
    told = deliver_due(ports, settings.webhook, delete_first)
    assert [each.run_id for each in told] == ["b"]


def test_a_test_is_sent_at_once_and_tried_once(
    ports: Any, settings: Settings, receiver: Receiver
) -> None:
    receiver.answers = [204, 500]
    good, bad = (send_test(ports, settings.webhook) for _ in range(2))
    assert (good.kind, good.status, good.attempts[0].code) == ("test", "delivered", 204)
    assert (bad.status, bad.attempts[0].code, bad.next_attempt_at) == ("given_up", 500, None)
    assert receiver.ids == [good.id, bad.id]
    assert good.id != bad.id
    assert "." not in good.id


def test_without_an_address_nothing_is_sent(ports: Any, receiver: Receiver) -> None:
    webhook = Settings(_env_file=None).webhook
    made = put(ports)
    assert deliver_due(ports, webhook) == []
    with pytest.raises(NoWebhook):
        send_test(ports, webhook)
    with pytest.raises(NoWebhook):
        deliver(made.id, ports, webhook)
    assert ports.notifications.get(made.id) == made
