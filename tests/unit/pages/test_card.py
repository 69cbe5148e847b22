"""The card loads nothing, shows its figures, escapes all text, and is the same each time."""

import json
from typing import Any

import numpy as np
import pytest

from pipeline.cards.limits import describe_limits
from pipeline.model.metrics import measure
from pipeline.pages.card import list_card_files, render_card
from pipeline.pages.pictures import encode_data_uri
from pipeline.records.cards import (
    Card,
    CardPoint,
    ChangeCounts,
    ChangedRow,
    LearnedFrom,
    SinceParent,
)
from pipeline.records.versions import ModelVersion
from tests.unit.pages.test_report import HOSTILE, parse, read_text

PICTURES = {row: np.random.default_rng(row).integers(0, 256, (28, 28), np.uint8) for row in (3, 5)}
VERSION = ModelVersion(version="v1.0.2", storage_path="models/production/v1.0.2")


def make_card(names: tuple[str, str] = ("apple", "smiley_face"), **changes: Any) -> Card:
    labels = np.array([0, 0, 0, 1, 1, 1, 1, 1], np.uint8)
    guesses = np.array([0, 0, 1, 1, 1, 1, 1, 0])
    clean = measure(np.eye(2, dtype=np.float32)[guesses] * 0.8 + 0.1, labels, names)
    card = Card(
        parent="v1.0.1",
        retrained=True,
        categories=list(names),
        history=[
            CardPoint(version="v1.0.1", accuracy=0.625),
            CardPoint(version="", accuracy=0.75, players_accuracy=0.5),
        ],
        clean=clean,
        learned_from=LearnedFrom(
            base_rows=4321, answers=77, players=19, new_answers=30, new_players=8,
            dataset_revision=2, canvas_rule=2,
        ),
        since_parent=SinceParent(
            clean=ChangeCounts(both=1011, now_right=1, now_wrong=1, neither=2022),
            recall={names[0]: -0.25, names[1]: 0.5},
            now_right=[ChangedRow(row=3, truth=names[0], before=names[1], after=names[0])],
            now_wrong=[ChangedRow(row=5, truth=names[1], before=names[1], after=names[0])],
            players=ChangeCounts(both=15, now_right=4, now_wrong=3, neither=6),
            players_held_out=6,
        ),
    )  # fmt: skip
    changed = card.model_copy(update=changes)
    return changed.model_copy(update={"limits": describe_limits(changed)})


FIRST = {
    "parent": None,
    "retrained": False,
    "since_parent": None,
    "history": [CardPoint(version="", accuracy=0.75)],
}


@pytest.mark.parametrize("changes", [{}, FIRST], ids=["with a parent", "first baseline"])
def test_the_files_of_a_card_are_the_same_each_time_and_name_its_version(
    changes: dict[str, Any],
) -> None:
    once, again = (
        {
            name: make(VERSION)
            for name, make in list_card_files(make_card(**changes), PICTURES).items()
        }
        for _ in range(2)
    )
    assert once == again
    assert once.keys() == {"card.json", "card.html"}
    read = Card.model_validate_json(once["card.json"])
    assert (read.version, read.history[-1].version) == ("v1.0.2", "v1.0.2")
    assert json.loads(once["card.json"])["learnedFrom"]["answers"] == 77
    assert "Model card v1.0.2" in read_text(once["card.html"].decode())


def test_the_page_shows_the_changed_drawings_and_no_others() -> None:
    page = render_card(make_card(), PICTURES)
    for picture in PICTURES.values():
        assert page.count(encode_data_uri(picture)) == 1
    assert page.count("data:image") == len(PICTURES)


def test_the_page_shows_counts_recall_and_limits() -> None:
    text = read_text(render_card(make_card(), PICTURES))
    for shown in (
        "1,011",
        "2,022",
        "4,321",
        "28 answers of 6 players",
        "\N{MINUS SIGN}25 points",
        "+50 points",
    ):
        assert shown in text, shown
    assert "cannot say that a drawing shows none of them" in text


def test_the_page_of_a_first_baseline_compares_nothing() -> None:
    text = read_text(render_card(make_card(**FIRST), {}))
    assert "since" not in text.lower().replace("has not been compared", "")
    assert "not been compared on players' drawings" in text


def test_names_of_classes_are_escaped_and_the_page_runs_and_loads_nothing() -> None:
    page = render_card(make_card((HOSTILE, "sun")), PICTURES)
    root = parse(page)
    assert not [each for each in root.iter() if each.tag.endswith(("script", "link", "iframe"))]
    sources = [each.get("src", "") for each in root.iter() if "src" in each.attrib]
    assert all(source.startswith("data:image/png") for source in sources)


@pytest.mark.parametrize(
    ("held_out", "counts", "told"),
    [
        (0, None, "No player's drawing has been kept aside"),
        (6, ChangeCounts(both=1, now_right=0, now_wrong=0, neither=0), "rests on 6 players"),
        (1, ChangeCounts(both=1, now_right=0, now_wrong=0, neither=0), "rests on 1 player "),
    ],
)
def test_limits_say_how_little_is_known_of_players(
    held_out: int, counts: ChangeCounts | None, told: str
) -> None:
    since = make_card().since_parent
    assert since is not None
    changed = since.model_copy(update={"players": counts, "players_held_out": held_out})
    assert any(told in limit for limit in make_card(since_parent=changed).limits)


def test_limits_name_weak_classes() -> None:
    assert any("apple (67%)" in limit for limit in make_card().limits)
