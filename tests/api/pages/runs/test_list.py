"""The history of runs: in words, in parts, and by filters."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.errors import Unavailable
from pipeline.records.runs import RunKind, RunState, Trigger
from tests.api.pages._runs import a_run, held, store


def list_ids(page: str) -> list[str]:
    return re.findall(r'<h2><a href="/runs/([^"]+)">', page)


def test_without_runs_the_page_says_what_starts_one(signed_in: TestClient) -> None:
    assert "No run yet." in signed_in.get("/runs").text


def test_the_newest_run_comes_first_in_words(signed_in: TestClient, ports: Any) -> None:
    failed = a_run("run-3", 3, state=RunState.FAILED, reason="the base <is> damaged")
    store(ports, a_run("run-1", 1), held("run-2"), failed)
    page = signed_in.get("/runs").text
    assert list_ids(page) == ["run-3", "run-1", "run-2"]
    assert "v1.0.1 is ready; the run did not release it" in page
    assert "the base &lt;is&gt; damaged" in page
    assert "took 1 min 15 s" in page


def test_more_runs_than_a_part_are_all_found(signed_in: TestClient, ports: Any) -> None:
    store(ports, *(a_run(f"run-{number}", number) for number in range(30)))
    address, found = "/runs", []
    while address:
        page = signed_in.get(address).text
        found += list_ids(page)
        match = re.search(r'rel="next" href="([^"]+)"', page)
        address = match[1].replace("&amp;", "&") if match else ""
    assert found == [f"run-{number}" for number in reversed(range(30))]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("state=failed&kind=&trigger=", ["run-a"]),
        ("kind=baseline", ["run-b"]),
        ("trigger=drift", ["run-c"]),
        ("state=failed&trigger=drift", []),
    ],
)
def test_filters_choose_runs(signed_in: TestClient, ports: Any, query: str, ids: list[str]) -> None:
    store(
        ports,
        a_run("run-a", state=RunState.FAILED),
        a_run("run-b", kind=RunKind.BASELINE),
        a_run("run-c", trigger=Trigger.DRIFT),
    )
    page = signed_in.get(f"/runs?{query}").text
    assert list_ids(page) == ids
    assert ("No run is like this." in page) == (not ids)


def test_what_is_chosen_stays_chosen(signed_in: TestClient) -> None:
    page = signed_in.get("/runs?state=held").text
    assert '<option value="held" selected>' in page


def test_an_unknown_state_is_an_error_and_no_empty_list(signed_in: TestClient) -> None:
    assert signed_in.get("/runs?state=lost").status_code == 422


def test_a_document_that_cannot_be_read_is_named(signed_in: TestClient, ports: Any) -> None:
    store(ports, a_run())
    ports.runs.documents["run-odd"] = {"requestedAt": a_run().requested_at, "state": "lost"}
    page = signed_in.get("/runs").text
    assert "training_runs/run-odd cannot be read" in page
    assert list_ids(page) == ["run-1"]


def test_without_firestore_the_page_says_so_and_is_no_empty_list(
    signed_in: TestClient, ports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise Unavailable("secret-host")

    monkeypatch.setattr(ports.runs, "page", fail)
    answer = signed_in.get("/runs")
    assert answer.status_code == 200
    assert "Firestore does not answer" in answer.text
    assert "No run yet" not in answer.text
