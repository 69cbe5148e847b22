"""The page System: health, checks, notifications, space and settings."""

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import fakeredis
import pytest
from fastapi.testclient import TestClient

from pipeline.errors import Unavailable
from pipeline.ports import Ports
from pipeline.records.notifications import Event, Notification, NotificationKind
from pipeline.service_settings import WebhookSettings
from pipeline.settings import Settings
from tests._machine import make_machine_well
from tests.api.conftest import API_KEY
from tests.api.pages.conftest import Post
from workers.heartbeat import write_sweep

Load = Callable[[], str]


@pytest.fixture(autouse=True)
def redis(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Redis answers, for pages and for the check of it."""
    client = fakeredis.FakeRedis()
    monkeypatch.setattr("service.assembly.connect_redis", lambda _: client)
    make_machine_well(monkeypatch)
    return client


@pytest.fixture
def load(signed_in: TestClient) -> Load:
    """Reload the page as a browser without scripts does, until nothing is looked at any more."""

    def reload() -> str:
        while "Reload</a> to see more" in (text := signed_in.get("/system").text):
            threading.Event().wait(0.001)
        return text

    return reload


def test_a_project_in_which_all_is_well_says_so(
    load: Load, redis: Any, version: Callable[..., str]
) -> None:
    write_sweep(redis)
    version(released=True)
    text = load()
    assert "Firestore: this needs you" not in text
    assert "A worker did what beat had sent" in text
    assert "All files of the released version are there." in text
    assert "No run is under way." in text


def test_the_page_answers_at_once_and_says_what_is_still_looked_at(
    signed_in: TestClient, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering = threading.Event()
    monkeypatch.setattr(ports.models, "has_ready", lambda: answering.wait(60))
    text = signed_in.get("/system").text
    assert "its turn comes" in text
    assert 'href="/system">Reload</a>' in text
    assert 'hx-get="/system/now"' in text
    answering.set()


def test_at_the_end_nothing_is_loaded_again(load: Load, signed_in: TestClient) -> None:
    load()
    assert "hx-get" not in signed_in.get("/system/now").text


def test_the_part_that_changes_is_no_page_of_its_own(signed_in: TestClient) -> None:
    text = signed_in.get("/system/now").text
    assert text.startswith('<div id="now"')
    assert "<html" not in text


def test_a_worker_that_was_not_seen_for_long_is_said_to_stand_still(load: Load) -> None:
    text = load()
    assert "Worker and beat: this needs you" in text
    assert "start a worker and beat" in text


def test_a_firestore_that_does_not_answer_is_named_and_nothing_is_claimed_about_it(
    load: Load, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise Unavailable("secret-host:99")

    for port in (ports.models, ports.runs, ports.notifications):
        for name in ("has_ready", "release", "slot", "page"):
            if hasattr(port, name):
                monkeypatch.setattr(port, name, fail)
    text = load()
    assert "Firestore" in text.partition("</h1>")[0]
    assert "It needs Firestore and Storage, and one of them does not answer." in text
    assert "Not known at the moment: Firestore does not answer" in text
    assert "Firestore would say it." in text
    assert "No run is under way" not in text


def test_a_problem_that_a_check_finds_is_told_with_what_to_do(
    load: Load, redis: Any, ports: Ports
) -> None:
    write_sweep(redis)
    ports.runs.slot_document |= {"fence": "x"}  # type: ignore[attr-defined]
    text = load()
    assert "Run: this needs you" in text.partition("</h1>")[0]
    assert text.count("the next request or the sweep of a worker frees the slot") > 1


def test_a_problem_names_its_chapter_of_the_runbook(load: Load, ports: Ports) -> None:
    ports.runs.slot_document |= {"fence": "x"}  # type: ignore[attr-defined]
    assert "<code>docs/runbook.md#check-slot</code>" in load()


def test_what_could_not_be_looked_at_is_not_known_and_says_why(load: Load, ports: Ports) -> None:
    inspector: Any = ports.inspector
    inspector.errors["ask_as_stranger"] = Unavailable("no clock answers")
    text = load()
    (check,) = re.findall(r"<b>clock</b>(.*?)</li>", text, re.DOTALL)
    assert "not known" in check
    assert "no clock answers" in check


def test_the_checks_are_made_again_on_request_and_all_data_is_read_on_request_alone(
    load: Load, post: Post
) -> None:
    assert "not checked" in load()
    post("/system/checks", slow="true")
    assert "not checked" not in load()


def test_without_a_receiver_the_owner_learns_how_to_set_one(load: Load) -> None:
    text = load()
    assert "No receiver is set" in text
    assert "Send a test" not in text


def notification(sentence: str) -> Notification:
    event = Event(NotificationKind.ALARM, "no_release", "x", datetime.now(UTC), sentence, "/v1")
    return Notification.of(event, datetime.now(UTC) - timedelta(minutes=1))


def test_the_newest_notifications_are_shown_with_how_their_delivery_goes(
    connect: Callable[..., TestClient], settings: Settings, ports: Ports
) -> None:
    webhook = WebhookSettings(url="http://127.0.0.1:1/secret-path", secret=f"whsec_{'A' * 32}")
    ports.notifications.create(notification("Nothing is <b>released</b>."))
    browser = connect(settings=settings.model_copy(update={"webhook": webhook}))
    browser.post("/sign-in", data={"key": API_KEY})
    text = browser.get("/system").text
    assert "Nothing is &lt;b&gt;released&lt;/b&gt;." in text
    assert "waits until" in text
    assert "Send a test" in text
    assert "secret-path" not in text


def test_settings_are_shown_with_their_source_and_found_by_words(signed_in: TestClient) -> None:
    text = signed_in.get("/system/settings?q=webhook+secret").text
    assert "REDRAW_WEBHOOK_SECRET" in text
    assert "REDRAW_PORT" not in text
    assert signed_in.get("/system/settings").text.count("<li>") > 100


def test_words_that_no_setting_has_lead_back_to_all(signed_in: TestClient) -> None:
    text = signed_in.get("/system/settings?q=%3Cscript%3E").text
    assert "No setting has these words" in text
    assert "<script>" not in text


def test_the_api_key_is_nowhere_on_the_pages(signed_in: TestClient, load: Load) -> None:
    assert API_KEY not in load()
    assert API_KEY not in signed_in.get("/system/settings").text


def test_space_says_how_it_was_counted(load: Load, version: Callable[..., str]) -> None:
    version(released=True)
    text = load()
    assert "1,000 objects in a call" in text
    assert 'href="/versions/v1.0.0"' in text


def test_space_that_cannot_be_counted_is_not_said_to_be_none(
    connect: Callable[..., TestClient], ports: Ports, broken: Callable[[Exception], Any]
) -> None:
    browser = connect(ports=replace(ports, artefacts=broken(Unavailable("gone"))))
    browser.post("/sign-in", data={"key": API_KEY})
    while "Not known at the moment: Firestore or Storage" not in (
        text := browser.get("/system").text
    ):
        threading.Event().wait(0.001)
    assert "Nothing is stored yet" not in text
