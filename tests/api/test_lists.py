"""Every list goes on: following `next` shows each item once, and filters choose among them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.ports import Ports
from tests.api._corrections import Put

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
TRIAL = {
    "version": "v1.0.1", "against": "v1.0.0", "kind": "shadow", "share": 1.0, "state": "ended",
    "endsAt": NOW, "revision": 1, "fence": 2,
}  # fmt: skip


@pytest.fixture
def filled(ports: Any, version: Callable[..., str], put: Put) -> None:
    """Five of everything, and two versions that were released five times."""
    for number in range(5):
        time = NOW + timedelta(hours=number)
        ports.runs.documents[f"run-{number}"] = {
            "requestedAt": time,
            "state": "failed" if number % 2 else "held",
            "kind": "baseline" if number == 3 else "retrain",
        }
        name = f"v1.0.1-{number}"
        ports.models.trials[name] = {**TRIAL, "id": name, "salt": name, "startedAt": time}
        put(f"c{number}")
        version()
    for number in (0, 1, 0, 1, 0):
        ports.models.promote(f"v1.0.{number}", by="owner", why="it is better")


def follow(owner: TestClient, path: str, key: str, **query: Any) -> list[list[dict[str, Any]]]:
    pages = []
    after = None
    while True:
        given = {**query, **({} if after is None else {"after": after})}
        answer = owner.get(path, params={"limit": 2, **given})
        assert answer.status_code == 200, answer.text
        pages.append(answer.json()[key])
        after = answer.json()["next"]
        if after is None:
            return pages
        assert len(pages) < 9


@pytest.mark.parametrize(
    ("path", "key", "member"),
    [
        ("/v1/retrains", "runs", "id"),
        ("/v1/trials", "trials", "id"),
        ("/v1/models", "models", "version"),
        ("/v1/releases", "releases", "fence"),
        ("/v1/corrections", "corrections", "id"),
    ],
)
def test_following_next_shows_each_item_once(
    filled: None, owner: TestClient, path: str, key: str, member: str
) -> None:
    pages = follow(owner, path, key)
    assert [len(page) for page in pages] == [2, 2, 1]
    names = [item[member] for page in pages for item in page]
    assert len(set(names)) == 5
    assert [item[member] for item in owner.get(path).json()[key]] == names


@pytest.mark.parametrize(
    ("path", "key", "query", "expected"),
    [
        ("/v1/retrains", "runs", {"state": "failed"}, ["run-3", "run-1"]),
        ("/v1/retrains", "runs", {"state": "failed", "kind": "baseline"}, ["run-3"]),
        ("/v1/retrains", "runs", {"trigger": "clock"}, []),
        ("/v1/trials", "trials", {"state": "promoted"}, []),
        ("/v1/corrections", "corrections", {"run": "run-1", "limit": 1},
         ["c0", "c1", "c2", "c3", "c4"]),
        ("/v1/corrections", "corrections", {"run": "run-2"}, []),
    ],
)  # fmt: skip
def test_filters_choose(
    filled: None, owner: TestClient, *, path: str, key: str, query: Any, expected: list[str]
) -> None:
    found = [item["id"] for page in follow(owner, path, key, **query) for item in page]
    assert found == expected


def test_versions_are_chosen_by_status(
    filled: None, owner: TestClient, version: Callable[..., str], ports: Ports
) -> None:
    version(ready=False)
    ports.models.withdraw("v1.0.3", by="owner", why="it is worse")
    for status, expected in (("publishing", ["v1.0.5"]), ("withdrawn", ["v1.0.3"])):
        pages = follow(owner, "/v1/models", "models", status=status)
        assert [each["version"] for page in pages for each in page] == expected


@pytest.mark.parametrize("path", ["/v1/retrains", "/v1/trials"])
@pytest.mark.parametrize("after", ["run-1", "..", "x" * 4000, "MjAyNg"])
def test_what_is_no_place_in_a_list_is_refused(
    owner: TestClient, is_problem: Callable[..., Any], path: str, after: str
) -> None:
    is_problem(owner.get(path, params={"after": after}), 422, "invalid-request")


@pytest.mark.parametrize(
    "query", ["state=done", "kind=x", "trigger=%00", "limit=true", "limit=1.0", "limit=%D9%A1"]
)
def test_filters_that_are_no_words_of_ours_are_refused(
    owner: TestClient, is_problem: Callable[..., Any], query: str
) -> None:
    is_problem(owner.get(f"/v1/retrains?{query}"), 422, "invalid-request")
