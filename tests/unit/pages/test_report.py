"""The report loads nothing, holds every figure, describes it correctly, and escapes all text."""

import base64
import io
import re
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.model.metrics import find_wrong_guesses, measure
from pipeline.pages.figures import draw_curves
from pipeline.pages.report import Evaluation, Speed, render_report

HTML = "{http://www.w3.org/1999/xhtml}"
NAMES = ("apple", "sun", "smiley_face")
HISTORY = {
    "loss": [1.2, 0.8],
    "accuracy": [0.5, 0.7],
    "val_loss": [1.0, 0.6],
    "val_accuracy": [0.6, 0.8],
}
TRUTHS = [0, 0, 0, 1, 1, 1, 2, 2]
GUESSES = [0, 0, 1, 1, 1, 0, 2, 1]


def make_evaluation(
    truths: list[int] = TRUTHS, guesses: list[int] = GUESSES, sure: float = 0.7, **changes: Any
) -> Evaluation:
    names = changes.get("categories", NAMES)
    rest = (1 - sure) / (len(names) - 1)
    probabilities = np.full((len(truths), len(names)), rest, np.float32)
    probabilities[np.arange(len(truths)), guesses] = sure
    labels = np.array(truths, np.uint8)
    images = np.random.default_rng(0).integers(0, 256, (len(truths), 28, 28), np.uint8)
    evaluation = Evaluation(
        metrics=measure(probabilities, labels, names),
        images=images,
        wrong=find_wrong_guesses(probabilities, labels),
        history=HISTORY,
        training_rows=90,
        categories=names,
    )
    return evaluation._replace(**changes)


def parse(page: str) -> ET.Element:
    return ET.fromstring(page.removeprefix("<!DOCTYPE html>\n"))


def read_text(page: str) -> str:
    return " ".join("".join(parse(page).itertext()).split())


HOSTILE = '<script src="//evil">&"\'</script>'


def test_no_name_of_a_class_becomes_markup() -> None:
    page = render_report(make_evaluation(categories=("apple", HOSTILE, "sun")))
    assert "<script" not in page
    assert HOSTILE in read_text(page)


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    root = parse(render_report(make_evaluation(), Speed(0.001, 0.002)))
    assert {element.tag.removeprefix(HTML) for element in root.iter()} & {
        "script",
        "link",
        "iframe",
        "object",
        "embed",
    } == set()
    for element in root.iter():
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name not in {"src", "srcset"} or value.startswith("data:image/png;base64,")
    (style,) = root.iter(f"{HTML}style")
    assert not re.search(r"url\(|@import", style.text or "")
    assert "default-src 'none'" in root.find(f".//{HTML}meta[@http-equiv]").attrib["content"]  # type: ignore[union-attr]


def test_the_same_evaluation_gives_the_same_page() -> None:
    assert render_report(make_evaluation()) == render_report(make_evaluation())


def test_a_model_that_is_always_right_has_a_page_too() -> None:
    page = render_report(make_evaluation(guesses=TRUTHS))
    assert "recognises 100 of 100" in read_text(page)
    assert "Nothing: every guess was right." in read_text(page)
    assert "<img" not in page


def test_a_model_that_is_always_wrong_has_a_page_too() -> None:
    assert "recognises 0 of 100" in read_text(
        render_report(make_evaluation(guesses=[(label + 1) % 3 for label in TRUTHS]))
    )


def test_a_class_that_nobody_drew_or_guessed_has_its_row() -> None:
    assert "smiley face" in read_text(render_report(make_evaluation(truths=[0, 1], guesses=[0, 0])))


@pytest.mark.parametrize(
    "history", [{}, {"loss": [1.0]}, {name: curve[:1] for name, curve in HISTORY.items()}]
)
def test_short_and_missing_curves_are_no_reason_to_fail(history: dict[str, list[float]]) -> None:
    assert "Class by class" in read_text(render_report(make_evaluation(history=history)))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.booleans())
@hypothesis_settings(deadline=None)
def test_every_point_of_a_curve_lies_within_its_figure(values: list[float], shares: bool) -> None:
    drawn = ET.fromstring(draw_curves({"blue": values}, "recognised", shares=shares))
    points = drawn.find(".//polyline").attrib["points"].split()  # type: ignore[union-attr]
    places = np.array([point.split(",") for point in points], float)
    assert len(places) == len(values)
    assert (places[:, 0] >= 66).all()
    assert (places[:, 0] <= 502.1).all()
    assert (places[:, 1] >= 13.9).all()
    assert (places[:, 1] <= 236.1).all()


def test_each_wrong_drawing_is_shown_as_it_is_with_the_guess_and_how_sure_it_was() -> None:
    evaluation = make_evaluation()
    root = parse(render_report(evaluation))
    gallery = [row for row in root.iter(f"{HTML}div") if row.get("class") == "gallery"]
    figures = [figure for row in gallery for figure in row.iter(f"{HTML}figure")]
    assert len(figures) == len(evaluation.wrong) == 3
    first = figures[0]
    data = base64.b64decode(first.find(f"{HTML}img").attrib["src"].partition(",")[2])  # type: ignore[union-attr]
    assert np.array_equal(255 - np.array(Image.open(io.BytesIO(data))), evaluation.images[2])
    assert "".join(first.itertext()) == "sun70% sure"


def test_the_matrix_tells_every_count_in_full() -> None:
    root = parse(render_report(make_evaluation()))
    titles = {title.text for title in root.iter(f"{HTML}title")}
    assert {
        "apple drawn, sun guessed: once, 33.3%",
        "smiley face drawn, smiley face guessed: once, 50.0%",
        "sun drawn, smiley face guessed: 0 times, 0.0%",
    } <= titles
    assert sum(" drawn, " in str(title) for title in titles) == 9


def test_the_hardest_class_comes_first_with_what_it_is_taken_for() -> None:
    rows = [
        "|".join("".join(cell.itertext()) for cell in row)
        for row in parse(render_report(make_evaluation())).iter(f"{HTML}tr")
    ]
    assert [row.split("|")[0] for row in rows] == ["class", "smiley face", "apple", "sun"]
    assert rows[1] == "smiley face|50.0%|100.0%|sun, 50.0%"


def test_the_pair_most_confused_is_named_with_both_ways() -> None:
    text = read_text(render_report(make_evaluation()))
    assert "Most of all apple and sun (2 times)" in text
    assert "apple taken for sun: 1" in text
    assert "sun taken for apple: 1" in text


@pytest.mark.parametrize(
    ("sure", "words"),
    [
        (0.625, "You can"),
        (0.915, "too sure of itself, by 29 points"),
        (0.405, "too modest, by 22 points"),
    ],
)
def test_it_is_said_whether_the_model_is_too_sure_or_too_modest(sure: float, words: str) -> None:
    assert words in read_text(render_report(make_evaluation(sure=sure)))


@pytest.mark.parametrize(
    ("checked", "words"),
    [
        ([0.6, 0.8], "still getting better"),
        ([0.6, 0.8, 0.79], "would not help much"),
        ([0.8, 0.801], "would not help much"),
    ],
)
def test_it_is_said_whether_more_epochs_may_help(checked: list[float], words: str) -> None:
    assert words in read_text(render_report(make_evaluation(history={"val_accuracy": checked})))


def test_the_time_per_drawing_is_told_where_it_was_measured() -> None:
    assert "2.5 ms" in read_text(
        render_report(make_evaluation(), Speed(batch=0.0001, single=0.0025))
    )
    assert "time per drawing" not in render_report(make_evaluation())
