"""Corrections as their owner sees them: a player's text is only text to a page or a shell."""

import shlex
import string
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.memory import MemoryArtefacts
from pipeline.adapters.memory_corrections import MemoryCorrections
from pipeline.corrections.listing import (
    decode_id,
    describe_document,
    encode_id,
    get_correction,
    list_corrections,
    make_drawings,
)
from pipeline.errors import Unavailable
from pipeline.formatting import escape_unprintable
from pipeline.records.corrections import (
    CorrectionDocument,
    CorrectionState,
    OwnerAction,
    OwnerChoice,
)
from pipeline.settings import Settings

NOW = datetime(2026, 1, 1, tzinfo=UTC)
IDS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1, max_size=50
)
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary(max_size=9)
    | st.just(NOW),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=5,
)
FIELDS = (
    "correctedLabel",
    "originalPrediction",
    "confidence",
    "modelVersion",
    "timestamp",
    "status",
    "retraining",
)


@given(IDS)
def test_an_encoded_id_is_one_word_to_every_shell_and_is_decoded_to_the_id(name: str) -> None:
    word = encode_id(name)
    assert set(word) <= {*string.ascii_letters, *string.digits, *"-_.%"}
    assert not word.startswith("-")
    assert shlex.split(word) == [word]
    assert decode_id(word) == name


@pytest.mark.parametrize("word", ["%", "%zz", "100%", "%ff", "\udcff", "a b", ""])
def test_a_word_that_is_no_encoded_id_is_the_id_of_no_correction_and_no_error(word: str) -> None:
    assert encode_id(decode_id(word).replace("\udcff", "")) != word or word == ""


@given(st.text())
def test_escaped_text_is_printable(text: str) -> None:
    assert escape_unprintable(text).isprintable()
    assert escape_unprintable(escape_unprintable(text)) == escape_unprintable(text)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, ANYTHING)))
def test_whatever_a_document_holds_it_is_listed(fields: dict[str, Any]) -> None:
    listed = describe_document(CorrectionDocument("c1", fields), None)
    assert listed.model_dump_json(by_alias=True).isprintable()


@pytest.mark.parametrize("value", [2.0, -0.1, float("nan"), float("inf"), True, "much", 10**400])
def test_what_is_no_share_is_no_confidence(value: Any) -> None:
    assert (
        describe_document(CorrectionDocument("c1", {"confidence": value}), None).confidence is None
    )


@pytest.mark.parametrize("value", [0, 0.25, 1])
def test_a_share_is_a_confidence_also_when_a_client_wrote_an_integer(value: float) -> None:
    assert (
        describe_document(CorrectionDocument("c1", {"confidence": value}), None).confidence == value
    )


def test_a_correction_is_shown_with_what_was_decided_on_it() -> None:
    corrections = MemoryCorrections({name: {"status": "quarantined"} for name in "ab"})
    decision = corrections.decide("b", OwnerChoice(action=OwnerAction.REFUSE), "ada")
    assert get_correction(corrections, "b").decision == decision
    assert get_correction(corrections, "a").decision is None
    [refused] = list_corrections(
        corrections, CorrectionState.REFUSED, reason=None, after=None, limit=5
    ).corrections
    assert (refused.reason, refused.decision) == ("owner", decision)


@pytest.mark.parametrize(("limit", "following"), [(1, "a"), (2, None), (3, None)])
def test_a_page_says_whether_more_follow(limit: int, following: str | None) -> None:
    corrections = MemoryCorrections({name: {"status": "quarantined"} for name in "ab"})
    assert (
        list_corrections(
            corrections, CorrectionState.QUARANTINED, reason=None, after=None, limit=limit
        ).next_after
        == following
    )


def test_a_storage_that_does_not_answer_is_no_missing_drawing(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    artefacts = MemoryArtefacts()

    def read(path: str, max_bytes: int | None = None) -> bytes:
        raise Unavailable(path)

    monkeypatch.setattr(artefacts, "read", read)
    with pytest.raises(Unavailable):
        make_drawings(
            ["a"],
            MemoryCorrections({"a": {"imageStoragePath": "drawings/corrections/a.png"}}),
            artefacts,
            settings,
        )


def test_of_deleted_and_faulty_corrections_there_are_no_drawings(settings: Settings) -> None:
    documents = {"drawn": {"strokes": [{"x": [0, 100], "y": [0, 50]}]}, "faulty": {}}
    made = make_drawings(
        ["drawn", "faulty", "deleted"], MemoryCorrections(documents), MemoryArtefacts(), settings
    )
    assert list(made) == ["drawn"]
