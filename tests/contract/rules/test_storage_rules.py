"""storage.rules as Google's code evaluates them: what players may do with objects of the bucket."""

from typing import Any

import pytest

from emulator.rules import RULES
from pipeline import storage_paths
from tests._official import official_only
from tests.contract.rules._evaluate import ANYONE, OWNER, PLAYER, Asked, evaluate_rules

pytestmark = [official_only, pytest.mark.slow]

STORAGE_RULES = RULES.with_name("storage.rules")
BUCKET = "/b/demo-redraw.appspot.com/o/"
CANVAS = "drawings/corrections/drawing-1.png"
MODEL = "models/production/v1.0.0/manifest.json"
PNG: dict[str, Any] = {"contentType": "image/png", "size": 4_000}
THERE = {**PNG, "generation": 7}


def a_canvas(path: str = CANVAS, auth: Any = PLAYER, **changes: Any) -> Asked:
    return Asked("create", BUCKET + path, auth, PNG | changes)


ALLOWED = {
    "a player sends a canvas": a_canvas(),
    "an owner is a player too": a_canvas(auth=OWNER),
    "the name has 128 characters": a_canvas(f"drawings/corrections/{'x' * 128}.png"),
    "the canvas has 256 kB": a_canvas(size=256 * 1024),
    "a player reads a file of a version": Asked("get", BUCKET + MODEL, PLAYER, before=THERE),
}
REFUSED = {
    "who has not signed in sends no canvas": a_canvas(auth=ANYONE),
    "a canvas is sent once": a_canvas()._replace(before=THERE),
    "a canvas is too large": a_canvas(size=256 * 1024 + 1),
    "a canvas is no PNG": a_canvas(contentType="image/jpeg"),
    "a canvas is text": a_canvas(contentType="text/html"),
    "a canvas says no type": a_canvas(contentType=None),
    "the name has 129 characters": a_canvas(f"drawings/corrections/{'x' * 129}.png"),
    "the name has no ending": a_canvas("drawings/corrections/drawing-1"),
    "the name has another ending": a_canvas("drawings/corrections/drawing-1.png.exe"),
    "the name has a dot": a_canvas("drawings/corrections/..png"),
    "the name has a letter that is not ASCII": a_canvas("drawings/corrections/é.png"),
    "a canvas in a folder of the folder": a_canvas("drawings/corrections/ann/drawing-1.png"),
    "a canvas in another folder": a_canvas("drawings/drawing-1.png"),
    "a canvas that calls itself a model": a_canvas("models/production/v1.0.0/manifest.json"),
    "no one reads a canvas": Asked("get", BUCKET + CANVAS, PLAYER, before=THERE),
    "no one lists canvases": Asked("list", BUCKET + "drawings/corrections", PLAYER),
    "no one changes a canvas": Asked("update", BUCKET + CANVAS, PLAYER, PNG, THERE),
    "no one deletes a canvas": Asked("delete", BUCKET + CANVAS, PLAYER, before=THERE),
    "who has not signed in reads no model": Asked("get", BUCKET + MODEL, ANYONE, before=THERE),
    "no one lists models": Asked("list", BUCKET + "models/production", PLAYER),
    "no one writes a model": Asked("create", BUCKET + MODEL, PLAYER, PNG),
    "an owner writes no model": Asked("create", BUCKET + MODEL, OWNER, PNG),
    "no one replaces a model": Asked("create", BUCKET + MODEL, PLAYER, PNG, THERE),
    "no one deletes a model": Asked("delete", BUCKET + MODEL, OWNER, before=THERE),
    **{
        f"no one {method}s {path}": Asked(method, BUCKET + path, OWNER, PNG, before)
        for path in (
            "datasets/quickdraw_20cat/quickdraw_20cat.h5",
            "runs/run-1/fit.npz",
            "receipts/run-1.json",
            "backups/b1/manifest.json",
        )
        for method, before in (("get", THERE), ("create", None), ("delete", THERE))
    },
}


@pytest.fixture(scope="module")
def answers() -> dict[str, bool]:
    cases = ALLOWED | REFUSED
    found = evaluate_rules(STORAGE_RULES, "firebase.storage", cases.values())
    return dict(zip(cases, found, strict=True))


@pytest.mark.parametrize("case", ALLOWED)
def test_rules_of_storage_allow(answers: dict[str, bool], case: str) -> None:
    assert answers[case]


@pytest.mark.parametrize("case", REFUSED)
def test_rules_of_storage_refuse(answers: dict[str, bool], case: str) -> None:
    assert not answers[case]


def test_the_folders_of_the_rules_are_those_of_redraw() -> None:
    rules = STORAGE_RULES.read_text()
    assert f"match /{storage_paths.CANVAS_FOLDER}{{file}}" in rules
    assert f"match /{MODEL.partition('/')[0]}/{{file=**}}" in rules
