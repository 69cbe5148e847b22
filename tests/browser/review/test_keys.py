"""The keys of the queue are a contract: what each does, and when none of them does anything."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pipeline.records.corrections import CorrectionState, OwnerAction, OwnerChoice
from tests.browser._pages import Faults, check_axe, check_layout
from tests.browser._project import Project, project_in
from tests.browser.conftest import OpenPage

QUARANTINED = CorrectionState.QUARANTINED


@pytest.fixture(scope="module")
def copied(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project for the tests of this module; starting one for each takes seconds."""
    with project_in(seeded, tmp_path_factory.mktemp("review") / "data") as project:
        yield project


@pytest.fixture
def queue(copied: Project) -> Iterator[Project]:
    """The project of this module; afterwards all decisions are taken back."""
    yield copied
    corrections = copied.ports.corrections
    decided = corrections.page_decisions(limit=1000).records
    corrections.undecide([decision.correction_id for decision in decided])


@pytest.fixture
def page(queue: Project, open_page: OpenPage) -> Page:
    """The queue, with its first drawing."""
    page = open_page(queue)
    page.goto("/review")
    expect(page.locator("#question")).to_contain_text("Does this drawing show")
    return page


def shown(page: Page) -> str:
    """Return the address of the large drawing."""
    return str(page.locator(".turn img").get_attribute("src"))


def press(page: Page, key: str) -> None:
    """Press a key, and wait until another drawing is there."""
    before = shown(page)
    page.keyboard.press(key)
    expect(page.locator(".turn img")).not_to_have_attribute("src", before)


def count_left(project: Project) -> int:
    return project.ports.corrections.count(QUARANTINED)


def test_twenty_are_decided_on_by_keys_alone_and_some_are_taken_back(
    page: Page, queue: Project
) -> None:
    total = count_left(queue)
    assert total > 20
    seen = [shown(page)]
    for key in "n" + "aarr" * 5:
        press(page, key)
        expect(page.locator("#queue")).to_be_focused()
        seen.append(shown(page))
    assert len(set(seen)) == len(seen)
    assert count_left(queue) == total - 20
    expect(page.locator(".eyebrow")).to_contain_text(f"{total - 20} left")
    decisions = queue.ports.corrections.page_decisions().records
    assert [each.action for each in decisions[:3]] == ["refuse", "refuse", "accept"]

    for decision in decisions[:3]:
        press(page, "u")
        expect(page.locator(".last")).to_contain_text("Taken back")
        assert shown(page) == f"/corrections/{decision.correction_id}/drawing.png"
    assert count_left(queue) == total - 17
    check_axe(page)
    check_layout(page)


def test_typing_finds_a_class_and_enter_takes_the_first(page: Page, queue: Project) -> None:
    before = shown(page)
    page.keyboard.press("l")
    field = page.locator("#label")
    expect(field).to_be_focused()
    page.keyboard.type("smil")
    expect(page.locator("#found li")).to_have_text(["smiley face"])
    check_axe(page)
    page.keyboard.press("Enter")
    expect(page.locator(".turn img")).not_to_have_attribute("src", before)
    expect(page.locator(".last")).to_have_text("Relabelled as smiley face.")
    [decision] = queue.ports.corrections.page_decisions(limit=1).records
    assert (decision.action, decision.label) == (OwnerAction.RELABEL, "smiley_face")

    page.keyboard.press("l")
    page.keyboard.type("s")
    expect(page.locator("#found li").first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    second = page.locator("#found li").nth(1)
    expect(second).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", "found-1")
    page.keyboard.press("Escape")
    expect(page.locator("#found")).to_be_hidden()
    expect(page.locator("#queue")).to_be_focused()
    expect(field).to_have_value("")


def test_letters_in_a_field_and_with_the_switch_off_decide_on_nothing(
    page: Page, queue: Project
) -> None:
    total = count_left(queue)
    page.keyboard.press("l")
    page.keyboard.type("arun")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+a")
    page.keyboard.press("?")
    box = page.get_by_label("Single keys work on this page")
    expect(box).to_be_checked()
    box.uncheck()
    page.locator("h1").click()
    for key in "arub":
        page.keyboard.press(key)
    page.reload()
    expect(page.locator("body")).to_have_class(re.compile("no-keys"))
    page.keyboard.press("a")
    assert count_left(queue) == total
    page.locator("#keys summary").click()
    box.check()
    page.locator("h1").click()
    press(page, "a")
    assert count_left(queue) == total - 1


def test_a_double_click_decides_on_one(page: Page, queue: Project) -> None:
    total, before = count_left(queue), shown(page)
    page.get_by_role("button", name="Accept").dblclick()
    expect(page.locator(".turn img")).not_to_have_attribute("src", before)
    expect(page.locator(".eyebrow")).to_contain_text(f"{total - 1} left")
    assert count_left(queue) == total - 1


def test_all_of_them_are_refused_and_taken_back_with_the_same_keys(
    page: Page, queue: Project
) -> None:
    total = count_left(queue)
    page.keyboard.press("b")
    expect(page.locator("#question")).to_have_text(f"Decide on all {total}?")
    assert count_left(queue) == total
    page.keyboard.press("r")
    expect(page.locator("#question")).to_have_text(f"{total} are refused")
    assert count_left(queue) == 0
    page.keyboard.press("u")
    expect(page.locator("#question")).to_have_text("All was taken back")
    assert count_left(queue) == total
    page.keyboard.press("n")
    expect(page.locator("#question")).to_contain_text("Does this drawing show")


def test_a_decision_is_announced_and_the_nearest_drawings_appear(page: Page) -> None:
    expect(page.locator(".near .row img").first).to_be_visible()
    press(page, "a")
    said = page.locator("#said")
    expect(said).to_contain_text("Accepted.")
    expect(said).to_contain_text("Does this drawing show")
    expect(page.locator(".near .row")).not_to_have_count(0)


def test_what_another_owner_has_decided_meanwhile_is_said_and_stands(
    page: Page, queue: Project, faults: Faults
) -> None:
    faults.allowed = ("409",)
    name = shown(page).split("/")[2]
    corrections = queue.ports.corrections
    [decision] = corrections.decide_waiting([name], OwnerChoice(action=OwnerAction.REFUSE), "ada")
    page.keyboard.press("a")
    expect(page.locator(".told")).to_contain_text("ada has decided on it meanwhile")
    assert corrections.decisions([name]) == {name: decision}
    press(page, "n")


def test_without_scripts_it_is_decided_and_taken_back_too(
    queue: Project, open_page: OpenPage
) -> None:
    page = open_page(queue, java_script_enabled=False)
    page.goto("/review")
    before = shown(page)
    page.get_by_role("button", name="Accept").click()
    expect(page.locator(".last")).to_have_text("Accepted.")
    assert shown(page) != before
    page.get_by_role("button", name="Undo").click()
    assert shown(page) == before
    page.get_by_label("It shows another class").fill("cat")
    page.get_by_role("button", name="Relabel").click()
    expect(page.locator(".last")).to_have_text("Relabelled as cat.")
    page.get_by_role("link", name="Show the nearest drawings").click()
    expect(page.locator("h1")).to_have_text("The nearest drawings of each class")
