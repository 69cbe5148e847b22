"""GET /v1/notifications, and the test that an owner sends."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakeredis import FakeRedis
from fastapi.testclient import TestClient
from pydantic import SecretStr

from pipeline.records.notifications import Event, Notification, NotificationKind
from pipeline.settings import Settings
from service.routes import notifications
from tests._receiver import Receiver, receiving

KEY = {"X-API-Key": "an-api-key-for-tests"}
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


@pytest.fixture
def told(connect: Callable[..., TestClient], settings: Settings, receiver: Receiver) -> TestClient:
    """An owner's client of a service that sends notifications."""
    webhook = {"url": SecretStr(receiver.url), "secret": SecretStr(SECRET)}
    return connect(KEY, settings=settings.with_changes(webhook=webhook), redis=FakeRedis())


def put(ports: Any, subject: str, kind: NotificationKind = NotificationKind.ALARM) -> str:
    now = datetime.now(UTC)
    event = Event(kind, "run_failed", subject, now, "It has failed.", "/v1/retrains/run-1")
    made = Notification.of(event, now - timedelta(minutes=len(subject)))
    ports.notifications.create(made)
    return made.id


def test_a_test_shows_what_the_receiver_answered_and_is_recorded(
    told: TestClient, receiver: Receiver
) -> None:
    answer = told.post("/v1/notifications/test")
    sent = answer.json()
    assert (answer.status_code, sent["kind"], sent["status"]) == (200, "test", "delivered")
    assert [attempt["code"] for attempt in sent["attempts"]] == [204]
    [received] = receiver.received
    assert json.loads(received.body)["id"] == sent["id"] == received.headers["webhook-id"]
    assert told.get(f"/v1/notifications/{sent['id']}").json() == sent
    assert told.get("/v1/notifications?kind=test").json()["notifications"] == [sent]


def test_a_test_that_fails_says_why(
    told: TestClient, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifications, "TEST_SECONDS", 0.3)
    for answer, code, said in (
        (500, 500, "answered 500"),
        (302, 302, "redirects"),
        ("hang", None, "no answer within"),
    ):
        receiver.answers = [answer]
        response = told.post("/v1/notifications/test")
        sent = response.json()
        assert (sent["status"], sent["attempts"][0]["code"]) == ("given_up", code)
        assert said in sent["attempts"][0]["error"]
        assert "s3cret-path" not in response.text


def test_a_test_that_is_repeated_with_its_key_is_sent_once(
    told: TestClient, receiver: Receiver
) -> None:
    first, again = (
        told.post("/v1/notifications/test", headers={"Idempotency-Key": "k"}) for _ in range(2)
    )
    assert again.json() == first.json()
    assert len(receiver.received) == 1


def test_without_an_address_the_answer_says_what_to_set(
    owner: TestClient, is_problem: Callable[..., Any]
) -> None:
    problem = is_problem(owner.post("/v1/notifications/test"), 409, "no-webhook")
    assert "REDRAW_WEBHOOK_URL" in problem["detail"]


def test_notifications_are_listed_from_new_to_old_filtered_and_in_pages(
    owner: TestClient, ports: Any
) -> None:
    ids = [put(ports, "x" * number) for number in range(1, 4)]
    other = put(ports, "other", NotificationKind.RUN_ENDED)

    def look(query: str) -> tuple[list[str], str | None]:
        page = owner.get(f"/v1/notifications{query}").json()
        return [each["id"] for each in page["notifications"]], page["next"]

    assert look("") == ([*ids, other], None)
    assert look("?kind=alarm")[0] == ids
    assert look("?status=delivered") == ([], None)
    first, after = look("?limit=2&status=waiting")
    assert first == ids[:2]
    assert look(f"?limit=2&after={after}") == ([ids[2], other], None)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "kind=none", "status=none", "after=x", "after=%00"]
)
def test_a_query_that_means_nothing_is_refused(
    owner: TestClient, is_problem: Callable[..., Any], query: str
) -> None:
    is_problem(owner.get(f"/v1/notifications?{query}"), 422, "invalid-request")


def test_one_that_is_not_there_is_not_found(
    owner: TestClient, is_problem: Callable[..., Any]
) -> None:
    is_problem(owner.get("/v1/notifications/msg_" + "0" * 32), 404, "not-found")
    is_problem(owner.get("/v1/notifications/none"), 422, "invalid-request")
