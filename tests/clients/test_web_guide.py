"""The page of docs/connect-web.md, exactly as it stands there, in Chromium."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pipeline.storage_paths import CANVAS
from tests.clients._node import WEB
from tests.clients.conftest import Stack

pytestmark = pytest.mark.slow

GUIDE = (Path(__file__).parents[2] / "docs/connect-web.md").read_text()


def test_the_page_of_the_guide_guesses_asks_and_sends_the_answer(
    stack: Stack, open_page: Callable[..., Page]
) -> None:
    (page_text,) = re.findall(r"```html\n(.*?)```", GUIDE, re.DOTALL)
    asked = stack.publish(3, audit=1.0)  # it asks about each drawing
    details = {
        "service": stack.url,
        "keys": [key.text for key in stack.settings.trusted],
        "player": "ada",
        "firebase": {
            "project": stack.settings.project_id,
            "bucket": stack.settings.bucket,
            "storage": stack.emulators.storage_host,
            "firestore": stack.emulators.storage_host,
        },
    }
    (stack.game / "index.html").write_text(page_text.replace("DETAILS", json.dumps(details)))
    shutil.copytree(WEB, stack.game / "redraw", dirs_exist_ok=True)
    page = open_page(stack.game_url)
    expect(page.locator("#said")).to_have_text("Draw something. I am ready.")

    board = page.locator("#board").bounding_box()
    assert board is not None
    page.mouse.move(board["x"] + 60, board["y"] + 60)
    page.mouse.down()
    for x, y in ((200, 70), (190, 210), (70, 200), (60, 60)):
        page.mouse.move(board["x"] + x, board["y"] + y, steps=4)
    page.mouse.up()
    expect(page.locator("#said")).to_have_text(re.compile("^I see: "))
    page.get_by_role("button", name="cat", exact=True).click()
    expect(page.locator("#asked")).to_have_text("Thank you: cat")
    (sent,) = stack.corrections().values()
    assert (sent["correctedLabel"], sent["modelVersion"]) == ("cat", asked)
    assert (sent["asked"], sent["userId"], sent["status"]) == ("audit", "ada", "pending")
    canvas = stack.ports.artefacts.read(CANVAS.fill(drawing_id=sent["drawingId"]))
    assert canvas.startswith(b"\x89PNG")
