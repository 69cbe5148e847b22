"""GET /v1/models and POST /v1/models/{version}/promote."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.storage_paths import model_path


def test_an_unknown_version_is_neither_shown_nor_released(
    owner: TestClient, version: Callable[..., str], is_problem: Callable[..., Any]
) -> None:
    version(released=True)
    is_problem(owner.get("/v1/models/v9.9.9"), 404, "not-found")
    is_problem(owner.post("/v1/models/v9.9.9/promote"), 404, "not-found")
    assert owner.get("/v1/release").json()["version"] == "v1.0.0"


@pytest.mark.parametrize("name", ["1.0.0", "v1.0", "latest", "v1.0.0.0", "v1.0.٣", "v1.0.0%0A"])
def test_what_is_no_version_number_is_refused(
    owner: TestClient, is_problem: Callable[..., Any], name: str
) -> None:
    is_problem(owner.get(f"/v1/models/{name}"), 422, "invalid-request")
    is_problem(owner.post(f"/v1/models/{name}/promote"), 422, "invalid-request")


def test_a_version_whose_files_are_still_on_their_way_is_not_released(
    owner: TestClient, version: Callable[..., str], is_problem: Callable[..., Any]
) -> None:
    version(released=True)
    unfinished = version(ready=False)
    is_problem(owner.post(f"/v1/models/{unfinished}/promote"), 409, "version-not-ready")
    assert owner.get("/v1/release").json()["version"] == "v1.0.0"


def test_a_version_with_a_lost_file_is_not_released_and_the_file_is_named(
    owner: TestClient, ports: Any, version: Callable[..., str], is_problem: Callable[..., Any]
) -> None:
    version(released=True)
    path = model_path(version())
    del ports.artefacts.objects[path]
    problem = is_problem(owner.post("/v1/models/v1.0.1/promote"), 409, "version-not-ready")
    assert path in problem["detail"]
    assert owner.get("/v1/release").json()["version"] == "v1.0.0"


def test_nothing_moves_when_the_release_is_not_what_the_caller_saw(
    owner: TestClient, version: Callable[..., str], is_problem: Callable[..., Any]
) -> None:
    version(released=True)
    seen = owner.get("/v1/release").json()
    version(released=True)
    third = version()
    is_problem(
        owner.post(f"/v1/models/{third}/promote", json={"replacing": seen["fence"]}),
        409,
        "release-moved",
    )
    now = owner.get("/v1/release").json()
    assert now["version"] == "v1.0.1"
    assert (
        owner.post(f"/v1/models/{third}/promote", json={"replacing": now["fence"]}).status_code
        == 200
    )


def test_promoting_moves_the_release_and_promoting_the_old_one_rolls_back(
    owner: TestClient, version: Callable[..., str]
) -> None:
    old, new = version(released=True), version()
    forward = owner.post(f"/v1/models/{new}/promote").json()
    assert (forward["version"], forward["previous"]) == (new, old)
    assert owner.get(f"/v1/models/{new}").json()["active"] is True
    back = owner.post(f"/v1/models/{old}/promote").json()
    assert (back["version"], back["previous"]) == (old, new)
    assert back["fence"] > forward["fence"]
    assert [model["active"] for model in owner.get("/v1/models").json()["models"]] == [False, True]


def test_promoting_twice_changes_nothing(owner: TestClient, version: Callable[..., str]) -> None:
    new = version()
    assert (
        owner.post(f"/v1/models/{new}/promote").json()
        == owner.post(f"/v1/models/{new}/promote").json()
    )


def test_versions_are_listed_highest_first_with_their_files(
    owner: TestClient, version: Callable[..., str]
) -> None:
    names = [version() for _ in range(11)]
    models = owner.get("/v1/models").json()["models"]
    assert [model["version"] for model in models] == names[::-1]
    assert models[0]["files"][0]["path"] == "models/production/v1.0.10/quickdraw_v1.0.10.h5"
    assert owner.get("/v1/models/v1.0.10").json() == models[0]
