"""The overview says how things are, what waits, and what Redraw does now."""

import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.errors import Unavailable
from pipeline.records.runs import CheckStanding, Progress, RunState
from pipeline.records.trials import TrialKind, TrialOffer
from service.metrics import exposition
from tests.api._corrections import Put
from tests.api.pages._runs import a_run, decide, held, store
from tests.api.pages.conftest import Post

Publish = Callable[..., str]


def finding(page: str) -> str:
    (found,) = re.findall(r"<h1>(.+?)</h1>", page)
    return str(found)


def rate(ports: Any, version: str, clean: float, players: float | None) -> None:
    """Change what a version recognises."""
    ports.models._models[version]["metrics"].update(accuracy=clean, playersAccuracy=players)


def test_an_empty_project_says_what_to_do_first(signed_in: TestClient) -> None:
    page = signed_in.get("/").text
    assert finding(page) == "Nothing is released yet"
    assert "redraw baseline" in page
    assert "Retrain now" not in page


def test_a_release_that_was_lost_says_how_to_bring_it_back(
    signed_in: TestClient, version: Publish
) -> None:
    version()
    page = signed_in.get("/").text
    assert "redraw promote v1.0.0" in page


@pytest.mark.parametrize(
    "case",
    [
        (CheckStanding.PASSED, 0.05, "v1.0.1 is released, and it is better than v1.0.0"),
        (CheckStanding.OPEN, 0.05, "v1.0.1 is released, and it seems better than v1.0.0"),
        (
            CheckStanding.OPEN,
            -0.01,
            "v1.0.1 is released, and it is not shown to be better than v1.0.0",
        ),
    ],
)
def test_a_release_is_said_to_be_better_only_if_the_gate_found_so(
    signed_in: TestClient,
    ports: Any,
    version: Publish,
    case: tuple[CheckStanding, float, str],
) -> None:
    standing, difference, words = case
    version(released=True)
    judged = decide(RunState.PROMOTED)
    check = judged.checks[1].model_copy(update={"standing": standing, "difference": difference})
    judged = judged.model_copy(update={"checks": [check]})
    fields = {"parent": "v1.0.0", "gate": judged.document()}
    ports.models._models[version()].update(fields)
    ports.models.promote("v1.0.1", by="run-1", why="it is better")
    page = signed_in.get("/").text
    assert finding(page) == words
    assert "Players&#39; drawings: 81.0% to " in page
    assert "Clean drawings: 90.0% to 90.0% right." in page


def test_a_baseline_is_rated_by_the_answers_that_the_next_version_was_compared_on(
    signed_in: TestClient, ports: Any, version: Publish
) -> None:
    version(released=True)
    fields = {"parent": "v1.0.0", "gate": decide(RunState.PROMOTED).document()}
    ports.models._models[version()].update(fields)
    ports.models.promote("v1.0.1", by="run-1", why="it is better")
    assert "v1.0.0: 81.0%" in signed_in.get("/").text


def test_going_back_is_marked_in_the_chart_and_told(
    signed_in: TestClient, ports: Any, version: Publish
) -> None:
    first = version(released=True)
    version(released=True)
    ports.models.promote(first, by="owner", why="players complain")
    page = signed_in.get("/").text
    assert finding(page) == "v1.0.0 is released again"
    assert "Players complain." in page
    assert page.count('class="back blue"') == 2  # the wide chart, and the one for phones
    assert "Went back: players complain" in page


def test_the_chart_says_the_same_in_words_and_as_a_table(
    signed_in: TestClient, ports: Any, version: Publish
) -> None:
    rate(ports, version(released=True), 0.9, None)
    page = signed_in.get("/").text
    assert 'aria-label="Recognised by the released version over time: clean drawings from' in page
    row = page[page.index('<th scope="row">') :]
    assert "90.0%" in row
    assert "not known" in row


def test_the_releases_are_read_once_until_another_version_is_released(
    signed_in: TestClient, ports: Any, version: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    version(released=True)
    asked: list[int] = []
    history = ports.models.history

    def count(*args: Any, **options: Any) -> Any:
        asked.append(1)
        return history(*args, **options)

    monkeypatch.setattr(ports.models, "history", count)
    signed_in.get("/")
    signed_in.get("/")
    assert len(asked) == 1
    version(released=True)
    assert "v1.0.1" in finding(signed_in.get("/").text)


def test_what_waits_is_counted_with_the_oldest_and_leads_to_it(
    signed_in: TestClient, ports: Any, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exposition, "OLDEST_WAIT_SECONDS", 60)
    put("a", status="pending")
    ports.corrections.written["a"] = datetime.now(UTC) - timedelta(hours=1)
    put("b")
    put("c")
    page = signed_in.get("/").text
    assert re.findall(r"<strong>(\S+)</strong>", page) == ["1", "2", "none"]
    assert "the oldest came <time " in page
    assert 'href="/review"' in page


def test_a_page_does_not_wait_until_the_oldest_is_found(
    signed_in: TestClient, ports: Any, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = threading.Event()
    monkeypatch.setattr(ports.corrections, "pending_since", lambda _before: found.wait(60) and None)
    put("a", status="pending")
    page = signed_in.get("/").text
    found.set()
    assert re.findall(r"<strong>(\S+)</strong>", page) == ["1", "0", "none"]
    assert "the oldest" not in page
    assert "does not answer" not in page


def test_it_says_why_no_run_starts_by_itself(signed_in: TestClient, version: Publish) -> None:
    version(released=True)
    assert "Nothing is pending. A run starts by itself when 500" in signed_in.get("/").text


def test_a_run_that_is_under_way_is_followed_and_can_be_cancelled(
    signed_in: TestClient, post: Post, ports: Any, version: Publish
) -> None:
    version(released=True)
    run_id = post("/runs").url.path.removeprefix("/runs/")
    lease = ports.runs.claim(run_id, "worker", 60)
    ports.runs.record(
        lease,
        {"state": RunState.FITTING, "progress": Progress(message="fold 2", done=2, total=5)},
    )
    page = signed_in.get("/").text
    assert "A run is under way" in page
    assert "2 of 5" in page
    assert f'hx-sse:connect="/runs/{run_id}/live"' in page
    assert f'action="/runs/{run_id}/cancel"' in page
    assert "Retrain now" not in page


def test_a_page_that_is_open_learns_that_a_run_has_begun(
    signed_in: TestClient, post: Post, version: Publish
) -> None:
    version(released=True)
    assert 'hx-get="/overview/running"' in signed_in.get("/").text
    assert signed_in.get("/overview/running").status_code == 204
    post("/runs")
    answer = signed_in.get("/overview/running")
    assert answer.status_code == 200
    assert "A run is under way" in answer.text


def test_the_last_runs_are_told_in_words(signed_in: TestClient, ports: Any) -> None:
    store(ports, *(a_run(f"run-{number}", number) for number in range(4)), held("run-9"))
    page = signed_in.get("/").text
    assert "v1.0.1 is ready; the run did not release it" in page
    assert page.count("There was nothing new to learn") == 4


CALLS = [
    ("runs", "slot"),
    ("runs", "list"),
    ("corrections", "count"),
    ("models", "history"),
    ("models", "release"),
]


@pytest.fixture(params=CALLS, ids="-".join)
def silent(
    ports: Any, version: Publish, monkeypatch: pytest.MonkeyPatch, request: Any
) -> tuple[str, str]:
    """A call to Firestore that gets no answer."""

    def fail(*_: Any, **__: Any) -> None:
        raise Unavailable("secret-host")

    version(released=True)
    port, method = request.param
    monkeypatch.setattr(getattr(ports, port), method, fail)
    return port, method


def test_a_part_that_cannot_be_read_says_so_and_the_page_is_there(
    signed_in: TestClient, silent: tuple[str, str]
) -> None:
    answer = signed_in.get("/")
    assert answer.status_code == 200, silent
    assert "Firestore does not answer" in answer.text
    assert "secret" not in answer.text
    assert "Nothing is released yet" not in answer.text


@pytest.mark.parametrize(
    ("kind", "words", "named"),
    [("watch", "watched", "v1.0.1"), ("shadow", "on trial", "v1.0.0")],
)
def test_a_release_that_is_watched_is_not_called_a_trial(
    signed_in: TestClient, ports: Any, version: Publish, *, kind: str, words: str, named: str
) -> None:
    version()
    version(released=True)
    offer = TrialOffer(
        version="v1.0.0", share=1.0, salt="s", kind=TrialKind(kind), manifest_path=""
    )
    ports.models._release = ports.models.release().model_copy(update={"trial": offer}).document()
    page = signed_in.get("/").text
    assert re.search(f'<a href="/trial">{words}</a></b><strong>{named}</strong>', page)
