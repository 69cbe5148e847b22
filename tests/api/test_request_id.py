"""Each request has an id: in its answer, in the log, and in the tasks that it causes."""

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from celery import Celery, signals
from celery.app.trace import build_tracer
from fastapi.testclient import TestClient

from pipeline.logs.context import current_ids, log_context
from pipeline.settings import Settings
from service.http.request_id import is_harmless
from tests.api.conftest import API_KEY
from workers.app import make_app
from workers.log_signals import HEADER
from workers.names import CHECK, RETRAIN

OURS = re.compile(r"[0-9a-f]{32}")


def id_of(client: TestClient, sent: str | None = None, path: str = "/healthz") -> str:
    headers = {} if sent is None else {"X-Request-ID": sent}
    [request_id] = client.get(path, headers=headers).headers.get_list("X-Request-ID")
    return request_id


def test_every_answer_names_its_request(stranger: TestClient) -> None:
    paths = ["/healthz", "/v1/release", "/nowhere", "/v1/retrains", "/healthz"]
    ids = [id_of(stranger, path=path) for path in paths]
    assert all(map(OURS.fullmatch, ids))
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    "sent",
    [
        "1b4e28ba-2fa1-41d2-883f-0016d3cca427",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "game.42_a",
    ],
)
def test_an_id_of_a_caller_is_harmless(sent: str) -> None:
    assert is_harmless(sent)


@pytest.mark.parametrize(
    "sent",
    ["", "short", "a" * 65, "two words", "a;b;c;d;e;f", "<script>alert", "caf\xe9-caf\xe9",
     "-starts-odd", "${jndi:ldap}", '"quoted-id"', "a\tb\tc\td\te", "in-two-lines\n"],
)  # fmt: skip
def test_another_text_is_no_id(sent: str) -> None:
    assert not is_harmless(sent)


def test_a_harmless_id_is_taken_and_another_is_not(stranger: TestClient) -> None:
    assert id_of(stranger, "game.42_a") == "game.42_a"
    assert OURS.fullmatch(id_of(stranger, "two words"))
    assert OURS.fullmatch(id_of(stranger, ""))


def test_an_error_that_nobody_expected_has_one_too(
    connect: Callable[..., TestClient], broken: Callable[[Exception], Any]
) -> None:
    def enqueue(_: str) -> None:
        raise KeyError("odd")

    client = connect({"X-API-Key": API_KEY}, enqueue=enqueue)
    answer = client.post("/v1/retrains", headers={"X-Request-ID": "of-the-game"})
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] == "of-the-game"


def test_pages_may_read_it(stranger: TestClient) -> None:
    exposed = stranger.get("/v1/release").headers["Access-Control-Expose-Headers"]
    assert "X-Request-ID" in exposed


class Heard(logging.Handler):
    """Keeps what the log would name beside each message."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: dict[str, dict[str, str]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        self.ids[record.getMessage()] = dict(current_ids())


@pytest.fixture
def heard() -> Any:
    handler, log = Heard(), logging.getLogger("service")
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield handler.ids
    log.removeHandler(handler)
    log.setLevel(level)


def test_what_a_request_logs_names_it_and_its_run(
    owner: TestClient, heard: dict[str, dict[str, str]]
) -> None:
    run = owner.post("/v1/retrains", headers={"X-Request-ID": "of-the-game"}).json()
    said = heard[f"the API key requested run {run['id']}"]
    assert said == {"request_id": "of-the-game", "run_id": run["id"]}


def test_an_owners_account_is_not_named(
    connect: Callable[..., TestClient], heard: dict[str, dict[str, str]]
) -> None:
    owner = connect({"Authorization": "Bearer admin-token"})
    run = owner.post("/v1/retrains").json()
    assert f"an owner's account requested run {run['id']}" in heard
    assert "ada" not in str(heard)


def test_the_thread_that_queues_a_run_knows_the_request(
    connect: Callable[..., TestClient],
) -> None:
    seen: list[str | None] = []
    client = connect(
        {"X-API-Key": API_KEY}, enqueue=lambda _: seen.append(current_ids().get("request_id"))
    )
    client.post("/v1/retrains", headers={"X-Request-ID": "of-the-game"})
    assert seen == ["of-the-game"]


@pytest.fixture
def celery(settings: Settings) -> Celery:
    """The workers' application, over a broker in memory."""
    app = make_app(settings)
    app.conf.update(broker_url="memory://", broker_transport="memory", result_backend=None)
    return app


@pytest.fixture
def published() -> Any:
    """The headers of messages that were sent."""
    sent: list[dict[str, Any]] = []

    def note(headers: dict[str, Any], **_: Any) -> None:
        sent.append(headers)

    signals.after_task_publish.connect(note)
    yield sent
    signals.after_task_publish.disconnect(note)


def work(app: Celery, name: str, args: list[Any], headers: dict[str, Any], do: Any) -> None:
    """Execute a task as a worker does."""
    task = app.task(name=name, shared=False)(do)
    request = {"id": "1", "task": name, "args": args, "kwargs": {}, "delivery_info": {}, **headers}
    build_tracer(name, task, app=app)("1", args, {}, request)


def test_a_task_is_sent_with_the_request_that_causes_it(
    celery: Celery, published: list[dict[str, Any]]
) -> None:
    with log_context(request_id="of-the-game"):
        celery.send_task(RETRAIN, args=["run-1"])
    celery.send_task(RETRAIN, args=["run-1"])
    assert [headers.get(HEADER) for headers in published] == ["of-the-game", None]


def test_a_worker_names_request_run_and_task_and_hands_the_request_on(
    celery: Celery, published: list[dict[str, Any]]
) -> None:
    seen = []

    def retrain(run_id: str) -> None:
        seen.append(dict(current_ids()))
        celery.send_task(RETRAIN, args=[run_id])

    work(celery, RETRAIN, ["run-1"], {HEADER: "of-the-game"}, retrain)
    assert seen == [{"request_id": "of-the-game", "run_id": "run-1", "task": RETRAIN}]
    assert published[-1][HEADER] == "of-the-game"
    assert current_ids() == {}


def test_a_task_of_the_clock_has_no_request(celery: Celery) -> None:
    seen = []

    def check() -> None:
        seen.append(dict(current_ids()))

    work(celery, CHECK, [], {}, check)
    assert seen == [{"task": CHECK}]


def test_a_task_that_fails_leaves_no_ids_behind(celery: Celery) -> None:
    def fail(run_id: str) -> None:
        raise ValueError(run_id)

    work(celery, RETRAIN, ["run-1"], {HEADER: "of-the-game"}, fail)
    assert current_ids() == {}
