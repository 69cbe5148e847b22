"""The sheet groups corrections with drawings; text of players never becomes markup or a command."""

import base64
import io
import re
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from pipeline.corrections.listing import describe_document
from pipeline.pages.sheet import render_sheet
from pipeline.records.corrections import CorrectionDocument, OwnerAction, OwnerDecision

HTML = "{http://www.w3.org/1999/xhtml}"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
DRAWING = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
HOSTILE = '<script src="//evil">&\'`$(rm)\u202e\x1b[2J\n'


def make_correction(
    name: str = "c1",
    reason: Any = "no_class",
    decision: OwnerDecision | None = None,
    **changes: Any,
) -> Any:
    retraining = {"reason": reason, "explanation": f"Because of {reason}."}
    fields = {
        "status": "quarantined",
        "correctedLabel": "cat",
        "originalPrediction": "sun",
        "confidence": 0.52,
    }
    return describe_document(
        CorrectionDocument(name, {**fields, "retraining": retraining, **changes}), decision
    )


def parse(page: str) -> ET.Element:
    return ET.fromstring(page.removeprefix("<!DOCTYPE html>\n"))


def read_text(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def find_cards(page: str) -> list[ET.Element]:
    return [card for card in parse(page).iter(f"{HTML}div") if card.get("class") == "card"]


@pytest.mark.parametrize(
    "field", ["correctedLabel", "originalPrediction", "explanation", "reason", "id"]
)
def test_no_text_of_a_player_s_becomes_markup_or_hides_what_follows(field: str) -> None:
    changes: dict[str, Any] = {field: HOSTILE}
    if field in {"explanation", "reason"}:
        changes = {"retraining": {"reason": "no_class", "explanation": "So.", field: HOSTILE}}
    page = render_sheet(
        [make_correction(HOSTILE.replace("/", "|") if field == "id" else "c1", **changes)], {}
    )
    root = parse(page)
    assert {element.tag.removeprefix(HTML) for element in root.iter()} & {
        "script",
        "img",
        "iframe",
        "object",
        "link",
    } == set()
    assert not {"\u202e", "\x1b"} & set(page)
    assert "script src=" in read_text(root) or field == "id"


def test_the_command_holds_the_id_as_one_word() -> None:
    [card] = find_cards(render_sheet([make_correction("a b;$(rm -rf ~)\n\x03")], {}))
    assert (
        read_text(card.find(f".//{HTML}code"))
        == "redraw decide a%20b%3B%24%28rm%20-rf%20%7E%29%0A%03 accept"
    )  # type: ignore[arg-type]


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    root = parse(render_sheet([make_correction()], {"c1": DRAWING}))
    for element in root.iter():
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name not in {"src", "srcset", "href"} or value.startswith(
                "data:image/png;base64,"
            )
    (style,) = root.iter(f"{HTML}style")
    assert not re.search(r"url\(|@import", style.text or "")


def test_each_drawing_stands_beside_what_is_known_of_it() -> None:
    [card] = find_cards(render_sheet([make_correction()], {"c1": DRAWING}))
    data = base64.b64decode(card.find(f"{HTML}img").attrib["src"].partition(",")[2])  # type: ignore[union-attr]
    assert np.array_equal(255 - np.array(Image.open(io.BytesIO(data))), DRAWING)
    text = read_text(card)
    for words in (
        "cat, says the player",
        "the model guessed sun, 52% sure",
        "Because of no_class.",
        "redraw decide c1 accept",
    ):
        assert words in text


def test_a_correction_without_a_drawing_says_so() -> None:
    [card] = find_cards(render_sheet([make_correction()], {}))
    assert "no drawing can be made" in read_text(card)
    assert card.find(f"{HTML}img") is None


def test_a_correction_of_which_nothing_is_known_has_its_card() -> None:
    page = render_sheet([describe_document(CorrectionDocument("c1", {}), None)], {})
    assert "nothing that can be read, says the player" in read_text(find_cards(page)[0])
    assert "no reason given: 1" in read_text(parse(page))


def test_what_waits_for_no_decision_comes_without_the_command_to_decide() -> None:
    page = render_sheet([make_correction(status="merged")], {})
    assert "redraw decide" not in page
    assert "Nothing here waits for you." in page


def test_corrections_are_grouped_by_reason() -> None:
    page = render_sheet(
        [
            make_correction("a", "flood"),
            make_correction("b"),
            make_correction("c", "flood"),
            make_correction("d", None),
        ],
        {},
    )
    sections = [read_text(element) for element in parse(page).iter(f"{HTML}section")]
    titles = [read_text(element) for element in parse(page).iter(f"{HTML}h2")]
    assert titles == ["flood: 2", "no reason given: 1", "no class: 1"]
    assert all(f"redraw decide {name} accept" in sections[0] for name in "ac")


def test_what_was_decided_already_is_said() -> None:
    decision = OwnerDecision(
        action=OwnerAction.RELABEL, label="smiley_face", correction_id="c1", by="ada", at=NOW
    )
    assert "You said relabel as smiley face, on 2026-01-02." in read_text(
        find_cards(render_sheet([make_correction(decision=decision)], {}))[0]
    )


@pytest.mark.parametrize("more", [True, False])
def test_it_is_said_whether_some_were_left_out(more: bool) -> None:
    assert ("There are more" in render_sheet([make_correction()], {}, more=more)) is more


def test_a_sheet_of_nothing_is_a_page_too() -> None:
    assert "0 corrections" in read_text(parse(render_sheet([], {})))


def test_the_same_corrections_give_the_same_page() -> None:
    drawings = {"c1": DRAWING}
    assert render_sheet([make_correction()], drawings) == render_sheet(
        [make_correction()], drawings
    )
