"""A run is followed in the browser, from the first step to its end, without loading a page."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from pipeline.records.runs import Lease, Progress, RunState
from tests.browser._pages import check_axe, check_layout
from tests.browser._project import Project
from tests.browser.conftest import OpenPage


def claim(project: Project) -> Lease:
    """Take the run that is under way, as a worker would."""
    run_id = project.ports.runs.slot().slot.run_id
    assert run_id is not None
    return project.ports.runs.claim(run_id, "the test", 60)


def record(project: Project, lease: Lease, **changes: Any) -> None:
    project.ports.runs.record(lease, changes)


def heading(page: Page) -> Any:
    return page.get_by_role("heading", level=1)


def test_a_run_is_requested_followed_and_seen_to_end(
    own_project: Project, own_page: Page, open_page: OpenPage
) -> None:
    # Two pages that were opened before: one stays, and one is not looked at.
    overview, hidden = open_page(own_project), open_page(own_project)
    hidden.add_init_script("Object.defineProperty(document, 'hidden', {get: () => true})")
    asked: list[str] = []
    hidden.on("request", lambda request: asked.append(request.url))
    for page in (own_page, overview, hidden):
        page.goto("/")
    own_page.get_by_role("button", name="Retrain now").click()
    expect(heading(own_page)).to_have_text("A run is under way")
    expect(own_page.get_by_text("Waiting for a worker")).to_be_visible()
    asked.clear()
    for page in (overview, hidden):
        page.locator(".look").dispatch_event("every")  # as after ten seconds
    expect(overview.get_by_role("heading", name="A run is under way")).to_be_visible()
    assert asked == []

    lease = claim(own_project)
    progress = Progress(message="fold 2", done=2, total=5)
    record(own_project, lease, state=RunState.FITTING)
    record(own_project, lease, progress=progress)
    for page in (own_page, overview):
        expect(page.get_by_text("step 3 of 5")).to_be_visible()
        expect(page.get_by_text("2 of 5", exact=True)).to_be_visible()
        check_layout(page)
    check_axe(own_page)

    record(own_project, lease, state=RunState.REJECTED, reason="it is worse on cats")
    expect(heading(own_page)).to_have_text(
        "The new model was worse somewhere, so nothing was released"
    )
    expect(own_page.get_by_text("it is worse on cats.")).to_be_visible()
    expect(own_page.get_by_role("button", name="Cancel the run")).to_have_count(0)
    expect(overview.get_by_role("button", name="Retrain now")).to_be_visible()
    expect(overview.get_by_role("link", name=re.compile("was worse somewhere"))).to_be_visible()


def test_without_scripts_a_run_is_requested_seen_and_cancelled(
    own_project: Project, open_page: OpenPage
) -> None:
    page = open_page(own_project, java_script_enabled=False)
    page.goto("/")
    page.get_by_role("button", name="Retrain now").click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    page.get_by_role("link", name="Reload").click()
    page.goto("/")
    page.get_by_role("button", name="Cancel the run").click()
    expect(heading(page)).to_have_text("The run was cancelled")
