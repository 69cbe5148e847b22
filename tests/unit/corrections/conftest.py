"""A game in memory, for the tests of collecting."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from emulator.players.canvases import canvas_png
from emulator.players.sketches import sketch_rows
from pipeline.bootstrap import in_memory
from pipeline.corrections.collect import Harvest
from pipeline.corrections.gathering import gather, read_harvest
from pipeline.settings import Settings

RNG = np.random.default_rng(5)
CANVASES = [canvas_png(row.reshape(28, 28), RNG) for row in sketch_rows("cat", 12, 0)]


class Game:
    """A game in memory that sends corrections, and a run that collects them."""

    def __init__(self, settings: Settings) -> None:
        self.canvases = CANVASES
        self.ports: Any = in_memory()
        self.runs = 0
        self.corrections, self.artefacts, self.settings = (
            self.ports.corrections,
            self.ports.artefacts,
            settings,
        )

    def send(self, name: str, png: bytes | None, **changes: Any) -> None:
        path = f"drawings/corrections/{name}.png"
        fields = {
            "correctedLabel": "cat",
            "userId": "ada@example.org",
            "timestamp": datetime(2026, 1, 1, tzinfo=UTC),
        }
        self.corrections.documents[name] = {
            **fields,
            "imageStoragePath": path,
            "status": "pending",
            **changes,
        }
        if png is not None:
            self.artefacts.objects[path] = png

    def collect(self, **options: Any) -> Harvest:
        self.runs += 1  # each call is another run
        assert gather(f"run-{self.runs}", self.ports, self.settings, **options)
        return read_harvest(f"run-{self.runs}", self.artefacts)


@pytest.fixture
def game(settings: Settings) -> Game:
    return Game(settings)
