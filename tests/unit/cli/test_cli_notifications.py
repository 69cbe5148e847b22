"""`redraw notifications`, over ports in memory and a real receiver."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.records.notifications import Event, Notification, NotificationKind
from pipeline.settings_reading import load_settings
from service.checks.check import Finding
from service.checks.documents import find_notifications
from tests._receiver import Receiver, receiving
from tests.unit.cli._runs import Call

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiving() as server:
        monkeypatch.setenv("REDRAW_WEBHOOK_URL", server.url)
        monkeypatch.setenv("REDRAW_WEBHOOK_SECRET", SECRET)
        yield server


def test_a_test_says_what_the_receiver_answered(redraw: Call, receiver: Receiver) -> None:
    code, said, _ = redraw("notifications", "--test")
    assert (code, len(receiver.received)) == (0, 1)
    sent = json.loads(receiver.received[0].body)
    assert said == f"{sent['id']}: delivered, the receiver answered 204\n"
    code, listed, _ = redraw("notifications")
    assert code == 0
    assert sent["sentence"] in listed
    assert "delivered, the receiver answered 204" in listed


def test_a_test_that_fails_ends_with_1_and_says_why(redraw: Call, receiver: Receiver) -> None:
    receiver.answers = [401]
    code, said, error = redraw("notifications", "--test")
    assert code == 1
    assert "given up after 1 tries: the receiver answered 401" in said
    assert "REDRAW_WEBHOOK_SECRET" in error
    assert "s3cret-path" not in said + error


def test_without_an_address_it_says_what_to_set(redraw: Call) -> None:
    assert redraw("notifications") == (
        0,
        "there are no notifications; REDRAW_WEBHOOK_URL is not set, so none is made\n",
        "",
    )
    code, _, error = redraw("notifications", "--test")
    assert (code, "REDRAW_WEBHOOK_URL" in error) == (1, True)


def test_those_that_were_given_up_can_be_listed_alone(redraw: Call, ports: Any) -> None:
    now = datetime.now(UTC)
    for subject in ("waiting", "lost"):
        event = Event(NotificationKind.ALARM, "run_failed", subject, now, subject, "/v1/x")
        made = Notification.of(event, now)
        ports.notifications.create(made)
    ports.notifications.documents[made.id] |= {"status": "given_up", "nextAttemptAt": None}
    _, said, _ = redraw("notifications", "--failed")
    assert "lost" in said
    assert "waiting" not in said


def test_the_doctor_notices_a_receiver_that_takes_nothing_any_more(
    redraw: Call, ports: Any, receiver: Receiver
) -> None:
    def look() -> Finding:
        (finding,) = find_notifications(ports, load_settings())
        return finding

    assert [*find_notifications(ports, load_settings())] == []
    receiver.answers = [204, 401]
    redraw("notifications", "--test")
    assert "has arrived" in look().name
    redraw("notifications", "--test")
    problem = str(look().problem)
    assert re.search(r"newest 1 notifications .* answered 401", problem)
    redraw("notifications", "--test")
    assert look().problem is None


def test_the_doctor_says_that_nothing_is_told_where_no_receiver_is_set(ports: Any) -> None:
    (finding,) = find_notifications(ports, load_settings())
    assert "no receiver is set" in finding.name
    assert finding.problem is None


def test_a_run_that_is_executed_here_is_told_without_a_worker(
    redraw: Call, receiver: Receiver
) -> None:
    redraw("retrain")
    redraw("retrain")
    told = [json.loads(each.body) for each in receiver.received]
    assert [each["kind"] for each in told] == ["run.ended", "run.ended"]
    assert told[0]["runId"] != told[1]["runId"]


def test_a_receiver_that_is_down_does_no_harm_to_a_run(redraw: Call, receiver: Receiver) -> None:
    receiver.answers = [500]
    code, said, _ = redraw("retrain")
    assert (code, "promoted" in said) == (0, True)
