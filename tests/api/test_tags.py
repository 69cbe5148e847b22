"""JSON answers have tags: a caller that has one gets 304 while nothing changes."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.ports import Ports
from pipeline.records.runs import Run
from tests.api._corrections import Put


@pytest.mark.parametrize(
    "path",
    ["/v1/retrains", "/v1/models", "/v1/models/v1.0.0", "/v1/releases", "/v1/trials",
     "/v1/corrections", "/v1/corrections/c1", "/v1/keys"],
)  # fmt: skip
def test_an_answer_that_has_not_changed_is_not_sent_again(
    owner: TestClient, version: Callable[..., str], put: Put, path: str
) -> None:
    version(released=True)
    put("c1")
    first = owner.get(path)
    assert first.headers["cache-control"] == "private, no-cache"
    again = owner.get(path, headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == "private, no-cache"
    assert "content-type" not in again.headers


def test_a_change_has_another_tag(owner: TestClient, finish: Callable[[str], Run]) -> None:
    run = owner.post("/v1/retrains").json()
    path = f"/v1/retrains/{run['id']}"
    tag = owner.get(path).headers["etag"]
    finish(run["id"])
    changed = owner.get(path, headers={"If-None-Match": tag})
    assert (changed.status_code, changed.json()["state"]) == (200, "promoted")


def test_head_says_the_tag_of_get(owner: TestClient) -> None:
    got, head = owner.get("/v1/retrains"), owner.head("/v1/retrains")
    assert head.headers["etag"] == got.headers["etag"]
    assert head.headers["content-length"] == str(len(got.content))
    tag = {"If-None-Match": got.headers["etag"]}
    assert owner.head("/v1/retrains", headers=tag).status_code == 304


def test_errors_health_writes_and_what_nobody_may_store_have_no_tag(
    owner: TestClient, ports: Ports
) -> None:
    for path in ("/v1/retrains/none", "/v1/retrains?x=1", "/healthz", "/v1/players/ann/preview"):
        assert "etag" not in owner.get(path, headers={"If-None-Match": "*"}).headers
    assert "etag" not in owner.post("/v1/retrains").headers


def test_the_release_keeps_the_tag_and_the_age_that_it_has(
    owner: TestClient, version: Callable[..., str]
) -> None:
    version(released=True)
    answer = owner.get("/v1/release")
    assert answer.headers["cache-control"] == "public, max-age=15, must-revalidate"


def test_the_description_names_the_tags_where_they_are(stranger: TestClient) -> None:
    paths: dict[str, Any] = stranger.get("/openapi.json").json()["paths"]
    tagged = {
        path
        for path, methods in paths.items()
        if "304" in methods.get("get", {"responses": {}})["responses"]
    }
    assert {"/v1/release", "/v1/retrains/{run_id}", "/v1/keys"} <= tagged
    assert not {"/healthz", "/readyz", "/v1/players/{player_id}/preview"} & tagged
