"""The contract of a CorrectionSource: finding the corrections in a state."""

from typing import Any

import pytest

from pipeline.ports import CorrectionSource
from pipeline.records.corrections import (
    CorrectionState,
)
from tests.contract._quarantined import HOSTILE_IDS, QUARANTINED, quarantined


def found(corrections: CorrectionSource, **wanted: Any) -> list[str]:
    return [document.id for document in corrections.find(QUARANTINED, **wanted)]


def test_of_no_documents_none_is_found(corrections: CorrectionSource) -> None:
    assert corrections.find(QUARANTINED) == []


@pytest.mark.parametrize(
    "status", ["pending", "QUARANTINED", None, ["quarantined"], {"quarantined": True}, 0]
)
def test_a_document_of_another_state_is_not_found(
    world: Any, corrections: CorrectionSource, status: Any
) -> None:
    world.put("a", quarantined(status=status))
    assert found(corrections) == []


@pytest.mark.parametrize("state", CorrectionState)
def test_a_document_is_found_by_its_state(
    world: Any, corrections: CorrectionSource, state: CorrectionState
) -> None:
    for each in CorrectionState:
        world.put(str(each), {"status": str(each)})
    assert [document.id for document in corrections.find(state)] == [str(state)]


@pytest.mark.parametrize(
    "retraining",
    ["absent", None, ["mine"], "no_class", {"reason": ["no_class"]}, {"reason": None}, {}],
)
def test_hostile_retraining_is_found_by_state_and_not_by_reason(
    world: Any, corrections: CorrectionSource, retraining: Any
) -> None:
    world.put(
        "a",
        {"status": "quarantined"} | ({} if retraining == "absent" else {"retraining": retraining}),
    )
    world.put("b", quarantined())
    assert (found(corrections), found(corrections, reason="no_class")) == (["a", "b"], ["b"])


def test_hostile_fields_pass_through_unchanged(world: Any, corrections: CorrectionSource) -> None:
    fields = quarantined(
        correctedLabel={"$ne": None}, confidence=float("inf"), imageStoragePath="../../x"
    )
    world.put("a", fields)
    assert corrections.find(QUARANTINED)[0].fields == fields
    assert corrections.get("a").fields == fields


def test_a_page_has_no_drawings_and_no_fields_that_nobody_knows(
    world: Any, corrections: CorrectionSource
) -> None:
    drawn = quarantined(strokes=[{"x": [1] * 1000, "y": [1] * 1000}], unknown=[b"\xff", None])
    world.put("a", drawn)
    assert corrections.find(QUARANTINED)[0].fields == quarantined()
    assert corrections.get("a").fields == drawn


def test_a_reason_without_corrections_finds_nothing(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("a", quarantined())
    assert found(corrections, reason="flood") == []


def test_documents_are_found_in_order_of_id(world: Any, corrections: CorrectionSource) -> None:
    for name in HOSTILE_IDS:
        world.put(name, quarantined())
    assert found(corrections) == sorted(HOSTILE_IDS, key=str.encode)


@pytest.mark.parametrize("reason", [None, "no_class"])
def test_page_after_page_finds_each_once(
    world: Any, corrections: CorrectionSource, reason: str | None
) -> None:
    for name in HOSTILE_IDS:
        world.put(name, quarantined())
    seen: list[str] = []
    while page := found(corrections, reason=reason, after=seen[-1] if seen else None, limit=3):
        assert len(page) <= 3
        seen += page
    assert seen == sorted(HOSTILE_IDS, key=str.encode)


def test_a_page_goes_on_behind_a_document_that_is_gone(
    world: Any, corrections: CorrectionSource
) -> None:
    for name in "abc":
        world.put(name, quarantined())
    world.delete("b")
    assert found(corrections, after="b") == ["c"]
