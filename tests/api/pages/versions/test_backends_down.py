"""While Firestore or Storage does not answer, each page says so and shows what it knows."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.errors import Unavailable
from tests.api.pages.conftest import Post
from tests.api.pages.versions._published import text_of

PAGES = [
    "/versions",
    "/versions/v1.0.1",
    "/versions/compare",
    "/versions/compare?from=v1.0.0&to=v1.0.1",
    "/releases",
    "/trial",
]


def fail(*_: Any, **__: Any) -> Any:
    raise Unavailable("secret-host does not answer")


@pytest.fixture
def without_firestore(published: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("get", "page", "history", "release", "promote", "withdraw"):
        monkeypatch.setattr(type(published.models), name, fail)
    for name in ("page", "newest", "begin", "end"):
        monkeypatch.setattr(type(published.trials), name, fail)


@pytest.fixture
def without_storage(published: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(published.artefacts), "read", fail)


@pytest.mark.parametrize("page", PAGES)
def test_without_firestore_a_page_is_there_and_says_so(
    page: str, signed_in: TestClient, without_firestore: None
) -> None:
    answer = signed_in.get(page)
    assert answer.status_code == 200
    assert "Firestore does not answer" in text_of(answer.text)
    assert "secret-host" not in answer.text


@pytest.mark.parametrize("page", PAGES[:-1])
def test_without_storage_a_page_shows_what_firestore_knows(
    page: str, signed_in: TestClient, without_storage: None
) -> None:
    answer = signed_in.get(page)
    assert answer.status_code == 200
    assert "v1.0.0" in text_of(answer.text)
    says_so = page.startswith(("/versions/v", "/versions/compare"))
    assert ("Storage does not answer" in text_of(answer.text)) is says_so


@pytest.mark.parametrize(
    "path", ["/versions/v1.0.1/release", "/versions/v1.0.1/withdraw", "/releases/back"]
)
def test_what_cannot_be_done_now_is_an_error_page(
    path: str, post: Post, without_firestore: None
) -> None:
    answer = post(path)
    assert answer.status_code == 503
    assert "secret-host" not in answer.text
