"""The page of clients/web in a real Chromium: draw, guess, correct, and what arrives."""

from base64 import b64decode
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from pipeline.categories import CATEGORIES
from pipeline.drawings import normalize_canvas
from pipeline.model.file import read_predictor
from tests._small_model import make_model
from tests.clients.conftest import Stack

pytestmark = pytest.mark.slow

OpenPage = Callable[..., Page]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def draw_house(page: Page) -> None:
    """Draw with the mouse: four walls and a roof."""
    box = page.locator("#pad").bounding_box()
    assert box is not None
    for line in ([(0.2, 0.8), (0.2, 0.4), (0.5, 0.15), (0.8, 0.4), (0.8, 0.8), (0.2, 0.8)],):
        for number, (x, y) in enumerate(line):
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=6)
            if number == 0:
                page.mouse.down()
        page.mouse.up()


def wait_for_guess(page: Page) -> str:
    """Return the guess about the whole drawing, once the page has it."""
    expect(page.locator("#top li")).to_have_count(3)
    expect(page.locator("#guess")).to_have_attribute("aria-busy", "false")
    return page.locator("#label").inner_text()


def read_canvas(page: Page) -> bytes:
    return b64decode(page.locator("#pad").evaluate("pad => pad.toDataURL().split(',')[1]"))


def test_what_is_drawn_is_guessed_as_redraw_would(open_page: OpenPage) -> None:
    page = open_page()
    draw_house(page)
    label = wait_for_guess(page)
    drawing = normalize_canvas(read_canvas(page))
    probabilities = read_predictor(make_model(0)).probabilities(drawing)
    assert label == CATEGORIES[int(probabilities.argmax())].replace("_", " ")
    seen = page.locator("#seen").evaluate(
        "seen => Array.from(seen.getContext('2d').getImageData(0, 0, 28, 28).data)"
    )
    np.testing.assert_array_equal(np.array(seen[::4]).reshape(28, 28), drawing)
    expect(page.locator("#version")).to_contain_text("signature checked")


def test_a_correction_arrives_as_a_game_s_would(stack: Stack, open_page: OpenPage) -> None:
    before = stack.corrections()
    page = open_page()
    draw_house(page)
    guess = wait_for_guess(page)
    page.get_by_role("button", name="house", exact=True).click()
    expect(page.locator("#sent")).to_contain_text("Thank you")
    [(name, fields)] = [item for item in stack.corrections().items() if item[0] not in before]
    timestamp = fields.pop("timestamp")
    assert timestamp is not None
    path = f"drawings/corrections/{name}.png"
    assert fields.pop("userId").startswith("page-")
    assert len(fields.pop("sessionId")) == 32
    assert 0 < fields.pop("confidence") <= 1
    asked, chance = fields.pop("asked"), fields.pop("askedChance", None)
    assert (asked, chance) in {("margin", 1.0), ("none", None)}
    assert fields == {
        "drawingId": name,
        "originalPrediction": guess.replace(" ", "_"),
        "correctedLabel": "house",
        "modelVersion": stack.version,
        "imageStoragePath": path,
        "status": "pending",
    }
    stored = normalize_canvas(stack.ports.artefacts.read(path))
    np.testing.assert_array_equal(stored, normalize_canvas(read_canvas(page)))


def test_a_drawing_is_corrected_once(stack: Stack, open_page: OpenPage) -> None:
    page = open_page()
    draw_house(page)
    wait_for_guess(page)
    before = len(stack.corrections())
    page.get_by_role("button", name="house", exact=True).dblclick()
    expect(page.locator("#sent")).to_contain_text("Thank you")
    expect(page.get_by_role("button", name="cat", exact=True)).to_be_disabled()
    assert len(stack.corrections()) == before + 1
    page.get_by_role("button", name="Clear").click()
    draw_house(page)
    wait_for_guess(page)
    expect(page.get_by_role("button", name="cat", exact=True)).to_be_enabled()


def test_a_promotion_and_a_rollback_reach_an_open_page(stack: Stack, open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator("#version")).to_contain_text(stack.version)
    version = stack.publish(1)
    try:
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(page.locator("#version")).to_contain_text(version)
        draw_house(page)
        wait_for_guess(page)
    finally:
        stack.ports.models.promote(stack.version, by="owner", why="a test")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#version")).to_contain_text(stack.version)


def test_everything_can_be_done_by_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator("#version")).to_contain_text("checked")
    page.keyboard.press("Tab")
    expect(page.locator("#pad")).to_be_focused()
    page.keyboard.press("Space")
    for key in ["Shift+ArrowLeft"] * 4 + ["Shift+ArrowUp"] * 4 + ["Shift+ArrowRight"] * 6:
        page.keyboard.press(key)
    page.keyboard.press("Space")
    wait_for_guess(page)
    for name in ("Undo", "Clear", "apple"):
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=name, exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#sent")).to_contain_text("Thank you")


def test_a_finger_draws_on_a_phone_and_the_page_does_not_scroll(open_page: OpenPage) -> None:
    page = open_page(**PHONE)
    expect(page.locator("#version")).to_contain_text("checked")
    box = page.locator("#pad").bounding_box()
    assert box is not None
    touch = page.context.new_cdp_session(page)
    places = [(0.2, 0.2), (0.5, 0.5), (0.2, 0.8), (0.8, 0.8)]
    for number, (x, y) in enumerate(places):
        point = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
        kind = "touchMove" if number else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    wait_for_guess(page)
    assert page.evaluate("scrollY") == 0
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["viewport"]["width"]  # type: ignore[index]


def test_every_control_and_picture_has_a_name(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator("#classes button")).to_have_count(len(CATEGORIES))
    for name in ("Undo", "Clear", *(name.replace("_", " ") for name in CATEGORIES)):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(1)
    for name in ("Drawing area", "What the model saw"):
        expect(page.get_by_role("img", name=name)).to_have_count(1)
    assert page.locator("html").get_attribute("lang") == "en"


def test_undo_and_clear_take_back_what_was_drawn(open_page: OpenPage) -> None:
    page = open_page()
    draw_house(page)
    wait_for_guess(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#label")).to_have_text("Draw something")
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    expect(page.get_by_role("button", name="apple", exact=True)).to_be_disabled()


def test_a_later_visit_without_a_service_goes_on_with_what_the_browser_has(
    stack: Stack, open_page: OpenPage
) -> None:
    page = open_page()
    expect(page.locator("#version")).to_contain_text("checked")
    page.context.set_offline(True)
    found = page.evaluate(
        """async ({service, keys}) => {
            const {Redraw} = await import("/web/redraw.js");
            const redraw = new Redraw({service, keys, onproblem: () => undefined});
            await redraw.ready;
            while (!redraw.problem) await new Promise((resolve) => setTimeout(resolve, 10));
            const found = [redraw.version, redraw.problem?.code];
            redraw.stop();
            return found;
        }""",
        {"service": stack.url, "keys": [key.text for key in stack.settings.trusted]},
    )
    assert found == [stack.version, "offline"]


def test_the_page_says_what_is_wrong_and_when_all_is_well_again(
    stack: Stack, browser: Browser
) -> None:
    page = browser.new_page()
    page.route("**/v1/release", lambda route: route.fulfill(status=404))
    page.goto(f"{stack.url}/web/")
    expect(page.locator("#problem")).to_have_text("nothing is released yet")
    expect(page.locator("#version")).to_have_text("no version yet")
    page.unroute("**/v1/release")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#version")).to_contain_text("checked")
    expect(page.locator("#problem")).to_be_hidden()
    page.context.close()
