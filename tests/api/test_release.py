"""GET /v1/release, which game clients poll."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.errors import Unavailable
from pipeline.ports import Ports


def test_before_the_first_baseline_there_is_nothing_to_use(
    stranger: TestClient, is_problem: Callable[..., Any]
) -> None:
    is_problem(stranger.get("/v1/release"), 404, "no-release")


def test_an_outage_is_no_reason_to_cache_or_to_name_hosts(
    connect: Callable[..., TestClient],
    ports: Ports,
    broken: Callable[[Exception], Any],
    is_problem: Callable[..., Any],
) -> None:
    stranger = connect(ports=replace(ports, models=broken(Unavailable("secret-host:443 refused"))))
    response = stranger.get("/v1/release")
    is_problem(response, 503, "unavailable")
    assert "secret-host" not in response.text


def test_every_client_may_keep_it_for_seconds(
    stranger: TestClient, version: Callable[..., str]
) -> None:
    version(released=True)
    response = stranger.get("/v1/release")
    assert response.status_code == 200
    release = response.json()
    assert release["version"] == "v1.0.0"
    assert release["manifestPath"] == "models/production/v1.0.0/manifest.json"
    assert response.headers["cache-control"] == "public, max-age=15, must-revalidate"


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', '"a,b" , W/{}', "*"])
def test_a_client_that_knows_the_release_gets_304_and_no_body(
    stranger: TestClient, version: Callable[..., str], form: str
) -> None:
    version(released=True)
    tag = stranger.get("/v1/release").headers["etag"]
    response = stranger.get("/v1/release", headers={"If-None-Match": form.format(tag)})
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["etag"] == tag
    assert "cache-control" in response.headers


@pytest.mark.parametrize("form", ['"other"', "", 'W/"', "{0}x"])
def test_a_client_that_knows_something_else_gets_the_release(
    stranger: TestClient, version: Callable[..., str], form: str
) -> None:
    version(released=True)
    unquoted = stranger.get("/v1/release").headers["etag"].strip('"')
    assert (
        stranger.get("/v1/release", headers={"If-None-Match": form.format(unquoted)}).status_code
        == 200
    )


def test_the_tag_changes_with_every_move_even_back_to_an_old_version(
    owner: TestClient, version: Callable[..., str]
) -> None:
    version(released=True)
    version()
    tags = [owner.get("/v1/release").headers["etag"]]
    for name in ("v1.0.1", "v1.0.0"):
        owner.post(f"/v1/models/{name}/promote")
        response = owner.get("/v1/release", headers={"If-None-Match": ", ".join(tags)})
        assert (response.status_code, response.json()["version"]) == (200, name)
        tags.append(response.headers["etag"])
    assert len(set(tags)) == 3
