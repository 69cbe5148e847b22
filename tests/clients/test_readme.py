"""README's five lines, exactly as they stand there, in a game of another origin in Chromium."""

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

README = (Path(__file__).parents[2] / "README.md").read_text()
GAME = """<!doctype html><title>A game</title><link rel="icon" href="data:,">
<canvas id="board" width="200" height="200"></canvas>
<script type="module">
const {service, keys, player, firebase} = SETTINGS;
const canvas = document.getElementById("board");
const context = canvas.getContext("2d");
context.lineWidth = 6;
context.strokeRect(50, 60, 100, 90);
const askPlayer = async (top) => top[1].label;
LINES
document.title = `${guess.label} ${guess.id}`;
</script>"""


def test_readme_s_lines_guess_ask_and_correct(stack: Stack, open_page: Callable[..., Page]) -> None:
    (lines,) = re.findall(r"```js\n(import \{ Redraw.*?)```", README, re.DOTALL)
    assert len(lines.splitlines()) == 5
    asked = stack.publish(2, audit=1.0)  # it asks about each drawing
    emulators = {"storage": stack.emulators.storage_host, "firestore": stack.emulators.storage_host}
    settings = {
        "service": stack.url,
        "keys": [key.text for key in stack.settings.trusted],
        "player": "ada",
        "firebase": {
            "project": stack.settings.project_id,
            "bucket": stack.settings.bucket,
            **emulators,
        },
    }
    game = GAME.replace("SETTINGS", json.dumps(settings)).replace("LINES", lines)

    (stack.game / "index.html").write_text(game)
    shutil.copytree(WEB, stack.game / "redraw", dirs_exist_ok=True)
    page = open_page(stack.game_url)
    expect(page).to_have_title(re.compile(r"^\S+ [0-9a-f]{32}$"))
    label, drawing_id = page.title().rsplit(" ", 1)
    sent = stack.corrections()[drawing_id]
    assert (sent["originalPrediction"], sent["modelVersion"]) == (label, asked)
    assert sent["correctedLabel"] != label
    assert (sent["asked"], sent["askedChance"], sent["userId"]) == ("audit", 1.0, "ada")
    assert stack.ports.artefacts.read(CANVAS.fill(drawing_id=drawing_id)).startswith(b"\x89PNG")
