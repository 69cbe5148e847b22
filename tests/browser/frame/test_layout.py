"""The layout that all pages share: by keyboard, in print, and for those who want no motion."""

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pipeline.bootstrap import in_memory
from pipeline.settings import Settings
from service.app import create_app
from tests.api._server import serving
from tests.browser._pages import PHONE
from tests.browser.conftest import OpenPage

KEY = "an-api-key-for-tests"
EDGES = """() => Array.from(document.querySelectorAll("nav.site a, nav.site button"))
  .map((each) => each.getBoundingClientRect().toJSON())"""


@pytest.fixture(scope="module")
def service() -> Iterator[Any]:
    """A service of an empty project, over memory."""
    settings = Settings(
        _env_file=None,
        api_key=KEY,
        redis_url="redis://127.0.0.1:1/0",
        predict={"processes": 0},
    )
    with serving(create_app(settings, in_memory(), print)) as port:
        yield SimpleNamespace(url=f"http://127.0.0.1:{port}")


def enter(page: Page, path: str) -> None:
    page.goto(f"/sign-in?next={path}")
    page.get_by_label("API key", exact=True).fill(KEY)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"{path}$"))


def test_the_first_key_leads_past_the_menu(service: Any, open_page: OpenPage) -> None:
    page = open_page(service, signed_in=False)
    enter(page, "/versions")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_what_has_the_focus_is_outlined(service: Any, open_page: OpenPage) -> None:
    page = open_page(service, signed_in=False)
    enter(page, "/versions")
    for _ in range(3):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert outline == "3px"


def test_a_finger_finds_each_page_on_a_phone(service: Any, open_page: OpenPage) -> None:
    page = open_page(service, PHONE, signed_in=False)
    enter(page, "/versions")
    boxes = page.evaluate(EDGES)
    assert len(boxes) == 10
    assert all(box["height"] >= 44 and box["left"] >= 0 for box in boxes)
    assert all(box["right"] <= PHONE[0] for box in boxes)


def test_the_page_one_is_on_is_marked_for_who_cannot_see_it(
    service: Any, open_page: OpenPage
) -> None:
    page = open_page(service, signed_in=False)
    enter(page, "/versions")
    marked = page.locator('nav.site [aria-current="page"]')
    expect(marked).to_have_text("Versions")


def test_print_has_no_menu_and_no_buttons(service: Any, open_page: OpenPage) -> None:
    page = open_page(service, signed_in=False)
    enter(page, "/versions")
    page.emulate_media(media="print")
    expect(page.locator("nav.site")).to_be_hidden()
    expect(page.locator("button:visible")).to_have_count(0)
    expect(page.locator("h1")).to_be_visible()


def test_nothing_moves_for_who_wants_no_motion(service: Any, open_page: OpenPage) -> None:
    page = open_page(service, signed_in=False, reduced_motion="reduce")
    enter(page, "/runs")
    moving = page.evaluate("document.getAnimations().length")
    assert moving == 0


def test_a_link_in_a_message_leads_to_the_page_for_who_has_signed_in(
    service: Any, open_page: OpenPage
) -> None:
    page = open_page(service, signed_in=False)
    enter(page, "/versions")
    link = f'<!DOCTYPE html><title>A message</title><a href="{service.url}/players">Look</a>'
    page.route(
        "http://messages.example/**",
        lambda route: route.fulfill(body=link, content_type="text/html"),
    )
    page.goto("http://messages.example/")
    page.get_by_role("link", name="Look").click()
    expect(page.locator("h1")).to_contain_text("player")
    expect(page).to_have_url(f"{service.url}/players")
