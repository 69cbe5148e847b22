"""Sign in with the API key."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from pipeline.settings import Settings
from tests.api.conftest import API_KEY

Open = Callable[..., TestClient]
OTHER_SITE = {"Sec-Fetch-Site": "cross-site"}


def sign_in(browser: TestClient, key: str = API_KEY, way: str = "/", **headers: str) -> Any:
    return browser.post(
        "/sign-in", params={"next": way}, data={"key": key}, headers=headers, follow_redirects=False
    )


@pytest.fixture
def production(connect: Open, settings: Settings) -> TestClient:
    browser = connect(settings=settings.with_changes(environment="production"))
    browser.base_url = "https://redraw.example"  # type: ignore[assignment] # httpx takes a text
    return browser


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(visitor: TestClient) -> None:
    cookie = sign_in(visitor).headers["set-cookie"]
    assert cookie.startswith("redraw-session=")
    assert {"HttpOnly", "Path=/", "SameSite=strict", "Max-Age=43200"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


def test_in_production_it_goes_by_https_and_to_this_host_alone(production: TestClient) -> None:
    cookie = sign_in(production).headers["set-cookie"]
    assert cookie.startswith("__Host-redraw-session=")
    assert "Secure" in cookie.split("; ")
    assert "Domain" not in cookie
    assert production.get("/runs", follow_redirects=False).status_code == 200


@pytest.mark.parametrize("key", ["", "wrong", f"{API_KEY}x", "schlüssel-ключ-鍵", "\ud83d\ude00"])
def test_another_key_is_refused_in_place(visitor: TestClient, key: str) -> None:
    answer = sign_in(visitor, key.encode("utf-16", "surrogatepass").decode("utf-16"))
    assert answer.status_code == 403
    assert "This is not the API key." in answer.text
    assert "set-cookie" not in answer.headers


def test_blanks_around_a_pasted_key_do_not_matter(visitor: TestClient) -> None:
    assert sign_in(visitor, f" {API_KEY}\n").status_code == 303


def test_after_too_many_wrong_keys_the_right_one_is_not_looked_at(
    connect: Open, settings: Settings
) -> None:
    browser = connect(settings=settings.with_changes(limit={"wrong_keys": 2}))
    assert [sign_in(browser, "wrong").status_code for _ in range(2)] == [403, 403]
    answer = sign_in(browser)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert "Too many requests with a wrong API key: try again in" in answer.text


def test_wrong_keys_of_the_pages_and_of_the_api_are_counted_together(
    connect: Open, settings: Settings
) -> None:
    browser = connect(settings=settings.with_changes(limit={"wrong_keys": 2}))
    sign_in(browser, "wrong")
    browser.get("/v1/retrains", headers={"X-API-Key": "wrong"})
    assert sign_in(browser).status_code == 429
    assert browser.get("/v1/retrains", headers={"X-API-Key": API_KEY}).status_code == 429


@pytest.mark.parametrize(
    "headers",
    [OTHER_SITE, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"},
     {"Origin": "null"}],
)  # fmt: skip
def test_no_other_site_signs_a_browser_in(visitor: TestClient, headers: dict[str, str]) -> None:
    answer = sign_in(visitor, **headers)
    assert answer.status_code == 403
    assert "another site" in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://testserver"},
     {"Sec-Fetch-Site": "same-origin", "Origin": "null"}],
)  # fmt: skip
def test_the_page_itself_does(visitor: TestClient, headers: dict[str, str]) -> None:
    assert sign_in(visitor, **headers).status_code == 303


def test_who_has_signed_in_goes_on_to_the_page_that_was_asked_for(visitor: TestClient) -> None:
    asked = visitor.get("/runs", params={"after": "a&b"}, follow_redirects=False)
    way = asked.headers["location"].partition("next=")[2]
    page = visitor.get("/sign-in", params={"next": "/runs?after=a%26b"}).text
    assert f'action="/sign-in?next={way}"' in page
    answer = visitor.post(f"/sign-in?next={way}", data={"key": API_KEY}, follow_redirects=False)
    assert answer.headers["location"] == "/runs?after=a%26b"


def test_who_has_a_session_is_not_asked_again(signed_in: TestClient) -> None:
    answer = signed_in.get("/sign-in?next=/runs", follow_redirects=False)
    assert answer.headers["location"] == "/runs"


def test_without_a_key_the_page_says_what_to_set(connect: Open, settings: Settings) -> None:
    browser = connect(settings=settings.with_changes(api_key=None))
    page = browser.get("/sign-in").text
    assert "<code>REDRAW_API_KEY</code>" in page
    assert "<input" not in page
    assert sign_in(browser, "").status_code == 403


def test_another_key_ends_all_sessions_also_where_a_secret_is_set(
    connect: Open, settings: Settings
) -> None:
    with_secret = settings.with_changes(
        dashboard={"session_secret": SecretStr("a-secret-of-sixteen")}
    )
    for before in (settings, with_secret):
        browser = connect(settings=before)
        sign_in(browser)
        changed = connect(settings=before.with_changes(api_key=SecretStr("another-key-of-16")))
        changed.cookies = browser.cookies
        assert browser.get("/runs", follow_redirects=False).status_code == 200
        assert changed.get("/runs", follow_redirects=False).status_code == 303


def test_a_page_that_came_by_http_says_that_its_cookie_will_be_lost(production: TestClient) -> None:
    sentence = "did not come by HTTPS"
    assert sentence not in production.get("/sign-in").text
    assert sentence in production.get("http://redraw.example/sign-in").text
    assert sentence not in production.get("http://localhost:8000/sign-in").text


def test_development_says_where_the_key_is_printed(
    visitor: TestClient, production: TestClient
) -> None:
    assert "<code>redraw up</code>" in visitor.get("/sign-in").text
    assert "<code>redraw up</code>" not in production.get("/sign-in").text
