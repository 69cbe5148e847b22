"""The page to draw on, in Chromium: draw, guess, correct, and what arrives in the project."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import numpy as np
from playwright.sync_api import Page, expect

from pipeline.drawings import normalize_canvas, render_strokes
from pipeline.versions.load import load_version
from tests.browser._pages import PHONE, Faults
from tests.browser._project import Project
from tests.browser.conftest import OpenPage
from tests.browser.play._drawing import (
    HOUSE,
    answer,
    draw,
    draw_with_finger,
    open_pad,
    wait_for_guess,
)


def read_canvas(page: Page) -> bytes:
    return b64decode(page.locator("#pad").evaluate("pad => pad.toDataURL().split(',')[1]"))


def read_seen(page: Page) -> np.ndarray:
    """Return what the page says that the model saw, uint8 (28, 28)."""
    values = page.locator("#seen").evaluate(
        """async (seen) => {
            await seen.decode();
            const canvas = new OffscreenCanvas(28, 28);
            const context = canvas.getContext("2d");
            context.drawImage(seen, 0, 0);
            return Array.from(context.getImageData(0, 0, 28, 28).data);
        }"""
    )
    return 255 - np.array(values[::4], np.uint8).reshape(28, 28)


def find_sent(project: Project) -> Mapping[str, Any]:
    """Return the fields of the only correction that was sent from the page."""
    [sent] = [
        document.fields
        for document in project.ports.corrections.pending()
        if str(document.fields.get("userId")).startswith("play-")
    ]
    return sent


def test_what_is_drawn_is_guessed_as_the_project_would(project: Project, page: Page) -> None:
    open_pad(page)
    draw(page)
    guessed = wait_for_guess(page)
    drawing = normalize_canvas(read_canvas(page))
    release = project.ports.models.release()
    assert release is not None
    _, model = load_version(project.ports.models.get(release.version), project.ports.artefacts)
    best = int(model.probabilities(drawing).argmax())
    assert guessed == project.settings.categories[best].replace("_", " ")
    np.testing.assert_array_equal(read_seen(page), drawing)


def test_a_correction_arrives_with_canvas_and_strokes(own_project: Project, own_page: Page) -> None:
    open_pad(own_page)
    draw(own_page)
    guessed = wait_for_guess(own_page)
    canvas = read_canvas(own_page)
    label = "house" if guessed != "house" else "cat"
    answer(own_page, label)
    sent = find_sent(own_project)
    assert sent["correctedLabel"] == label
    assert sent["originalPrediction"] == guessed.replace(" ", "_")
    assert sent["modelVersion"] == own_page.locator("#version").inner_text().split(",")[0]
    assert sent["asked"] in {"none", "margin", "audit"}
    stored = own_project.ports.artefacts.read(sent["imageStoragePath"])
    np.testing.assert_array_equal(normalize_canvas(stored), normalize_canvas(canvas))
    assert len(sent["strokes"]) == len(HOUSE)
    assert render_strokes(sent["strokes"]).any()
    expect(own_page.locator("#drawn li")).to_have_count(1)
    expect(own_page.locator("#drawn")).to_contain_text("Pending")


def test_yes_confirms_and_the_next_stroke_begins_another_drawing(
    own_project: Project, own_page: Page
) -> None:
    open_pad(own_page)
    draw(own_page)
    guessed = wait_for_guess(own_page)
    own_page.get_by_role("button", name="Yes", exact=True).click()
    expect(own_page.locator("#sent")).to_contain_text("Thank you")
    sent = find_sent(own_project)
    assert sent["correctedLabel"] == sent["originalPrediction"] == guessed.replace(" ", "_")
    expect(own_page.get_by_role("button", name="Yes", exact=True)).to_be_disabled()
    draw(own_page, [((0.3, 0.3), (0.6, 0.6))])
    expect(own_page.get_by_role("button", name="Yes", exact=True)).to_be_enabled()
    own_page.get_by_role("button", name="Undo").click()
    expect(own_page.locator("#label")).to_have_text("Draw something")  # the old one is gone


def test_a_finger_draws_on_a_phone_and_the_page_does_not_scroll(
    own_project: Project, open_page: OpenPage
) -> None:
    page = open_page(own_project, PHONE)
    open_pad(page)
    before = page.evaluate("scrollY")
    draw_with_finger(page)
    wait_for_guess(page)
    assert page.evaluate("scrollY") == before
    place = page.locator("#pad").bounding_box()
    page.locator("#live").evaluate("live => live.textContent = 'the name of a class is long 99.9%'")
    assert page.locator("#pad").bounding_box() == place  # it does not move under the finger
    answer(page, "cat" if page.locator("#label").inner_text() != "cat" else "house")
    assert find_sent(own_project)["userId"].startswith("play-")


def test_everything_can_be_done_by_keyboard(own_project: Project, own_page: Page) -> None:
    open_pad(own_page)
    own_page.locator("#pad").focus()
    own_page.keyboard.press("Space")
    for key in ["Shift+ArrowLeft"] * 4 + ["Shift+ArrowUp"] * 4 + ["Shift+ArrowRight"] * 6:
        own_page.keyboard.press(key)
    own_page.keyboard.press("Space")
    wait_for_guess(own_page)
    own_page.get_by_role("button", name="No", exact=True).focus()
    own_page.keyboard.press("Enter")
    expect(own_page.get_by_label("What did you draw?")).to_be_focused()
    own_page.keyboard.type("ic")
    shown = own_page.locator("#classes button:visible")
    expect(shown.first).to_contain_text("ic")
    own_page.keyboard.type("nothing like it")
    expect(shown).to_have_count(0)
    expect(own_page.locator("#none")).to_be_visible()
    own_page.get_by_label("What did you draw?").fill("apple")
    own_page.keyboard.press("Enter")
    expect(own_page.locator("#sent")).to_contain_text("Thank you")
    assert find_sent(own_project)["correctedLabel"] == "apple"


def test_the_list_is_there_again_after_the_page_was_loaded_again(
    own_project: Project, own_page: Page
) -> None:
    open_pad(own_page)
    draw(own_page)
    wait_for_guess(own_page)
    own_page.get_by_role("button", name="Yes", exact=True).click()
    expect(own_page.locator("#drawn li")).to_have_count(1)
    player = find_sent(own_project)["userId"]
    open_pad(own_page)
    expect(own_page.locator("#drawn li")).to_have_count(1)
    assert own_page.locator("#play").get_attribute("data-player") == player


def test_the_page_says_what_is_wrong_and_when_all_is_well_again(
    project: Project, page: Page, faults: Faults
) -> None:
    faults.allowed = ("404", "/v1/release")
    page.route("**/v1/release", lambda route: route.fulfill(status=404))
    page.goto("/play")
    expect(page.locator("#problem")).to_contain_text("Nothing is released yet")
    expect(page.locator("#version")).to_have_text("No version yet")
    page.unroute("**/v1/release")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#version")).to_contain_text("checked")
    expect(page.locator("#problem")).to_be_hidden()


def test_an_answer_that_does_not_arrive_can_be_given_again(
    own_project: Project, own_page: Page, faults: Faults
) -> None:
    faults.allowed = ("503", "/play/answers")
    open_pad(own_page)
    draw(own_page)
    wait_for_guess(own_page)
    own_page.route("**/play/answers", lambda route: route.fulfill(status=503))
    own_page.get_by_role("button", name="Yes", exact=True).click()
    expect(own_page.locator("#sent")).to_contain_text("It has not arrived")
    own_page.unroute("**/play/answers")
    own_page.get_by_role("button", name="Yes", exact=True).click()
    expect(own_page.locator("#sent")).to_contain_text("Thank you")
    assert find_sent(own_project)


def test_an_example_is_guessed_without_drawing_and_not_asked_about(
    project: Project, page: Page
) -> None:
    open_pad(page)
    page.get_by_role("button", name="Show an example").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#sent")).to_contain_text("This is an example of")
    expect(page.locator("#top li")).to_have_count(3)
    expect(page.get_by_role("button", name="Yes", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#label")).to_have_text("Draw something")


def test_where_a_browser_cannot_check_signatures_the_page_says_how_to_open_it(page: Page) -> None:
    page.add_init_script("Object.defineProperty(window, 'isSecureContext', {value: false})")
    page.goto("/play")
    expect(page.locator("#problem")).to_contain_text("HTTPS")
