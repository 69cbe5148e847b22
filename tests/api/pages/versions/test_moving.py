"""The owner releases, goes back, and withdraws; each says what it will do, and what it has done."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.pages.conftest import Post
from tests.api.pages.versions._published import WHY, publish_version, text_of


def fence_in(page: str, action: str) -> str:
    """The fence of the release that the form of an action has seen."""
    form = re.search(rf'action="{action}".*?name="replacing" value="(\d+)"', page, re.DOTALL)
    assert form is not None, action
    return form[1]


def test_a_release_says_what_it_replaces_and_is_in_the_history(
    signed_in: TestClient, post: Post, published: Any
) -> None:
    page = signed_in.get("/versions/v1.0.1").text
    assert "in place of v1.0.0, which stays ready" in text_of(page)
    seen = fence_in(page, "/versions/v1.0.1/release")
    said = text_of(post("/versions/v1.0.1/release", replacing=seen, why="more suns").text)
    assert published.models.release().version == "v1.0.1"
    assert "v1.0.1 is released. It was v1.0.0 until now." in said
    assert re.search(r"v1\.0\.1 .{1,40} now the owner more suns", said)


def test_a_release_without_a_reason_needs_none(post: Post, published: Any) -> None:
    post("/versions/v1.0.1/release", why="  ")
    assert published.models.history().records[0].why == "an owner released it"


def test_a_release_that_has_changed_since_the_page_is_not_replaced(
    signed_in: TestClient, post: Post, published: Any
) -> None:
    publish_version(published, [0] * 8)
    seen = fence_in(signed_in.get("/versions/v1.0.1").text, "/versions/v1.0.1/release")
    published.models.promote("v1.0.2", **WHY)
    answer = post("/versions/v1.0.1/release", replacing=seen)
    assert answer.status_code == 409
    assert published.models.release().version == "v1.0.2"


def test_a_version_with_a_damaged_file_is_not_released(post: Post, published: Any) -> None:
    path = "models/production/v1.0.1/metadata.json"
    published.artefacts.objects[path] = b"{}"
    answer = post("/versions/v1.0.1/release")
    assert answer.status_code == 409
    assert "cannot be released" in text_of(answer.text)
    assert published.models.release().version == "v1.0.0"


@pytest.mark.parametrize("page", ["/versions", "/versions/v1.0.1", "/releases", "/trial"])
def test_the_pages_of_versions_are_in_their_place(
    page: str, signed_in: TestClient, published: Any
) -> None:
    assert 'href="/versions" aria-current="page"' in signed_in.get(page).text


def test_without_releases_the_history_says_so(signed_in: TestClient) -> None:
    said = text_of(signed_in.get("/releases").text)
    assert "Nothing was ever released." in said


def test_with_one_release_there_is_no_way_back(signed_in: TestClient, published: Any) -> None:
    page = signed_in.get("/releases").text
    assert "No version that is ready was released before v1.0.0." in text_of(page)
    assert "/releases/back" not in page


def test_the_way_back_is_one_step_and_says_what_it_does(
    signed_in: TestClient, post: Post, published: Any
) -> None:
    published.models.promote("v1.0.1", **WHY)
    page = signed_in.get("/releases").text
    assert "Players get v1.0.0 again" in text_of(page)
    seen = fence_in(page, "/releases/back")
    said = text_of(post("/releases/back", replacing=seen, why="cats were lost").text)
    assert published.models.release().version == "v1.0.0"
    assert "v1.0.0 is released again." in said
    assert re.search(r"v1\.0\.0 back .{1,40} now the owner cats were lost", said)


def test_pressed_twice_it_goes_back_once(signed_in: TestClient, post: Post, published: Any) -> None:
    for guesses in ([0] * 8, [1] * 8):
        publish_version(published, guesses)
    for version in ("v1.0.1", "v1.0.2", "v1.0.3"):
        published.models.promote(version, **WHY)
    seen = fence_in(signed_in.get("/releases").text, "/releases/back")
    for _ in range(2):
        assert post("/releases/back", replacing=seen).status_code == 200
    assert published.models.release().version == "v1.0.2"


def test_the_way_back_passes_over_what_was_withdrawn(signed_in: TestClient, published: Any) -> None:
    publish_version(published, [0] * 8)
    for version in ("v1.0.1", "v1.0.2"):
        published.models.promote(version, **WHY)
    published.models.withdraw("v1.0.1", by="owner", why="a test")
    assert "Players get v1.0.0 again" in text_of(signed_in.get("/releases").text)


def test_a_long_history_is_in_pages(signed_in: TestClient, published: Any) -> None:
    for number in range(60):
        published.models.promote(f"v1.0.{(number + 1) % 2}", **WHY)
    first = signed_in.get("/releases").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = signed_in.get(following[1]).text
    assert first.count("<tr>") + second.count("<tr>") == 1 + 50 + 1 + 11
    assert "/releases/back" not in second


def test_withdrawing_says_why_and_is_final(
    signed_in: TestClient, post: Post, published: Any
) -> None:
    assert "cannot be undone" in text_of(signed_in.get("/versions/v1.0.1").text)
    said = text_of(post("/versions/v1.0.1/withdraw", why="it took cats for dogs").text)
    assert "v1.0.1 is withdrawn: it is never released again." in said
    assert "it took cats for dogs" in said
    assert post("/versions/v1.0.1/release").status_code == 409


def test_the_released_version_is_not_withdrawn(post: Post, published: Any) -> None:
    assert post("/versions/v1.0.0/withdraw", why="a test").status_code == 409
    assert published.models.get("v1.0.0").status == "ready"


@pytest.mark.parametrize(
    "path",
    [
        "/versions/v1.0.1/release", "/versions/v1.0.1/withdraw", "/versions/v1.0.1/trial",
        "/releases/back", "/trial/stop",
    ],
)  # fmt: skip
def test_without_the_token_of_the_session_nothing_changes(
    path: str, signed_in: TestClient, published: Any
) -> None:
    before = published.models.release()
    assert signed_in.post(path, data={"version": "v1.0.1"}).status_code == 403
    assert published.models.release() == before
    assert published.models.get("v1.0.1").status == "ready"


@pytest.mark.parametrize("reason", ["x" * 501, "x" * 100_000])
def test_a_reason_that_is_too_long_is_refused(reason: str, post: Post, published: Any) -> None:
    assert post("/versions/v1.0.1/release", why=reason).status_code in {413, 422}
    assert published.models.release().version == "v1.0.0"
