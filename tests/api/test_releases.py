"""GET /v1/releases and POST /v1/releases/rollback."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.records.versions import VersionStatus

ROLLBACK = "/v1/releases/rollback"
Version = Callable[..., str]


@pytest.fixture
def three(version: Version) -> None:
    """v1.0.0, v1.0.1 and v1.0.2, released one after the other."""
    for _ in range(3):
        version(released=True)


def released(client: TestClient) -> str:
    return str(client.get("/v1/release").json()["version"])


def listed(client: TestClient, query: str = "") -> list[tuple[str, str | None]]:
    releases = client.get(f"/v1/releases{query}").json()["releases"]
    return [(each["version"], each["previous"]) for each in releases]


def test_before_the_first_release_the_list_is_empty(owner: TestClient) -> None:
    answer = owner.get("/v1/releases").json()
    assert answer == {"releases": [], "next": None, "unreadable": []}


def test_each_release_says_until_when_it_was_live_by_whom_and_why(
    owner: TestClient, version: Version
) -> None:
    version(released=True)
    name = version()
    owner.post(f"/v1/models/{name}/promote", json={"why": "it knows\nmore  cats"})
    second, first = owner.get("/v1/releases").json()["releases"]
    assert (second["version"], second["previous"], second["until"]) == (name, "v1.0.0", None)
    assert (second["by"], second["why"]) == ("owner", "it knows more cats")
    assert (first["version"], first["until"]) == ("v1.0.0", second["at"])


def test_an_account_is_named_by_its_uid(
    connect: Callable[..., TestClient], version: Version
) -> None:
    version(released=True)
    admin = connect({"Authorization": "Bearer admin-token"})
    assert admin.post(f"/v1/models/{version()}/promote").status_code == 200
    newest = admin.get("/v1/releases").json()["releases"][0]
    assert newest["by"] == "ada"


@pytest.mark.usefixtures("three")
def test_the_list_is_paged_and_each_page_says_when_its_first_entry_ended(
    owner: TestClient,
) -> None:
    whole = owner.get("/v1/releases").json()["releases"]
    first = owner.get("/v1/releases?limit=2").json()
    second = owner.get(f"/v1/releases?limit=2&after={first['next']}").json()
    assert first["releases"] + second["releases"] == whole
    assert second["next"] is None


def test_a_release_that_is_older_than_the_history_is_shown(
    owner: TestClient, ports: Any, version: Version
) -> None:
    version(released=True)
    ports.models.changes.clear()
    (only,) = owner.get("/v1/releases").json()["releases"]
    assert (only["version"], only["by"], only["until"]) == ("v1.0.0", "", None)
    version(released=True)
    assert listed(owner) == [("v1.0.1", "v1.0.0")]


@pytest.mark.usefixtures("three")
def test_one_call_goes_back_and_the_next_one_further(owner: TestClient) -> None:
    assert owner.post(ROLLBACK, json={"why": "cats"}).json()["version"] == "v1.0.1"
    assert released(owner) == "v1.0.1"
    assert owner.post(ROLLBACK).json()["version"] == "v1.0.0"
    assert [each["why"] for each in owner.get("/v1/releases").json()["releases"]][:2] == [
        "rolled back from v1.0.1",
        "cats",
    ]


@pytest.mark.usefixtures("three")
def test_the_same_call_with_the_same_fence_goes_back_once(owner: TestClient) -> None:
    body = {"replacing": owner.get("/v1/release").json()["fence"]}
    first, second = owner.post(ROLLBACK, json=body), owner.post(ROLLBACK, json=body)
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert released(owner) == "v1.0.1"


@pytest.mark.usefixtures("three")
def test_nothing_goes_back_when_another_version_was_released_since(
    owner: TestClient, version: Version, is_problem: Callable[..., Any]
) -> None:
    seen = owner.get("/v1/release").json()["fence"]
    version(released=True)
    is_problem(owner.post(ROLLBACK, json={"replacing": seen}), 409, "release-moved")
    assert released(owner) == "v1.0.3"


@pytest.mark.usefixtures("three")
def test_withdrawn_versions_are_passed_over(owner: TestClient, ports: Any) -> None:
    made = ports.models.withdraw("v1.0.1", by="owner", why="it is bad")
    assert made.status is VersionStatus.WITHDRAWN
    assert owner.post(ROLLBACK).json()["version"] == "v1.0.0"


def test_without_a_version_before_there_is_nothing_to_go_back_to(
    owner: TestClient, version: Version, is_problem: Callable[..., Any]
) -> None:
    is_problem(owner.post(ROLLBACK), 404, "not-found")
    version(released=True)
    is_problem(owner.post(ROLLBACK), 404, "not-found")
    assert released(owner) == "v1.0.0"


def test_an_entry_that_cannot_be_read_is_named_and_left_out(
    owner: TestClient, ports: Any, version: Version
) -> None:
    version(released=True)
    version(released=True)
    ports.models.changes["000000000001"] = {"fence": 1, "version": "latest"}
    ports.models.changes["note"] = {"text": "do not touch"}
    answer = owner.get("/v1/releases").json()
    assert [each["version"] for each in answer["releases"]] == ["v1.0.1"]
    assert [each["path"] for each in answer["unreadable"]] == [
        "release_history/000000000001",
        "release_history/note",
    ]
