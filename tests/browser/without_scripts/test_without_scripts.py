"""Pages without JavaScript: all can be read, and an owner can decide, undo, retrain and go back."""

import re

import pytest
from playwright.sync_api import Page, expect

from pipeline.records.corrections import CorrectionState
from tests.browser._addresses import fill, is_page, list_templates
from tests.browser._pages import PHONE, Faults
from tests.browser._project import Project
from tests.browser.conftest import OpenPage

DRAWING = "/play"
"""It needs JavaScript to draw and to guess, and says so."""


@pytest.fixture
def plain(own_project: Project, open_page: OpenPage) -> Page:
    """A page of a browser that runs no scripts."""
    return open_page(own_project, java_script_enabled=False)


def test_every_page_can_be_read(project: Project, open_page: OpenPage, faults: Faults) -> None:
    faults.allowed = ("csp: ",)  # so Chromium calls scripts that it was told not to load
    page = open_page(project, PHONE, java_script_enabled=False)
    for template in list_templates():
        path = fill(template, project)
        if not is_page(project, path):
            continue
        page.goto(path)
        expect(page).to_have_title(re.compile(r"\S"))
        expect(page.locator("h1")).to_have_count(1)
        assert len(page.locator("main").inner_text()) > 60, path
    page.goto(DRAWING)
    assert "This page needs JavaScript" in page.content()


def test_an_owner_decides_and_takes_it_back(own_project: Project, plain: Page) -> None:
    def count() -> int:
        return own_project.ports.corrections.count(CorrectionState.QUARANTINED)

    waiting = count()
    plain.goto("/review")
    plain.get_by_role("button", name="Accept").click()
    expect(plain.locator("main")).to_contain_text("Accepted")
    assert count() == waiting - 1
    plain.get_by_role("button", name="Undo").click()
    expect(plain.locator("main")).to_contain_text("Taken back")
    assert count() == waiting


def test_an_owner_gives_a_drawing_another_class(own_project: Project, plain: Page) -> None:
    plain.goto("/review")
    plain.get_by_label("It shows another class").fill("smiley face")
    plain.get_by_role("button", name="Relabel").click()
    expect(plain.locator("main")).to_contain_text("Relabelled as smiley face")


def test_an_owner_sees_the_nearest_drawings_on_a_page_of_their_own(plain: Page) -> None:
    plain.goto("/review")
    plain.get_by_role("link", name="Show the nearest drawings").click()
    expect(plain.locator("h1")).to_contain_text("nearest drawings")


def test_an_owner_retrains_and_cancels(own_project: Project, plain: Page) -> None:
    plain.goto("/")
    plain.get_by_role("button", name="Retrain now").click()
    expect(plain.get_by_role("button", name="Cancel the run")).to_be_visible()
    expect(plain.get_by_role("link", name="Reload")).to_be_visible()
    plain.get_by_role("button", name="Cancel the run").click()
    plain.goto("/runs")
    expect(plain.get_by_role("link", name="The run was cancelled")).to_be_visible()


def test_an_owner_goes_back_to_the_version_before(own_project: Project, plain: Page) -> None:
    release = own_project.ports.models.release()
    assert release is not None
    plain.goto("/releases")
    why = plain.get_by_label("Why")
    if why.count():
        why.first.fill("the one before is better")
    plain.get_by_role("button", name=f"Back to {release.previous}").click()
    expect(plain.locator("main")).to_contain_text(f"{release.previous}")
    moved = own_project.ports.models.release()
    assert moved is not None
    assert moved.version == release.previous


def test_filters_and_search_are_forms(plain: Page) -> None:
    plain.goto("/corrections")
    plain.get_by_label("State").select_option("merged")
    plain.get_by_role("button", name="Show").click()
    expect(plain).to_have_url(re.compile(r"state=merged"))
    plain.goto("/system")
    plain.get_by_label("Find a setting").fill("retention")
    plain.get_by_role("button", name="Find").click()
    expect(plain.locator("h1")).to_contain_text("5 settings")


def test_what_is_still_looked_at_is_seen_by_reloading(plain: Page) -> None:
    plain.goto("/system")
    for _ in range(200):
        if not plain.get_by_role("link", name="Reload").count():
            break
        plain.reload()
    expect(plain.get_by_role("button", name="Check again")).to_be_visible()
    expect(plain.locator(".checks")).not_to_contain_text("its turn comes")
