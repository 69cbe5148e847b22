"""Any document is read as a correction, or refused with a reason and a sentence."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.categories import CATEGORIES
from pipeline.corrections import validation
from pipeline.corrections.canvas_paths import CanvasPlace
from pipeline.corrections.validation import CorrectionRefused, refuse
from pipeline.records.corrections import Asked, CorrectionState
from tests._examples import examples

SOUND = {
    "drawingId": "d1",
    "sessionId": "s1",
    "originalPrediction": "sun",
    "correctedLabel": "cat",
    "confidence": 0.5,
    "userId": "player",
    "timestamp": datetime(2026, 1, 1, tzinfo=UTC),
    "modelVersion": "v1.0.0",
    "imageStoragePath": "drawings/corrections/d1.png",
    "status": "pending",
    "asked": "audit",
    "askedChance": 0.01,
}
PLACE = CanvasPlace("demo.appspot.com")
read_correction = partial(validation.read_correction, categories=CATEGORIES)
NEEDED = ("correctedLabel", "imageStoragePath", "userId", "timestamp")
HOSTILE = [
    None,
    0,
    1.5,
    float("nan"),
    True,
    b"cat",
    [],
    ["cat"],
    {},
    {"a": {"b": [{}]}},
    "x" * 1_000_000,
    datetime.now(UTC),
]

hostile = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=20)
    | st.datetimes(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def read_refusal_reason(fields: dict[str, Any]) -> str:
    with pytest.raises(CorrectionRefused) as refused:
        read_correction(fields, PLACE)
    verdict = refused.value.verdict
    assert verdict.state is CorrectionState.REFUSED
    assert 0 < len(verdict.explanation) < 1000
    assert "\n" not in verdict.explanation
    return verdict.reason


@pytest.mark.parametrize("name", NEEDED)
def test_a_document_without_a_needed_field_is_refused(name: str) -> None:
    reason = read_refusal_reason({key: value for key, value in SOUND.items() if key != name})
    assert reason == ("missing_player" if name == "userId" else "malformed_document")


@pytest.mark.parametrize("value", [None, "", "  ", "\t\n"])
def test_an_empty_player_is_a_missing_one(value: Any) -> None:
    assert read_refusal_reason(SOUND | {"userId": value}) == "missing_player"


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: f"{value!r:.12}")
@pytest.mark.parametrize("name", ["correctedLabel", "imageStoragePath", "userId"])
def test_a_hostile_value_is_refused_or_just_text(name: str, value: Any) -> None:
    if name == "userId" and isinstance(value, str | int) and value is not True:
        assert read_correction(SOUND | {name: value}, PLACE).user_id == str(value)
    else:
        assert read_refusal_reason(SOUND | {name: value}) in {
            "malformed_document",
            "missing_player",
            "unknown_label",
            "unsafe_path",
        }


@pytest.mark.parametrize(
    "value",
    [
        None,
        "yesterday",
        [],
        {},
        0,
        1.5,
        True,
        "12",
        1e300,
        -(10**30),
        float("nan"),
        float("inf"),
        "9" * 5000,
    ],
)
def test_a_value_that_is_no_time_is_malformed(value: Any) -> None:
    assert read_refusal_reason(SOUND | {"timestamp": value}) == "malformed_document"


@given(st.dictionaries(st.sampled_from([*SOUND, "corrected_label", "retraining"]), hostile))
@settings(deadline=None, max_examples=examples(200))
def test_any_document_is_read_or_refused(fields: dict[str, Any]) -> None:
    try:
        read_correction({**SOUND, **fields}, PLACE)
    except CorrectionRefused as fault:
        assert fault.verdict.reason in {  # noqa: PT017
            "malformed_document", "missing_player", "unknown_label", "unsafe_path",
        }  # fmt: skip


@pytest.mark.parametrize(
    "label",
    [
        "",
        " ",
        "_",
        "кот",
        "mug",
        "0",
        "none of these",
        "ca t",
        "cats",
        "smiley",
        "smiley__face",
        "smiley\nface",
        "smileyface",
        "\uff43\uff41\uff54",
        "\u017fun",
        "c\u0430t",
        "cat\u200b",
        "cat\0",
        "cat,dog",
        "cat" * 10**5,
    ],
)
def test_a_label_that_is_no_class_is_unknown(label: str) -> None:
    assert read_refusal_reason(SOUND | {"correctedLabel": label}) == "unknown_label"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "drawings/corrections/",
        "drawings/corrections/.png",
        "drawings/corrections/../../secret.png",
        "../d1.png",
        "drawings/corrections/a/b.png",
        "drawings/corrections/d1.png/",
        "drawings/corrections/d1.PNG",
        "/drawings/corrections/d1.png",
        "drawings/corrections/d1.png\n",
        "drawings/corrections/d\x001.png",
        "gs://bucket/drawings/corrections/d1.png",
        "models/production/v1.0.0/manifest.json",
        "drawings/corrections/%2e%2e.png",
        "drawings/corrections/" + "d" * 129 + ".png",
        "drawings/corrections/рис.png",
    ],
)
def test_a_path_that_is_no_canvas_is_unsafe(path: str) -> None:
    assert read_refusal_reason(SOUND | {"imageStoragePath": path}) == "unsafe_path"


def test_a_huge_label_is_repeated_only_in_part() -> None:
    with pytest.raises(CorrectionRefused) as refused:
        read_correction(SOUND | {"correctedLabel": "x" * 10**6}, PLACE)
    assert len(refused.value.verdict.explanation) < 200


@pytest.mark.parametrize(
    ("label", "meant"),
    [
        ("Cat", "cat"),
        ("cat ", "cat"),
        (" CLOUD", "cloud"),
        ("smiley face", "smiley_face"),
        ("Smiley-Face", "smiley_face"),
        ("smiley  face", "smiley_face"),
        ("\tsun\n", "sun"),
    ],
)
def test_a_class_written_carelessly_is_that_class(label: str, meant: str) -> None:
    assert read_correction(SOUND | {"correctedLabel": label}, PLACE).label == CATEGORIES.index(
        meant
    )


@pytest.mark.parametrize("label", CATEGORIES)
def test_every_class_is_a_label(label: str) -> None:
    assert read_correction(SOUND | {"correctedLabel": label}, PLACE).label == CATEGORIES.index(
        label
    )


def test_the_fields_that_redraw_does_not_need_may_be_missing() -> None:
    assert read_correction({name: SOUND[name] for name in NEEDED}, PLACE).canvas.strokes is None


def test_a_correction_says_how_it_came_about() -> None:
    correction = read_correction(SOUND, PLACE)
    assert (correction.asked, correction.chance) == (Asked.AUDIT, 0.01)


@pytest.mark.parametrize("value", HOSTILE)
def test_how_it_came_about_refuses_nothing(value: Any) -> None:
    correction = read_correction(SOUND | {"asked": value, "askedChance": value}, PLACE)
    assert correction.asked is None
    assert correction.chance is None


def test_a_refusal_is_the_state_refused() -> None:
    assert refuse("blank", "empty").state is CorrectionState.REFUSED
