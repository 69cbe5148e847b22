"""Draw on the pad as a person does: with a mouse, or with a finger."""

import math
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


def make_circle(
    x: float, y: float, radius: float, begin: float = 0, end: float = 2 * math.pi
) -> list[tuple[float, float]]:
    """Return the places of a circle, or of the part between two angles."""
    angles = [begin + (end - begin) * number / 28 for number in range(29)]
    return [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]


UMBRELLA: tuple[Line, ...] = (
    make_circle(0.5, 0.5, 0.36, math.pi, 2 * math.pi),
    ((0.14, 0.5), (0.86, 0.5)),
    ((0.5, 0.5), (0.5, 0.85), (0.46, 0.9), (0.4, 0.88)),
)
CAT: tuple[Line, ...] = (
    make_circle(0.5, 0.56, 0.27),
    ((0.28, 0.38), (0.26, 0.12), (0.44, 0.29)),
    ((0.57, 0.29), (0.74, 0.13), (0.72, 0.38)),
    make_circle(0.4, 0.5, 0.025),
    make_circle(0.6, 0.5, 0.025),
    ((0.47, 0.6), (0.53, 0.6), (0.5, 0.64), (0.47, 0.6)),
    ((0.35, 0.63), (0.12, 0.58)),
    ((0.35, 0.67), (0.13, 0.7)),
    ((0.65, 0.63), (0.88, 0.58)),
    ((0.65, 0.67), (0.87, 0.7)),
)


def draw(page: Page, lines: Sequence[Line] = HOUSE) -> None:
    """Draw with the mouse; a line is a list of places in the pad, from 0 to 1."""
    page.locator("#pad").scroll_into_view_if_needed()
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
    assert box["y"] >= 0, "the upper part of the pad is out of sight, and what is drawn there lost"
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


def show_playing(page: Page) -> None:
    """Answer what one drawing shows, and draw another one: the page as it is while one plays."""
    expect(page.locator("#version")).to_contain_text("checked")
    draw(page, UMBRELLA)
    wait_for_guess(page)
    answer(page, "umbrella")
    draw(page, CAT)
    wait_for_guess(page)
