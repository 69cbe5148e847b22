"""Owners sign in with their Firebase accounts: the vendored SDK in Chromium, under the policy."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pipeline.bootstrap import in_memory
from pipeline.settings import Settings
from service.app import create_app
from tests.api._server import serving
from tests.browser._pages import DESK, PHONE, Faults, Size, check_axe, check_layout, check_outline
from tests.browser.conftest import OpenPage
from tests.browser.sign_in._auth_emulator import EMAIL, PASSWORD, AuthEmulator, auth_emulator


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[AuthEmulator]:
    with auth_emulator() as server:
        monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", server.host)
        yield server


@pytest.fixture
def service(emulator: AuthEmulator) -> Iterator[Any]:
    """A service with accounts, over memory."""
    settings = Settings(
        _env_file=None,
        api_key="an-api-key-for-tests",
        redis_url="redis://127.0.0.1:1/0",
        predict={"processes": 0},
        dashboard={"firebase_api_key": "AIza-web"},
    )
    with serving(create_app(settings, in_memory(), print)) as port:
        yield SimpleNamespace(url=f"http://127.0.0.1:{port}")


def fill_in(page: Page, password: str) -> None:
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(password)
    page.get_by_role("region", name="With your account").get_by_role(
        "button", name="Sign in", exact=True
    ).click()


def test_an_owner_gets_to_the_page_that_was_asked_for(service: Any, open_page: OpenPage) -> None:
    page = open_page(service, signed_in=False)
    page.goto("/sign-in?next=/players")
    fill_in(page, PASSWORD)
    expect(page).to_have_url(f"{service.url}/players")
    # The session is this service's alone: Firebase's SDK has kept nothing.
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert page.evaluate("document.cookie") == ""


def test_a_wrong_password_is_said_and_can_be_mended(
    service: Any, open_page: OpenPage, faults: Faults
) -> None:
    faults.allowed = ("400",)
    page = open_page(service, signed_in=False)
    page.goto("/sign-in")
    fill_in(page, "wrong")
    expect(page.get_by_role("alert")).to_have_text(
        "This e-mail address and this password do not belong together."
    )
    check_axe(page)
    fill_in(page, PASSWORD)
    expect(page).to_have_url(f"{service.url}/")


def test_an_account_without_the_claim_is_told_what_it_lacks(
    service: Any, emulator: AuthEmulator, open_page: OpenPage, faults: Faults
) -> None:
    faults.allowed = ("403",)
    emulator.claims = {}
    page = open_page(service, signed_in=False)
    page.goto("/sign-in")
    fill_in(page, PASSWORD)
    expect(page.get_by_role("alert").first).to_contain_text("The account lacks the claim")


def test_google_s_window_may_be_loaded_and_who_cannot_reach_google_is_told(
    service: Any, open_page: OpenPage, faults: Faults
) -> None:
    faults.allowed = ("apis.google.com", "ERR_FAILED")
    page = open_page(service, signed_in=False)
    asked: list[str] = []
    page.route("https://apis.google.com/**", lambda route: (asked.append(""), route.abort()))
    page.goto("/sign-in")
    page.get_by_role("button", name="Sign in with Google").click()
    expect(page.get_by_role("alert")).to_contain_text("Google's window could not be loaded")
    expect(page.get_by_role("button", name="Sign in with Google")).to_be_enabled()
    assert asked  # so the page's policy has let the request pass


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_both_ways_fit_the_window(service: Any, open_page: OpenPage, size: Size) -> None:
    page = open_page(service, size, "dark", signed_in=False)
    page.goto("/sign-in")
    expect(page.get_by_role("button", name="Sign in with Google")).to_be_enabled()
    check_outline(page)
    check_layout(page)
    check_axe(page)


def test_without_scripts_the_api_key_is_the_way_in(service: Any, open_page: OpenPage) -> None:
    page = open_page(service, signed_in=False, java_script_enabled=False)
    page.goto("/sign-in")
    expect(page.locator("noscript p")).to_be_visible()
    page.get_by_label("API key", exact=True).fill("an-api-key-for-tests")
    page.get_by_label("API key", exact=True).press("Enter")
    expect(page).to_have_url(f"{service.url}/")
