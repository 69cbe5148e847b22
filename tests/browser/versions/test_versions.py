"""An owner compares versions, looks at drawings, releases, goes back, and watches a trial."""

from playwright.sync_api import Page, expect

from tests.browser._pages import DESK, PHONE, check_layout
from tests.browser._project import Project
from tests.browser.conftest import OpenPage


def test_a_cell_of_the_matrix_opens_the_drawings_that_moved(page: Page) -> None:
    page.goto("/versions")
    page.get_by_label("Compare").select_option("v1.0.0")
    page.get_by_label("with the later").select_option("v1.0.2")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "v1.0.2 is better than v1.0.0 on clean drawings"
    )
    cell = page.locator("svg.difference a").first
    moved = cell.locator("title").text_content() or ""
    cell.click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(moved.partition(":")[0].capitalize())
    count = int(moved.partition(": ")[2].split(", ")[1].split()[0])
    expect(page.locator("figure")).to_have_count(count)
    pictures = page.locator("figure img")
    assert all(
        pictures.nth(number).evaluate("image => image.complete && image.naturalWidth === 28")
        for number in range(count)
    )


def test_a_version_is_released_and_taken_back(own_project: Project, open_page: OpenPage) -> None:
    page = open_page(own_project, PHONE, "dark")
    page.goto("/versions/v1.0.1")
    page.get_by_text("Release it").click()
    page.get_by_label("Why (kept in the history)").locator("visible=true").fill("a look back")
    check_layout(page)
    page.get_by_role("button", name="Release v1.0.1").click()
    expect(page.get_by_role("status")).to_contain_text("v1.0.1 is released.")
    expect(page.get_by_text("a look back")).to_be_visible()
    assert own_project.ports.models.release().version == "v1.0.1"  # type: ignore[union-attr]
    page.goto("/versions/v1.0.2")
    page.get_by_text("Try it on players").click()
    check_layout(page)
    page.get_by_role("button", name="Start the trial").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("no run has looked yet")
    page.get_by_role("button", name="Stop the trial").click()
    expect(page.get_by_role("status")).to_contain_text("v1.0.1 stays released")


def test_without_javascript_all_of_it_works(own_project: Project, open_page: OpenPage) -> None:
    page = open_page(own_project, DESK, "light", java_script_enabled=False)
    page.goto("/releases")
    page.get_by_role("button", name="Back to v1.0.1").click()
    expect(page.get_by_role("status")).to_contain_text("v1.0.1 is released again.")
    page.goto("/versions/compare?from=v1.0.1&to=v1.0.2")
    page.get_by_role("table").get_by_role("link", name=" as ").first.click()
    expect(page.locator("figure").first).to_be_visible()
    page.goto("/versions/v1.0.0")
    page.get_by_text("Withdraw it").click()
    page.get_by_label("Why (kept with the version)").fill("a test")
    page.get_by_role("button", name="Withdraw v1.0.0 for good").click()
    expect(page.get_by_role("status").first).to_contain_text("v1.0.0 is withdrawn")
