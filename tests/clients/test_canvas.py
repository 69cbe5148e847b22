"""The web client makes of a canvas, byte for byte, what Redraw makes of it as PNG."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from pipeline.drawings.rule import RULE_VERSION
from tests.clients import _canvases as kinds
from tests.clients._node import ask_node, needs_node

pytestmark = needs_node


def find_differences(canvases: Iterable[kinds.Canvas], folder: Path) -> list[str]:
    """Return the names of the canvases of which Node makes something else, with what it makes."""
    listed, expected = [], []
    for index, canvas in enumerate(canvases):
        (folder / str(index)).write_bytes(canvas.pixels.tobytes())
        height, width = canvas.pixels.shape[:2]
        listed.append({"name": canvas.name, "width": width, "height": height})
        expected.append(kinds.normalize(canvas.encode()))
    question = {"folder": str(folder), "canvases": listed, "strokes": []}
    drawn = ask_node("canvases.mjs", question)["drawn"]
    assert len(drawn) == len(expected) > 0
    return [
        f"{canvas['name']}: {answer['result'][:40]}... instead of {wanted[:40]}..."
        for canvas, answer, wanted in zip(listed, drawn, expected, strict=True)
        if answer["result"] != wanted
    ]


def test_the_client_names_the_rule_that_redraw_has() -> None:
    question: dict[str, object] = {"folder": "", "canvases": [], "strokes": []}
    assert ask_node("canvases.mjs", question)["rule"] == RULE_VERSION


def test_canvases_become_the_same_drawings(tmp_path: Path) -> None:
    everything = [
        *kinds.list_plain(0, 15),
        *kinds.list_odd(0, 300),
        *kinds.list_refused(0),
        *kinds.list_small(),
        *kinds.list_random(0, 30),
    ]
    assert find_differences(everything[::5], tmp_path) == []  # all of them: the slow tests


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_canvases_of_each_kind_become_the_same_drawings(seed: int, tmp_path: Path) -> None:
    canvases = [
        *kinds.list_plain(seed, 60),
        *kinds.list_odd(seed),
        *kinds.list_refused(seed),
        *kinds.list_small(),
        *kinds.list_random(seed, 200),
    ]
    assert find_differences(canvases, tmp_path) == []


@pytest.mark.slow
def test_large_canvases_are_reduced_alike(tmp_path: Path) -> None:
    canvases = [*kinds.list_large(), *kinds.list_odd(0, 10_000)]
    assert find_differences(canvases, tmp_path) == []
