"""GET /v1/trials, POST /v1/trials/{version}/stop and POST /v1/models/{version}/trial."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.log_paths import additions_folder
from pipeline.storage_paths import model_path


@pytest.fixture
def on_trial(owner: TestClient, version: Callable[..., str]) -> dict[str, Any]:
    """v1.0.1 on trial beside the released v1.0.0."""
    version(released=True)
    answer = owner.post(f"/v1/models/{version()}/trial", json={"share": 0.5, "days": 3})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_before_the_first_trial_there_are_none(
    owner: TestClient, version: Callable[..., str], is_problem: Callable[..., Any]
) -> None:
    version(released=True)
    assert owner.get("/v1/trials").json() == {"trials": [], "next": None, "unreadable": []}
    assert owner.get("/v1/release").json()["trial"] is None
    is_problem(owner.get("/v1/trials/v1.0.0"), 404, "not-found")
    is_problem(owner.post("/v1/trials/v1.0.0/stop"), 404, "not-found")


def test_clients_read_the_trial_in_the_release_and_its_tag_changes(
    owner: TestClient, stranger: TestClient, version: Callable[..., str]
) -> None:
    version(released=True)
    tags = [stranger.get("/v1/release").headers["etag"]]
    owner.post(f"/v1/models/{version()}/trial")
    answer = stranger.get("/v1/release", headers={"If-None-Match": tags[0]})
    tags.append(answer.headers["etag"])
    assert answer.json()["trial"] == {
        "version": "v1.0.1",
        "share": 1.0,
        "salt": "v1.0.1-2",
        "kind": "shadow",
        "manifestPath": "models/production/v1.0.1/manifest.json",
    }
    owner.post("/v1/trials/v1.0.1/stop")
    answer = stranger.get("/v1/release", headers={"If-None-Match": ", ".join(tags)})
    assert (answer.status_code, answer.json()["trial"]) == (200, None)


def test_an_owner_starts_a_trial_and_looks_at_it(
    owner: TestClient, on_trial: dict[str, Any]
) -> None:
    trial = on_trial["trial"]
    assert (trial["version"], trial["against"], trial["state"]) == ("v1.0.1", "v1.0.0", "open")
    assert (trial["share"], trial["kind"], trial["startedBy"]) == (0.5, "shadow", "api-key")
    assert owner.get("/v1/trials/v1.0.1").json() == trial
    assert owner.get("/v1/trials").json()["trials"] == [trial]
    assert owner.get("/v1/release").json() == on_trial["release"]


def test_starting_it_again_changes_nothing(owner: TestClient, on_trial: dict[str, Any]) -> None:
    assert owner.post("/v1/models/v1.0.1/trial").json() == on_trial


def test_only_answers_that_come_later_count(
    owner: TestClient, ports: Any, version: Callable[..., str]
) -> None:
    version(released=True)
    for number in (1, 2, 7):
        path = f"{additions_folder('quickdraw_20cat')}{number:06d}.npz"
        ports.artefacts.objects[path] = b""
    answer = owner.post(f"/v1/models/{version()}/trial")
    assert answer.json()["trial"]["revision"] == 7


def test_an_owner_stops_a_trial_and_it_stays_stopped(
    owner: TestClient, on_trial: dict[str, Any]
) -> None:
    stopped = owner.post("/v1/trials/v1.0.1/stop").json()
    assert (stopped["trial"]["state"], stopped["trial"]["stoppedBy"]) == ("stopped", "api-key")
    assert stopped["trial"]["reason"] == "stopped by api-key"
    assert stopped["release"]["version"] == "v1.0.0"
    assert stopped["release"]["fence"] == on_trial["release"]["fence"] + 1
    assert owner.post("/v1/trials/v1.0.1/stop").json() == stopped


def test_a_second_trial_is_refused_with_what_to_do(
    owner: TestClient,
    on_trial: dict[str, Any],
    version: Callable[..., str],
    is_problem: Callable[..., Any],
) -> None:
    answer = owner.post(f"/v1/models/{version()}/trial")
    assert "redraw trial stop v1.0.1" in is_problem(answer, 409, "trial-under-way")["detail"]


def test_what_cannot_be_tried_is_refused(
    owner: TestClient, ports: Any, version: Callable[..., str], is_problem: Callable[..., Any]
) -> None:
    version(released=True)
    unfinished, damaged = version(ready=False), version()
    del ports.artefacts.objects[model_path(damaged)]
    is_problem(owner.post("/v1/models/v9.9.9/trial"), 404, "not-found")
    for name in ("v1.0.0", unfinished, damaged):
        is_problem(owner.post(f"/v1/models/{name}/trial"), 409, "version-not-ready")


@pytest.mark.parametrize(
    "body",
    [
        {"share": 0},
        {"share": 1.5},
        {"share": "all"},
        {"days": 0},
        {"kind": "watch"},
        {"kind": "canary"},
        {"kind": "canary", "share": 1},
        {"salt": "mine"},
    ],
)
def test_what_makes_no_trial_is_refused(
    owner: TestClient,
    version: Callable[..., str],
    is_problem: Callable[..., Any],
    body: dict[str, Any],
) -> None:
    version(released=True)
    is_problem(owner.post(f"/v1/models/{version()}/trial", json=body), 422, "invalid-request")
    assert owner.get("/v1/release").json()["trial"] is None


def test_a_canary_is_for_a_part_of_the_players(
    owner: TestClient, version: Callable[..., str]
) -> None:
    version(released=True)
    body = {"kind": "canary", "share": 0.1}
    answer = owner.post(f"/v1/models/{version()}/trial", json=body).json()
    assert (answer["trial"]["kind"], answer["release"]["trial"]["share"]) == ("canary", 0.1)


@pytest.mark.parametrize(
    "fields", [None, {}, {"version": "v1.0.1", "state": "won"}], ids=["gone", "empty", "odd"]
)
def test_a_trial_whose_document_is_lost_can_be_stopped(
    owner: TestClient, ports: Any, on_trial: dict[str, Any], fields: dict[str, Any] | None
) -> None:
    salt = on_trial["trial"]["salt"]
    if fields is None:
        del ports.models.trials[salt]
    else:
        ports.models.trials[salt] = fields
    listed = owner.get("/v1/trials").json()
    assert (listed["trials"], len(listed["unreadable"])) == ([], 0 if fields is None else 1)
    stopped = owner.post("/v1/trials/v1.0.1/stop").json()
    assert (stopped["trial"], stopped["release"]["trial"]) == (None, None)


def test_players_do_not_read_trials_nor_start_or_stop_them(
    stranger: TestClient, on_trial: dict[str, Any], is_problem: Callable[..., Any]
) -> None:
    caller = {"Authorization": "Bearer player-token"}
    for method, path in (
        ("GET", "/v1/trials"),
        ("GET", "/v1/trials/v1.0.1"),
        ("POST", "/v1/trials/v1.0.1/stop"),
        ("POST", "/v1/models/v1.0.1/trial"),
    ):
        is_problem(stranger.request(method, path, headers=caller), 403, "not-owner")
        is_problem(stranger.request(method, path), 401, "unauthenticated")
