"""What counts as an owner; test_authorisation.py asks every route."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from pipeline.settings import Settings


@pytest.mark.parametrize(
    "headers",
    [
        {"X-API-Key": "an-api-key-for-test"},
        {"X-API-Key": "an-api-key-for-testsx"},
        {"X-API-Key": "schlüssel".encode()},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Bearer "},
    ],
)
def test_what_is_no_credential_of_this_service_is_refused(
    stranger: TestClient, is_problem: Callable[..., Any], headers: Any
) -> None:
    is_problem(stranger.get("/v1/models", headers=headers), 401, "unauthenticated")


def test_without_a_key_in_the_settings_no_key_is_valid(
    connect: Callable[..., TestClient], settings: Settings, is_problem: Callable[..., Any]
) -> None:
    keyless = connect(settings=settings.model_copy(update={"api_key": None}))
    for key in ("", "None", "an-api-key-for-tests"):
        is_problem(keyless.get("/v1/models", headers={"X-API-Key": key}), 401, "unauthenticated")


def test_a_token_that_cannot_be_verified_now_is_asked_for_again_later(
    stranger: TestClient, is_problem: Callable[..., Any]
) -> None:
    response = stranger.get("/v1/models", headers={"Authorization": "Bearer google-is-down"})
    is_problem(response, 503, "unavailable")
    assert int(response.headers["retry-after"]) > 0
    assert "secret-host" not in response.text


def test_a_stranger_learns_nothing_about_what_exists(
    stranger: TestClient, version: Callable[..., str], is_problem: Callable[..., Any]
) -> None:
    version()
    there, absent = (stranger.get(f"/v1/models/{name}") for name in ("v1.0.0", "v1.0.1"))
    assert (
        is_problem(there, 401, "unauthenticated")["detail"]
        == is_problem(absent, 401, "unauthenticated")["detail"]
    )


@pytest.mark.parametrize(
    "headers", [{"X-API-Key": "an-api-key-for-tests"}, {"Authorization": "Bearer admin-token"}]
)
def test_the_key_and_an_admin_token_each_make_an_owner(stranger: TestClient, headers: Any) -> None:
    assert stranger.get("/v1/models", headers=headers).status_code == 200


def test_a_key_beyond_ascii_works_as_the_bytes_that_were_set(
    connect: Callable[..., TestClient], settings: Settings
) -> None:
    key = "schlüssel-für-den-besitzer"
    owner = connect(settings=settings.model_copy(update={"api_key": SecretStr(key)}))
    assert owner.get("/v1/models", headers={"X-API-Key": key.encode()}).status_code == 200
