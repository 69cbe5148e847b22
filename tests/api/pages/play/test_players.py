"""Who may play, and who a browser is: a player of its own, by a signed cookie."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.settings import Settings
from service.callers.play import BrowserPlayers
from tests.api.pages.play.conftest import Connect, Send, read_field

COOKIE = "redraw-player"


def test_a_browser_stays_the_same_player(browser: TestClient) -> None:
    first, second = (read_field(browser.get("/play").text, "player") for _ in range(2))
    assert first == second
    assert first.startswith("play-")


def test_each_browser_is_another_player(connect: Connect, for_all: Settings) -> None:
    pages = [connect(settings=for_all).get("/play").text for _ in range(2)]
    assert len({read_field(page, "player") for page in pages}) == 2


def test_a_cookie_that_the_service_has_not_signed_is_another_player(browser: TestClient) -> None:
    player = read_field(browser.get("/play").text, "player")
    signed = browser.cookies[COOKIE]
    for forged in ("pia", "x" + signed[1:], signed[:-2], ""):
        browser.cookies.clear()
        browser.cookies.set(COOKIE, forged)
        assert read_field(browser.get("/play").text, "player") != player


def test_what_was_signed_for_another_use_is_no_player(browser: TestClient) -> None:
    sessions = browser.app.state.wiring.sessions  # type: ignore[attr-defined]
    browser.cookies.set(COOKIE, sessions.sign("play-1"))
    assert read_field(browser.get("/play").text, "player") != "play-1"


def test_scripts_cannot_read_the_cookie_and_links_from_elsewhere_keep_it(
    browser: TestClient,
) -> None:
    said = browser.get("/play").headers["set-cookie"].lower()
    assert "httponly" in said
    assert "samesite=lax" in said
    assert "secure" not in said


def test_in_production_the_cookie_is_for_https_and_this_host_alone(settings: Settings) -> None:
    players = BrowserPlayers(settings.model_copy(update={"environment": "production"}))
    assert players.secure
    assert players.cookie.startswith("__Host-")


def test_by_default_the_owner_alone_may_play(visitor: TestClient, signed_in: TestClient) -> None:
    for path in ("/play", "/play/news"):
        answer = visitor.get(path, follow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in?next=%2Fplay")
    assert visitor.post("/play/answers", json={}, follow_redirects=False).status_code == 303
    assert signed_in.get("/play").status_code == 200


@pytest.mark.parametrize("path", ["/play", "/play/news"])
def test_switched_off_it_is_not_there_for_the_owner_either(
    connect: Connect, settings: Settings, path: str
) -> None:
    off = connect(settings=settings.with_changes(dashboard={"play": "off"}))
    off.post("/sign-in", data={"key": "an-api-key-for-tests"})
    assert off.get(path).status_code == 404
    assert off.post("/play/answers", json={}).status_code == 404
    assert 'href="/play"' not in off.get("/runs").text


def test_the_owner_is_offered_a_retrain_and_others_the_sign_in(
    browser: TestClient, signed_in: TestClient
) -> None:
    assert "Retrain now" in signed_in.get("/play").text
    page = browser.get("/play").text
    assert "Retrain now" not in page
    assert 'href="/sign-in?next=/play"' in page


def test_the_page_trusts_the_keys_of_the_settings(connect: Connect, for_all: Settings) -> None:
    from pipeline.signing.keys import make_key

    key = make_key().public.text
    page = connect(settings=for_all.model_copy(update={"trusted_keys": (key,)})).get("/play").text
    assert f"data-keys='[\"{key}\"]'" in page


def test_an_answer_is_of_the_browser_s_player(browser: TestClient, send: Send, ports: Any) -> None:
    answer = send(browser)
    assert answer.status_code == 201, answer.text
    player = read_field(browser.get("/play").text, "player")
    assert ports.corrections.documents["d1"]["userId"] == player


def test_no_browser_can_name_another_player(browser: TestClient, send: Send) -> None:
    assert send(browser, userId="pia").status_code == 422


def test_without_the_page_s_token_nothing_is_taken(
    browser: TestClient, signed_in: TestClient, send: Send, ports: Any
) -> None:
    for client in (browser, signed_in):
        for headers in ({"X-Form-Token": "guessed"}, {"Sec-Fetch-Site": "cross-site"}):
            assert send(client, headers=headers).status_code == 403
    assert ports.corrections.documents == {}


def test_without_the_cookie_nothing_is_taken(browser: TestClient, send: Send, ports: Any) -> None:
    token = read_field(browser.get("/play").text, "form-token")
    browser.cookies.clear()
    answer = browser.post(
        "/play/answers",
        json={"corrected_label": "cat", "strokes": []},
        headers={"X-Form-Token": token},
    )
    assert answer.status_code in {403, 422}
    assert ports.corrections.documents == {}


def test_the_owner_s_answer_needs_the_token_of_the_session(
    signed_in: TestClient, send: Send, ports: Any
) -> None:
    assert send(signed_in).status_code == 201
    assert ports.corrections.documents["d1"]["userId"].startswith("play-")
