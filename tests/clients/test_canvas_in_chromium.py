"""In a real browser a canvas becomes the drawing that Redraw makes of the PNG sent from it."""

import itertools
import shutil
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from emulator.players.sketches import sketch
from pipeline.categories import CATEGORIES
from tests._chromium import needs_chromium
from tests.clients import _canvases as kinds
from tests.clients._chromium import open_page
from tests.clients._node import WEB

pytestmark = [needs_chromium, pytest.mark.slow]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is served: the client's modules, and a page that calls them."""
    folder = tmp_path_factory.mktemp("page")
    shutil.copytree(WEB, folder / "web")
    shutil.copy(Path(__file__).with_name("canvases.html"), folder / "index.html")
    return folder


@pytest.fixture(scope="module")
def page(folder: Path) -> Iterator[Page]:
    with open_page(folder) as page:
        page.wait_for_function("window.compare !== undefined")
        yield page


def test_canvases_become_the_drawings_of_their_png(page: Page, folder: Path) -> None:
    canvases = [
        *kinds.list_plain(7, 20),
        *kinds.list_odd(7),
        *kinds.list_refused(7),
        *kinds.list_small(),
        *kinds.list_random(7, 60),
    ]
    different = []
    for canvas in canvases:
        (folder / "pixels").write_bytes(canvas.pixels.tobytes())
        height, width = canvas.pixels.shape[:2]
        answer = page.evaluate(f"compare('pixels', {width}, {height})")
        if answer["ofPixels"] != kinds.normalize(canvas.encode()):
            different.append(f"{canvas.name}: of the same pixels")
        # A canvas holds colours multiplied by alpha, so that it may change what is put on it.
        if answer["ofCanvas"] != kinds.normalize(b64decode(answer["png"])):
            different.append(f"{canvas.name}: of the canvas and its PNG")
    assert different == []


def list_drawings() -> Iterator[dict[str, Any]]:
    grounds, pens = (None, "white", "#223", "#ffd"), ("black", "white", "rgba(200, 30, 90, 0.7)")
    for number, (ground, pen) in enumerate(itertools.product(grounds, pens)):
        strokes = sketch(CATEGORIES[number % len(CATEGORIES)], np.random.default_rng(number))
        points = np.concatenate(strokes)
        low, size = points.min(axis=0), float(np.ptp(points, axis=0).max())
        yield {
            "side": (280, 400, 151)[number % 3],
            "ground": ground,
            "pen": pen,
            "width": (3, 7.5, 12)[number % 3],
            "strokes": [((stroke - low) / size * 0.7 + 0.15).tolist() for stroke in strokes],
            "eraser": [[0.2, 0.2], [0.5, 0.35]] if number % 2 else None,
        }


def test_what_is_drawn_on_a_canvas_becomes_the_drawing_of_its_png(page: Page) -> None:
    for drawing in list_drawings():
        answer = page.evaluate("drawing => draw(drawing)", drawing)
        assert answer["ofCanvas"] == kinds.normalize(b64decode(answer["png"]))
