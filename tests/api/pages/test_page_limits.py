"""How many pages a visitor may ask for in a minute."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from pipeline.settings import Settings
from service.callers.sessions import Sessions
from service.callers.standing import Standing

TOO_MANY = 429


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.with_changes(limit={"requests": 2})


@pytest.fixture
def ask(connect: Callable[..., TestClient], settings: Settings) -> Callable[[str | None], int]:
    """Asks for a page with the session of an owner, and returns the status."""
    browser = connect(look_up=lambda _: Standing(is_owner=True))
    sessions = Sessions(settings)
    cookies = {owner: sessions.sign(owner) for owner in ("api-key", "ada", "bob")}

    def send(owner: str | None) -> int:
        browser.cookies.clear()
        headers = {} if owner is None else {"Cookie": f"redraw-session={cookies.get(owner, 'x')}"}
        return int(browser.get("/runs", headers=headers, follow_redirects=False).status_code)

    return send


def test_the_session_of_the_key_is_not_limited_as_the_key_is_not(
    ask: Callable[[str | None], int],
) -> None:
    assert {ask("api-key") for _ in range(4)} == {200}


def test_the_session_of_an_account_is_counted_for_the_account(
    ask: Callable[[str | None], int],
) -> None:
    assert [ask("ada") for _ in range(3)] == [200, 200, TOO_MANY]
    assert ask("bob") == 200


@pytest.mark.parametrize("cookie", [None, "made up"])
def test_without_a_session_the_address_is_counted(
    ask: Callable[[str | None], int], cookie: str | None
) -> None:
    assert [ask(cookie) for _ in range(3)] == [303, 303, TOO_MANY]
    assert ask("api-key") == 200
