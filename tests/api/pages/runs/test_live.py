"""A page follows a run over a real connection: parts of the page, and the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Any, NamedTuple

import pytest
from fastapi.testclient import TestClient

from pipeline.records.runs import Lease, Progress, Run, RunState
from service.app import create_app
from service.following import feed
from tests.api._server import serving
from tests.api.pages._runs import a_run, store


class Message(NamedTuple):
    """A message: without a name it is put into the page."""

    name: str
    id: str
    text: str


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "POLL_SECONDS", 0.02)


@pytest.fixture
def app(settings: Any, ports: Any, queue: Any) -> Any:
    return create_app(settings, ports, queue)


@pytest.fixture
def lease(ports: Any) -> Lease:
    ports.runs.request(Run(id="run-1", requested_at=datetime.now(UTC)))
    taken: Lease = ports.runs.claim("run-1", "worker", 60)
    return taken


@contextmanager
def following(app: Any, last: str = "") -> Iterator[Iterator[Message]]:
    sessions = app.state.wiring.sessions
    headers = {"Cookie": f"{sessions.cookie}={sessions.sign('api-key')}", "HX-Request": "true"}
    with serving(app) as port:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("GET", "/runs/run-1/live", headers=headers | {"Last-Event-ID": last})
            answer = connection.getresponse()
            assert str(answer.getheader("content-type")).startswith("text/event-stream")
            yield read_messages(iter(answer.readline, b""))
        finally:
            connection.close()


def read_messages(lines: Iterator[bytes]) -> Iterator[Message]:
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.decode().removesuffix("\n").partition(":")
        if name in ("data", "id", "event"):
            before = f"{fields[name]}\n" if name in fields else ""
            fields[name] = before + value.removeprefix(" ")
        elif line == b"\n" and fields:
            yield Message(fields.get("event", ""), fields.get("id", ""), fields.get("data", ""))
            fields = {}


def test_each_change_comes_as_a_part_of_the_page_and_the_end_closes_the_stream(
    app: Any, ports: Any, lease: Lease
) -> None:
    with following(app) as messages:
        first = next(messages)
        ports.runs.record(lease, {"state": RunState.COLLECTING})
        progress = Progress(message="reading <b>", done=3, total=1200)
        ports.runs.record(lease, {"progress": progress})
        while "of 1,200" not in (second := next(messages)).text:
            pass
        ports.runs.record(lease, {"state": RunState.PROMOTED, "version": "v1.0.1"})
        *_, third, end = messages
    assert "Waiting for a worker" in first.text
    assert "Reading &lt;b&gt;" in second.text
    assert '<progress value="3" max="1200"' in second.text
    assert "v1.0.1 was released" in third.text
    assert [each.name for each in (first, second, third, end)] == ["", "", "", "run-ended"]
    assert int(first.id) <= int(second.id) < int(third.id) == int(end.id)


def test_a_browser_that_comes_again_gets_what_is_new(app: Any, ports: Any, lease: Lease) -> None:
    with following(app) as messages:
        last = next(messages).id
    ports.runs.record(lease, {"state": RunState.FITTING})
    with following(app, last) as messages:
        assert "Fitting a new model" in next(messages).text


def test_a_browser_that_missed_the_end_is_told_it_again(app: Any, ports: Any) -> None:
    store(ports, a_run())
    with following(app) as messages:
        *_, end = messages
    with following(app, end.id) as messages:
        assert [each.name for each in messages] == ["", "run-ended"]


def test_a_run_whose_document_is_deleted_ends_the_stream_with_a_note(
    app: Any, ports: Any, lease: Lease
) -> None:
    with following(app) as messages:
        next(messages)
        del ports.runs.documents["run-1"]
        last, end = messages
    assert 'class="notice"' in last.text
    assert end.name == "run-ended"


def test_without_a_session_a_part_leads_the_page_to_the_sign_in(
    visitor: TestClient,
) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/runs/run-1?x=1"}
    answer = visitor.get("/runs/run-1/live", headers=headers, follow_redirects=False)
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/sign-in?next=%2Fruns%2Frun-1"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "about 1 s left"), (41.5, "about 42 s left"), (125, "2 min 5 s")]
)
def test_the_time_left_is_told_in_whole_seconds(
    signed_in: TestClient, ports: Any, lease: Lease, seconds: float, words: str
) -> None:
    store(ports, a_run("run-0", seconds={"fitting": 0.0}))
    ports.runs.record(lease, {"state": RunState.FITTING})
    left = Progress(message="fold 2", done=2, total=5, seconds_left=seconds)
    ports.runs.record(lease, {"progress": left})
    assert words in signed_in.get("/runs/run-1").text


def test_the_page_of_a_run_that_goes_on_is_whole_without_scripts(
    signed_in: TestClient, ports: Any, lease: Lease
) -> None:
    ports.runs.record(
        lease, {"state": RunState.FITTING, "progress": Progress(message="fold 2", done=2, total=5)}
    )
    page = signed_in.get("/runs/run-1").text
    assert "step 3 of 5" in page
    assert "2 of 5" in page
    assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in page
    assert 'action="/runs/run-1/cancel"' in page
    assert 'hx-sse:connect="/runs/run-1/live"' in page
