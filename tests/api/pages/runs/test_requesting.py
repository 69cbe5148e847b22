"""Retrain now, and cancel: at once, and the page says what came of it."""

from typing import Any

from fastapi.testclient import TestClient

from pipeline.records.runs import RunState
from tests.api.pages._runs import a_run, store
from tests.api.pages.conftest import Post


def test_a_run_is_requested_queued_and_shown(
    signed_in: TestClient, post: Post, ports: Any, queue: Any
) -> None:
    answer = post("/runs", why="300 new cats")
    (run,) = ports.runs.list()
    assert answer.status_code == 200
    assert answer.url.path == f"/runs/{run.id}"
    assert "The run is requested." in answer.text
    assert "A run is under way" in answer.text
    assert (run.purpose, run.requested_by, queue.run_ids) == ("300 new cats", "api-key", [run.id])


def test_while_a_run_is_under_way_the_page_of_that_one_is_shown(
    signed_in: TestClient, post: Post, ports: Any
) -> None:
    first = post("/runs").url.path
    again = post("/runs")
    assert again.url.path == first
    assert "A run is under way already: this one." in again.text
    assert len(ports.runs.list()) == 1


def test_while_redis_is_down_the_run_is_recorded_and_the_page_says_when_it_starts(
    signed_in: TestClient, post: Post, ports: Any, queue: Any
) -> None:
    queue.down = True
    answer = post("/runs")
    (run,) = ports.runs.list()
    assert answer.url.path == f"/runs/{run.id}"
    assert "starts by itself when Redis answers again" in answer.text


def test_without_the_token_of_the_session_no_run_is_requested(
    signed_in: TestClient, ports: Any
) -> None:
    assert signed_in.post("/runs").status_code == 403
    assert ports.runs.list() == []


def test_a_run_is_cancelled(signed_in: TestClient, post: Post, ports: Any) -> None:
    run_id = post("/runs").url.path.removeprefix("/runs/")
    answer = post(f"/runs/{run_id}/cancel")
    assert answer.url.path == f"/runs/{run_id}"
    assert "The run is cancelled." in answer.text
    assert ports.runs.get(run_id).state is RunState.CANCELLED


def test_a_run_that_a_worker_executes_is_being_cancelled(
    signed_in: TestClient, post: Post, ports: Any
) -> None:
    run_id = post("/runs").url.path.removeprefix("/runs/")
    ports.runs.claim(run_id, "worker", 60)
    page = post(f"/runs/{run_id}/cancel").text
    assert "The run ends within seconds." in page
    assert "It is being cancelled since" in page


def test_a_run_that_has_ended_cannot_be_cancelled_and_the_page_says_so(
    signed_in: TestClient, post: Post, ports: Any
) -> None:
    store(ports, a_run(state=RunState.PROMOTED, version="v1.0.1"))
    answer = post("/runs/run-1/cancel")
    assert answer.status_code == 200
    assert "v1.0.1 was released" in answer.text
    assert 'class="notice done"' in answer.text
