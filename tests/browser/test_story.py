"""The whole story in one browser: from a drawing to a version, back again, and a player forgotten.

The runs are executed in this process, by the function that workers call; that of the retrain is
released whatever the gate finds, as so small a model may not win. Workers as processes are tested
in tests/end_to_end.
"""

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from pipeline.records.corrections import CorrectionState
from pipeline.records.runs import RunState
from tests.browser._pages import DESK
from tests.browser._project import KEY, Project
from tests.browser._seeded import execute_promoted
from tests.browser.conftest import OpenPage
from tests.browser.play._drawing import HOUSE, answer, draw, open_pad, wait_for_guess
from workers.execution import execute

TWENTY = ["a", "r", "l", "a"] * 5
"""The keys of twenty decisions: accept, refuse, relabel."""


@pytest.fixture
def worker() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as worker:
        yield worker


def test_the_whole_story(
    own_project: Project, open_page: OpenPage, worker: ThreadPoolExecutor
) -> None:
    page = open_page(own_project, DESK, signed_in=False)
    sign_in(page)
    guessed = draw_and_correct(page)
    retrain_and_watch(page, own_project, worker)
    see_the_new_version(page, guessed)
    compare(page)
    roll_back(page, own_project)
    decide_by_keys(page, own_project)
    forget_a_player(page, own_project, worker)


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def sign_in(page: Page) -> None:
    page.goto("/play")
    page.get_by_role("textbox", name="API key").fill(KEY)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/play$"))


def draw_and_correct(page: Page) -> str:
    """Draw a house, say that it is none, and return what was guessed."""
    open_pad(page)
    draw(page, HOUSE)
    guessed = wait_for_guess(page)
    answer(page, "cat" if guessed == "house" else "house")
    return guessed


def retrain_and_watch(page: Page, project: Project, worker: ThreadPoolExecutor) -> None:
    page.get_by_role("link", name="Overview", exact=True).click()
    page.get_by_role("button", name="Retrain now").click()
    expect(heading(page)).to_have_text("A run is under way")
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    run = start(project, worker, execute_promoted)
    # Without loading a page: what the run does is pushed to this one.
    expect(heading(page)).to_have_text("v1.0.3 was released")
    run.result()


def start(project: Project, worker: ThreadPoolExecutor, call: Any) -> Future[Any]:
    """Let the run that is under way be executed."""
    run = project.ports.runs.slot().run
    assert run is not None
    assert run.state is RunState.REQUESTED
    if call is execute:
        return worker.submit(execute, run.id, project.ports, project.settings)
    return worker.submit(call, run.id, project.settings, project.ports)


def see_the_new_version(page: Page, guessed: str) -> None:
    page.get_by_role("link", name="v1.0.3", exact=True).first.click()
    expect(heading(page)).to_contain_text("v1.0.3")
    page.get_by_role("link", name="Play", exact=True).click()
    drawn = page.locator("#drawn li")
    expect(drawn).to_contain_text("v1.0.3 now sees")
    expect(drawn).to_contain_text(f"v1.0.2 saw: {guessed}")


def compare(page: Page) -> None:
    page.goto("/versions/v1.0.3")
    page.get_by_role("link", name="Compare with v1.0.2").click()
    expect(heading(page)).to_contain_text("v1.0.2")
    expect(heading(page)).to_contain_text("v1.0.3")
    expect(page.get_by_role("heading", name="Drawings gained and lost")).to_be_visible()


def roll_back(page: Page, project: Project) -> None:
    page.goto("/releases")
    page.get_by_role("button", name="Back to v1.0.2").click()
    expect(page.get_by_role("status").first).to_contain_text("v1.0.2 is released again.")
    release = project.ports.models.release()
    assert release is not None
    assert release.version == "v1.0.2"


def decide_by_keys(page: Page, project: Project) -> None:
    """Decide on twenty drawings and take one decision back, without the mouse."""
    left = project.ports.corrections.count(CorrectionState.QUARANTINED)
    page.goto("/review")
    for key in TWENTY:
        expect_left(page, left)
        page.keyboard.press(key)
        if key == "l":
            page.keyboard.type("umbr")
            page.keyboard.press("Enter")
        left -= 1
    expect_left(page, left)
    page.keyboard.press("u")
    expect_left(page, left + 1)
    expect(
        page.get_by_text("Taken back: it waits for your decision again.", exact=True)
    ).to_be_visible()
    assert project.ports.corrections.count(CorrectionState.QUARANTINED) == left + 1
    page.goto("/review/recent")
    expect(page.locator(".decisions li")).to_have_count(len(TWENTY) - 1)
    relabelled = page.locator(".decisions li", has_text="umbrella")
    assert relabelled.count() >= TWENTY.count("l")


def expect_left(page: Page, left: int) -> None:
    expect(page.locator("#queue .eyebrow")).to_contain_text(f"· {left} left")
    expect(page.locator("#frame .htmx-request")).to_have_count(0)  # until then no key counts


def forget_a_player(page: Page, project: Project, worker: ThreadPoolExecutor) -> None:
    page.goto("/corrections?state=merged")
    page.locator('main a[href^="/corrections/"]').first.click()
    page.locator('main a[href^="/players/"]').first.click()
    page.get_by_role("link", name="See what would be deleted").click()
    # It is counted in the background, in a small project without being asked.
    count = page.get_by_role("button", name="Count what would be deleted")
    counted = page.get_by_role("heading", name="What will be deleted")
    expect(count.or_(counted).or_(page.get_by_text("is being counted"))).to_be_visible()
    if count.is_visible():
        count.click()
    for _ in range(600):
        if counted.is_visible():
            break
        page.wait_for_timeout(100)
        page.reload()
    expect(counted).to_be_visible()
    page.get_by_label("I am sure").check()
    page.get_by_role("button", name="Forget this player").click()
    expect(heading(page)).to_have_text("A run is under way")
    run = start(project, worker, execute)
    expect(heading(page)).to_have_text("Nothing is left of the player")
    assert run.result().state is RunState.FORGOTTEN
