"""Draw on the pad as a person does: with a mouse, or with a finger."""

import re
from collections.abc import Sequence

from playwright.sync_api import Page, expect

Line = Sequence[tuple[float, float]]
HOUSE: tuple[Line, ...] = (
    ((0.2, 0.8), (0.2, 0.4), (0.5, 0.15), (0.8, 0.4), (0.8, 0.8), (0.2, 0.8)),
    ((0.45, 0.8), (0.45, 0.6), (0.6, 0.6), (0.6, 0.8)),
)
SMILE: tuple[Line, ...] = (
    ((0.3, 0.2), (0.3, 0.3)),
    ((0.7, 0.2), (0.7, 0.3)),
    ((0.2, 0.5), (0.35, 0.75), (0.65, 0.75), (0.8, 0.5)),
)


def draw(page: Page, lines: Sequence[Line] = HOUSE) -> None:
    """Draw with the mouse; a line is a list of places in the pad, from 0 to 1."""
    for line in lines:
        for number, (x, y) in enumerate(locate(page, line)):
            page.mouse.move(x, y, steps=6)
            if number == 0:
                page.mouse.down()
        page.mouse.up()


def draw_with_finger(page: Page, lines: Sequence[Line] = HOUSE) -> None:
    """Draw on a touch screen."""
    touch = page.context.new_cdp_session(page)
    for line in lines:
        for number, (x, y) in enumerate(locate(page, line)):
            kind = "touchMove" if number else "touchStart"
            touch.send(
                "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]}
            )
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def locate(page: Page, line: Line) -> list[tuple[float, float]]:
    """Return where places of the pad are in the window."""
    box = page.locator("#pad").bounding_box()
    assert box is not None
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in line]


def open_pad(page: Page) -> None:
    """Open the page, and wait until a version is loaded."""
    page.goto("/play")
    expect(page.locator("#version")).to_contain_text("checked")
    page.locator("#pad").scroll_into_view_if_needed()


def wait_for_guess(page: Page) -> str:
    """Return the class that the page guesses of the whole drawing, once it has."""
    expect(page.locator("#top li")).to_have_count(3)
    expect(page.locator("#guess")).to_have_attribute("aria-busy", "false")
    return page.locator("#label").inner_text()


def answer(page: Page, label: str) -> None:
    """Say that the guess is wrong, type this class, and wait until the answer has arrived."""
    page.get_by_role("button", name=re.compile("^(No|Neither)$")).click()
    page.get_by_label("What did you draw?").fill(label)
    page.get_by_label("What did you draw?").press("Enter")
    expect(page.locator("#sent")).to_contain_text("Thank you")
