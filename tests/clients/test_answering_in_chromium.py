"""A game of another origin sends a correction through the service, in Chromium."""

import json
import re
import shutil
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from pipeline.storage_paths import CANVAS
from tests.clients._node import WEB
from tests.clients.conftest import Stack

pytestmark = pytest.mark.slow

GAME = """<!doctype html><title>A game</title><link rel="icon" href="data:,">
<canvas id="board" width="200" height="200"></canvas>
<script type="module">
import { Redraw } from "./redraw/redraw.js";
const redraw = new Redraw({...SETTINGS, token: async () => "ada", appCheck: async () => "app"});
await redraw.ready;
const canvas = document.getElementById("board");
const context = canvas.getContext("2d");
context.lineWidth = 6;
context.strokeRect(50, 60, 100, 90);
const guess = await redraw.guess(canvas);
const other = guess.top[1].label;
await redraw.correct(guess, other);
await redraw.correct(guess, other);
document.title = `${other} ${guess.id}`;
</script>"""


def test_a_page_needs_no_firebase_to_send_a_correction(
    stack: Stack, open_page: Callable[..., Page]
) -> None:
    settings = {"service": stack.url, "keys": [key.text for key in stack.settings.trusted]}
    (stack.game / "answers.html").write_text(GAME.replace("SETTINGS", json.dumps(settings)))
    shutil.copytree(WEB, stack.game / "redraw", dirs_exist_ok=True)
    page = open_page(f"{stack.game_url}/answers.html")
    expect(page).to_have_title(re.compile(r"^\S+ [0-9a-f]{32}$"))
    label, drawing_id = page.title().rsplit(" ", 1)
    sent = stack.corrections()[drawing_id]
    assert (sent["correctedLabel"], sent["userId"], sent["status"]) == (label, "ada", "pending")
    path = CANVAS.fill(drawing_id=drawing_id)
    assert sent["imageStoragePath"] == path
    assert stack.ports.artefacts.read(path).startswith(b"\x89PNG")
