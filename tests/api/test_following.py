"""Owners follow a run over a real connection: every state, what is wrong, and the end."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from pipeline.errors import Unavailable
from pipeline.records.runs import Lease, Progress, Run, RunState
from service.app import create_app
from service.following import feed
from tests.api._events import KEY, Told, listening
from tests.api._server import serving

MANY = 20
STEPS = [RunState.COLLECTING, RunState.MERGING, RunState.FITTING, RunState.JUDGING]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "POLL_SECONDS", 0.02)


@pytest.fixture
def app(settings: Any, ports: Any, queue: Any) -> Any:
    return create_app(settings, ports, queue)


@pytest.fixture
def port(app: Any) -> Iterator[int]:
    with serving(app) as port:
        yield port


@pytest.fixture
def lease(ports: Any) -> Lease:
    """The lease of a run that is under way."""
    ports.runs.request(Run(id="run-1", requested_at=datetime.now(UTC)))
    taken: Lease = ports.runs.claim("run-1", "worker", 60)
    return taken


def states(told: list[Told]) -> list[str]:
    return [each.data["state"] for each in told]


def wait_until(happened: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, "it did not happen within a minute"
        time.sleep(0.005)


def test_a_listener_is_told_each_change_and_the_end_then_the_stream_closes(
    port: int, ports: Any, lease: Lease
) -> None:
    with listening(port) as events:
        told = [next(events)]
        ports.runs.record(lease, {"state": RunState.COLLECTING})
        told.append(next(events))
        progress = Progress(message="collecting corrections", done=3, total=9)
        ports.runs.record(lease, {"progress": progress})
        told.append(next(events))
        ports.runs.record(lease, {"state": RunState.SKIPPED, "reason": "nothing new"})
        told.extend(events)
    assert [each.name for each in told] == ["progress", "progress", "progress", "end"]
    assert states(told) == ["requested", "collecting", "collecting", "skipped"]
    assert (told[2].data["message"], told[2].data["done"], told[2].data["total"]) == (
        "collecting corrections", 3, 9,
    )  # fmt: skip
    assert told[3].data["reason"] == "nothing new"
    numbers = [each.id for each in told]
    assert numbers == sorted(set(numbers))  # type: ignore[type-var] # each has a number


def test_no_state_is_missed_however_briefly_the_run_is_in_it(
    port: int, ports: Any, lease: Lease
) -> None:
    with listening(port) as events:
        told = [next(events)]
        for state in [*STEPS, RunState.REJECTED]:
            ports.runs.record(lease, {"state": state})
        told.extend(events)
    seen = list(dict.fromkeys(states(told)))
    assert seen == ["requested", *STEPS, "rejected"]


def test_who_connects_again_gets_what_came_after_the_last_event_also_from_another_process(
    port: int, ports: Any, lease: Lease, settings: Any, queue: Any
) -> None:
    ports.runs.record(lease, {"state": RunState.COLLECTING})
    with listening(port) as events:
        first = [next(events), next(events)]
    ports.runs.record(lease, {"state": RunState.MERGING})
    ports.runs.record(lease, {"state": RunState.FITTING})
    with (
        serving(create_app(settings, ports, queue)) as other,
        listening(other, last=first[-1].id) as events,
    ):
        second = [next(events), next(events)]
    assert states([*first, *second]) == ["requested", "collecting", "merging", "fitting"]


def test_who_has_the_end_and_connects_again_is_told_to_stop(
    port: int, ports: Any, lease: Lease
) -> None:
    ports.runs.record(lease, {"state": RunState.SKIPPED})
    with listening(port) as events:
        *_, end = events
    assert end.name == "end"
    url = f"http://127.0.0.1:{port}/v1/retrains/run-1/events"
    answer = httpx.get(url, headers=KEY | {"Last-Event-ID": str(end.id)})
    assert (answer.status_code, answer.content) == (204, b"")


def test_the_run_is_read_once_for_all_listeners_and_not_when_nobody_listens(
    app: Any, port: int, ports: Any, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way = most = 0
    get = ports.runs.get

    def watched(run_id: str) -> Run:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        run: Run = get(run_id)
        under_way -= 1
        return run

    monkeypatch.setattr(ports.runs, "get", watched)
    with listening(port) as one, listening(port) as two, listening(port) as three:
        for events in (one, two, three):
            next(events)
        assert len(app.state.wiring.feeds) == 1
        ports.runs.record(lease, {"state": RunState.COLLECTING})
        assert [next(events).data["state"] for events in (one, two, three)] == ["collecting"] * 3
    assert most == 1
    wait_until(lambda: len(app.state.wiring.feeds) == 0)


def test_while_firestore_does_not_answer_the_stream_says_so_and_then_goes_on(
    port: int, ports: Any, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(port) as events:
        next(events)
        with monkeypatch.context() as patch:
            patch.setattr(ports.runs, "get", _fail)
            silent = next(events)
            ports.runs.record(lease, {"state": RunState.COLLECTING})
        after = next(events)
    assert (silent.name, silent.id) == ("unavailable", None)
    assert "Firestore" in silent.data["detail"]
    assert "secret-host" not in silent.data["detail"]
    assert after.data["state"] == "collecting"


@pytest.mark.slow  # it waits as long as the service does
def test_a_firestore_that_hangs_delays_no_listener_and_the_stream_goes_on_when_it_answers(
    settings: Any, ports: Any, queue: Any, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    get, answers = ports.runs.get, threading.Event()

    def hanging(run_id: str) -> Run:
        answers.wait(60)
        run: Run = get(run_id)
        return run

    with serving(create_app(settings, ports, queue)) as port, listening(port) as events:
        next(events)
        with monkeypatch.context() as patch:
            patch.setattr(ports.runs, "get", hanging)
            assert next(events).name == "unavailable"
            with listening(port) as others:
                assert [next(others).name for _ in range(2)] == ["progress", "unavailable"]
            ports.runs.record(lease, {"state": RunState.COLLECTING})
            answers.set()
            assert next(events).data["state"] == "collecting"


def test_earlier_runs_that_cannot_be_read_delay_nothing_but_the_estimate(
    app: Any, port: int, ports: Any, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "EARLIER_SECONDS", 60)  # a busy machine may take long
    old = Run(
        id="run-0",
        requested_at=datetime(2026, 1, 1, tzinfo=UTC),
        state=RunState.REJECTED,
        seconds={"collecting": 3600.0, "merging": 60.0},
    )
    ports.runs.documents["run-0"] = old.document()
    ports.runs.record(lease, {"state": RunState.COLLECTING})
    with monkeypatch.context() as patch:
        patch.setattr(ports.runs, "list", _fail)
        with listening(port) as events:
            assert [next(events).data["secondsLeft"] for _ in range(2)] == [None, None]
        wait_until(lambda: len(app.state.wiring.feeds) == 0)
    with listening(port) as events:
        next(events)
        assert next(events).data["secondsLeft"] == pytest.approx(3660, abs=60)


def test_a_listener_holds_no_thread(port: int, ports: Any, lease: Lease) -> None:
    with ExitStack() as opened:
        next(opened.enter_context(listening(port)))
        before = threading.active_count()
        for _ in range(MANY):
            next(opened.enter_context(listening(port)))
        assert threading.active_count() < before + MANY / 2


def test_listeners_leave_half_of_the_connections_to_others(
    settings: Any, ports: Any, queue: Any, lease: Lease
) -> None:
    few = settings.model_copy(update={"max_connections": 8})
    with serving(create_app(few, ports, queue)) as port, ExitStack() as opened:
        for _ in range(4):
            next(opened.enter_context(listening(port)))
        answer = httpx.get(f"http://127.0.0.1:{port}/v1/retrains/run-1/events", headers=KEY)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "REDRAW_MAX_CONNECTIONS" in answer.json()["detail"]
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200


def _fail(_: str) -> Run:
    raise Unavailable("secret-host:8080 refused")


def test_a_run_whose_document_is_deleted_ends_the_stream(
    port: int, ports: Any, lease: Lease
) -> None:
    with listening(port) as events:
        next(events)
        ports.runs.documents.pop("run-1")
        told = list(events)
    assert [each.name for each in told] == ["unavailable"]
    assert "no run run-1" in told[0].data["detail"]


def test_what_is_wrong_at_first_is_a_problem_and_no_stream(
    owner: TestClient, connect: Any, ports: Any, lease: Lease, is_problem: Any
) -> None:
    is_problem(owner.get("/v1/retrains/run-9/events"), 404, "not-found")
    is_problem(
        owner.get("/v1/retrains/run-1/events", headers={"Last-Event-ID": "x"}),
        422,
        "invalid-request",
    )
    ports.runs.documents["run-1"]["state"] = "odd"
    is_problem(owner.get("/v1/retrains/run-1/events"), 409, "unreadable-document")
    ports.runs.get = _fail
    is_problem(owner.get("/v1/retrains/run-1/events"), 503, "unavailable")


def test_the_answer_is_neither_kept_nor_held_back_by_a_proxy_and_head_begins_no_stream(
    owner: TestClient, app: Any, lease: Lease
) -> None:
    head = owner.head("/v1/retrains/run-1/events")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["cache-control"] == "no-store"
    assert head.headers["x-accel-buffering"] == "no"
    assert head.headers["content-type"].startswith("text/event-stream")
