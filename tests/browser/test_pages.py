"""Every page in both sizes and colour schemes: no complaint, readable, and nothing moves."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest
from playwright.sync_api import Browser, Page

from tests.browser._addresses import fill, is_page, list_templates
from tests.browser._pages import (
    DESK,
    PHONE,
    Faults,
    Scheme,
    Size,
    browsing,
    check_axe,
    check_layout,
    check_outline,
)
from tests.browser._project import Project
from tests.browser.conftest import OpenPage

Window = Callable[[Size, Scheme], tuple[Page, Faults]]
SIZES = [pytest.param(DESK, id="desk"), pytest.param(PHONE, id="phone")]


@pytest.fixture(scope="module")
def window(project: Project, browser: Browser) -> Iterator[Window]:
    """Returns the one page of each size and scheme, and what is wrong with it."""
    with ExitStack() as opened:

        @cache
        def open_one(size: Size, scheme: Scheme) -> tuple[Page, Faults]:
            page = opened.enter_context(browsing(browser, project, size, scheme)).new_page()
            faults = Faults()
            faults.watch(page)
            return page, faults

        yield open_one


@pytest.mark.parametrize("template", list_templates())
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_a_page_is_sound(
    project: Project, window: Window, template: str, size: Size, scheme: Scheme
) -> None:
    path = fill(template, project)
    if not is_page(project, path):
        return
    page, faults = window(size, scheme)
    faults.found.clear()
    page.goto(path)
    check_outline(page)
    check_layout(page)
    # The rules take most of the time, and in dark only the colours are others.
    if scheme == "light":
        check_axe(page)
    elif size == DESK:
        check_axe(page, "color-contrast")
    assert faults.found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_sign_in_and_an_error_are_sound(
    project: Project, open_page: OpenPage, faults: Faults, size: Size, scheme: Scheme
) -> None:
    faults.allowed = ("404",)
    for signed_in, path in ((False, "/sign-in"), (True, "/versions/v9.9.9"), (True, "/nowhere")):
        page = open_page(project, size, scheme, signed_in=signed_in)
        page.goto(path)
        check_outline(page)
        check_layout(page)
        check_axe(page)
