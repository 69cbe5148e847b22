"""Versions that guess, published in memory in milliseconds, and canvases to guess."""

import base64
from typing import Any

import numpy as np

from emulator.players.canvases import canvas_png
from emulator.players.sketches import sketch_rows
from pipeline.formats.weights import dump_weights
from pipeline.model.file import read_predictor
from pipeline.model.predict import Predictor
from pipeline.ports import Ports
from pipeline.versions.asking import AskingPolicy
from pipeline.versions.contents import list_files
from tests._small_model import make_model
from tests.unit.versions._publishing import EVALUATION, publish_in

SURE = AskingPolicy(budget=0.1, source="base", rows=1, thresholds={}, common_threshold=0.0)
"""Never asks."""
STROKES = [{"x": [10, 90, 90, 10, 10], "y": [10, 10, 90, 60, 10]}]


def draw_canvas(category: str = "cat", seed: int = 0) -> bytes:
    drawing = sketch_rows(category, 1, seed)[0].reshape(28, 28)
    return canvas_png(drawing, np.random.default_rng(seed))


CANVAS = draw_canvas()
BASE64 = base64.b64encode(CANVAS).decode()


def publish_guesser(
    ports: Ports, seed: int = 0, policy: AskingPolicy = SURE, *, released: bool = True
) -> Predictor:
    """Publish a version with random weights, v1.0.1 first, and return what it guesses with."""
    data = make_model(seed)
    model = read_predictor(data)
    weights: Any = {"weights.bin": dump_weights(model)}
    version = publish_in(
        ports, run_id=f"run-{seed}", files=list_files(data, EVALUATION, policy, formats=weights)
    )
    if released:
        ports.models.promote(version.version, by="owner", why="it is better")
    return model
