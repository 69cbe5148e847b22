"""An owner looks through corrections, and comes from a picture to its player."""

import re

from playwright.sync_api import Page, expect

from pipeline.records.corrections import CorrectionState
from tests.browser._project import Project


def test_corrections_are_chosen_and_every_picture_is_drawn(project: Project, page: Page) -> None:
    waiting = project.ports.corrections.count(CorrectionState.QUARANTINED)
    page.goto("/corrections")
    page.get_by_label("State").select_option("quarantined")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("h1")).to_have_text(f"{waiting} corrections are quarantined")
    pictures = page.locator(".tiles img")
    expect(pictures).to_have_count(min(waiting, 48))
    pictures.last.scroll_into_view_if_needed()
    expect(pictures.last).to_have_js_property("naturalWidth", 28)
    page.get_by_role("link", name="Without: quarantined").click()
    expect(page.locator("h1")).to_have_text(f"{project.ports.corrections.count(None)} corrections")


def test_from_a_picture_to_the_player_and_to_what_forgetting_would_delete(page: Page) -> None:
    page.goto("/corrections?state=merged")
    page.locator("a.tile").first.click()
    expect(page.locator("h1")).to_have_text("It is in the data set")
    expect(page.get_by_role("heading", name="What learned from it")).to_be_visible()
    page.locator('dd a[href^="/players/"]').click()
    expect(page.locator("h1")).to_have_text(re.compile("corrections from one player"))
    page.get_by_role("link", name="See what would be deleted").click()
    expect(page.get_by_text("2 versions learned from this player")).to_be_visible()
    # Without the box the browser sends nothing.
    page.get_by_role("button", name="Forget this player").click()
    expect(page.get_by_label("I am sure")).to_be_focused()
