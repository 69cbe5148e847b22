"""Documents of other writers: every route answers, names them, and says what to do."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.settings import Settings
from tests.api.test_health import with_redis
from tests.contract import _odd

__all__ = ["with_redis"]


@pytest.fixture
def odd(ports: Any) -> Any:
    """The ports, with every odd document of the contract beside what the test makes."""
    for number, fields in enumerate(_odd.FOREIGN_VERSIONS.values()):
        ports.models._models[f"v0.1.{number}"] = fields
    for number, fields in enumerate(_odd.DAMAGED_VERSIONS.values()):
        ports.models._models[f"v0.2.{number}"] = fields
    for name in _odd.ODD_IDS:
        ports.models._models[name] = {}
    ports.runs.documents.update(_odd.ODD_RUNS)
    ports.corrections.odd_decisions.update(_odd.ODD_DECISIONS)
    return ports


def test_versions_are_listed_with_what_cannot_be_read_named(
    owner: TestClient, version: Callable[..., str], odd: Any
) -> None:
    made = version(released=True)
    listed = owner.get("/v1/models").json()
    assert listed["models"][0]["version"] == made == "v0.2.8"
    assert {each["status"] for each in listed["models"][1:]} == {"foreign"}
    assert len(listed["models"]) == 1 + len(_odd.FOREIGN_VERSIONS)
    named = {each["path"] for each in listed["unreadable"]}
    assert {f"models/{name}" for name in _odd.ODD_IDS} < named
    assert len(named) == len(_odd.ODD_IDS) + len(_odd.DAMAGED_VERSIONS)
    assert all(each["problem"] for each in listed["unreadable"])


def test_versions_come_in_pages(owner: TestClient, version: Callable[..., str]) -> None:
    names = [version() for _ in range(5)]
    first = owner.get("/v1/models", params={"limit": 3}).json()
    assert ([each["version"] for each in first["models"]], first["next"]) == (
        names[:1:-1], names[2],
    )  # fmt: skip
    rest = owner.get("/v1/models", params={"limit": 3, "after": first["next"]}).json()
    assert ([each["version"] for each in rest["models"]], rest["next"]) == (names[1::-1], None)


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "after=v01.0.0", "after=x"])
def test_a_page_that_cannot_be_is_refused(
    owner: TestClient, is_problem: Callable[..., Any], query: str
) -> None:
    is_problem(owner.get(f"/v1/models?{query}"), 422, "invalid-request")


def test_runs_are_listed_with_what_cannot_be_read_named(owner: TestClient, odd: Any) -> None:
    made = owner.post("/v1/retrains").json()["id"]
    listed = owner.get("/v1/retrains").json()
    assert [run["id"] for run in listed["runs"]] == [made]
    named = {each["path"] for each in listed["unreadable"]}
    assert named == {f"training_runs/{name}" for name in _odd.ODD_RUNS}


def test_a_correction_is_listed_beside_odd_decisions(
    owner: TestClient, put: Callable[..., None], odd: Any
) -> None:
    put("empty")  # its document in `decisions` is empty
    assert owner.get("/v1/corrections").json()["corrections"][0]["decision"] is None
    assert owner.post("/v1/corrections/empty/decision", json={"action": "accept"}).is_success


@pytest.mark.parametrize("call", ["GET /v1/models/v0.2.0", "POST /v1/models/v0.2.0/promote"])
def test_a_version_that_cannot_be_read_is_a_problem_that_names_it(
    owner: TestClient, is_problem: Callable[..., Any], odd: Any, call: str
) -> None:
    problem = is_problem(owner.request(*call.split(" ")), 409, "unreadable-document")
    assert problem["detail"].startswith("models/v0.2.0 cannot be read (files: ")


def test_a_run_that_cannot_be_read_is_a_problem_that_names_it(
    owner: TestClient, is_problem: Callable[..., Any], odd: Any
) -> None:
    problem = is_problem(owner.get("/v1/retrains/empty"), 409, "unreadable-document")
    assert "training_runs/empty" in problem["detail"]


def test_a_version_of_the_game_s_own_is_shown_and_not_released(
    owner: TestClient, is_problem: Callable[..., Any], odd: Any
) -> None:
    assert owner.get("/v1/models/v0.1.0").json()["status"] == "foreign"
    is_problem(owner.post("/v1/models/v0.1.0/promote"), 409, "version-not-ready")


@pytest.mark.parametrize("name", ["v01.0.0", "v1.00.0", "v1.0.01", "v1234567890.0.0"])
def test_a_number_with_another_spelling_is_refused_and_no_error_of_redraw_s(
    owner: TestClient, is_problem: Callable[..., Any], name: str
) -> None:
    is_problem(owner.get(f"/v1/models/{name}"), 422, "invalid-request")
    is_problem(owner.post(f"/v1/models/{name}/promote"), 422, "invalid-request")


def test_a_deleted_release_is_to_be_promoted_and_not_made_anew(
    owner: TestClient, version: Callable[..., str], is_problem: Callable[..., Any], ports: Any
) -> None:
    made = version(released=True)
    ports.models._release = None
    problem = is_problem(owner.get("/v1/release"), 404, "no-release")
    assert "redraw promote VERSION" in problem["detail"]
    assert "baseline" not in problem["detail"]
    assert owner.post(f"/v1/models/{made}/promote").is_success
    assert owner.get("/v1/release").json()["version"] == made


def test_before_the_first_version_a_baseline_is_to_be_made(
    owner: TestClient, is_problem: Callable[..., Any]
) -> None:
    assert "redraw baseline" in is_problem(owner.get("/v1/release"), 404, "no-release")["detail"]


@pytest.mark.parametrize("case", _odd.ODD_RELEASES)
def test_a_release_that_cannot_be_read_is_named_and_repaired_by_a_promotion(
    owner: TestClient,
    version: Callable[..., str],
    is_problem: Callable[..., Any],
    ports: Any,
    case: str,
) -> None:
    made = version()
    ports.models._release, _ = _odd.ODD_RELEASES[case]
    problem = is_problem(owner.get("/v1/release"), 409, "unreadable-document")
    assert "releases/production" in problem["detail"]
    assert "redraw promote VERSION" in problem["detail"]
    assert owner.post(f"/v1/models/{made}/promote").is_success
    assert owner.get("/v1/release").json()["version"] == made


@pytest.mark.parametrize("release", [None, {}])
def test_a_release_that_is_missing_or_odd_is_said_by_readyz_and_leaves_it_ready(
    connect: Callable[..., TestClient],
    with_redis: Settings,
    version: Callable[..., str],
    ports: Any,
    release: dict[str, Any] | None,
) -> None:
    version(released=True)
    ports.models._release = release
    answer = connect(settings=with_redis).get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert "redraw promote VERSION" in answer.json()["problems"][0]
    assert "credentials" not in answer.text


def test_odd_documents_leave_readyz_ready(
    connect: Callable[..., TestClient], with_redis: Settings, odd: Any
) -> None:
    assert connect(settings=with_redis).get("/readyz").json() == {"status": "ready"}


def test_every_answer_is_json_that_a_browser_reads(owner: TestClient, odd: Any) -> None:
    for path in ("/v1/models", "/v1/retrains", "/v1/corrections"):
        json.loads(owner.get(path).text, parse_constant=pytest.fail)  # no NaN
