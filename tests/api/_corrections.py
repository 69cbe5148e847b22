"""Quarantined corrections of the service's tests: ids, a canvas, and addresses."""

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import quote

import numpy as np

from emulator.players.canvases import canvas_png
from emulator.players.sketches import sketch_rows

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
CANVAS = canvas_png(sketch_rows("cat", 1, 0)[0].reshape(28, 28), np.random.default_rng(0))
PATH = "drawings/corrections/d1.png"
HOSTILE_IDS = [
    "é" * 750,
    "a b?#&",
    "<b>",
    "100%",
    "\n",
    "\u202e\x1b[2J\0",
    "decision",
    "...",
    "-x",
    "~",
    "\U0001f600",
    "c\n",
]
Put = Callable[..., None]


def url(name: str, what: str = "") -> str:
    return f"/v1/corrections/{quote(name, safe='')}{what}"
