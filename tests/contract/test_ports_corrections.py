"""The contract of a CorrectionSource: reading and counting the pending corrections."""

from typing import Any

import pytest

from pipeline.adapters import firestore_statuses
from pipeline.ports import CorrectionSource
from pipeline.records.corrections import CorrectionState
from tests.contract._pending import HOSTILE, ids, outcome, pending


def test_of_no_documents_none_is_pending(corrections: CorrectionSource) -> None:
    assert ids(corrections) == []


def test_of_no_documents_none_is_counted(corrections: CorrectionSource) -> None:
    assert corrections.count_pending() == 0


@pytest.mark.parametrize(
    "status",
    ["merged", "quarantined", "refused", "PENDING", None, ["pending"], {"pending": True}, 0],
)
def test_a_document_of_another_status_is_not_pending(
    world: Any, corrections: CorrectionSource, status: Any
) -> None:
    world.put("a", {**pending(), "status": status})
    assert ids(corrections) == []


def test_a_document_without_status_is_not_pending(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("a", {"correctedLabel": "cat"})
    world.put("b", pending())
    assert ids(corrections) == ["b"]


def test_a_document_without_any_other_field_is_pending(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("a", {"status": "pending"})
    assert ids(corrections) == ["a"]


def test_hostile_fields_pass_through_unchanged(world: Any, corrections: CorrectionSource) -> None:
    world.put("a", HOSTILE)
    assert [document.fields for document in corrections.pending()] == [HOSTILE]


def test_pending_documents_come_in_order_of_id(world: Any, corrections: CorrectionSource) -> None:
    names = ["b", "a", "A", "10", "9", "é", "\U0001f600", "z z"]
    for name in names:
        world.put(name, pending())
    assert ids(corrections) == sorted(names, key=str.encode)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7])
def test_pages_lose_and_repeat_nothing(
    world: Any, corrections: CorrectionSource, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(firestore_statuses, "PAGE_SIZE", 2)
    for number in range(count):
        world.put(f"c{number}", pending(number))
    assert [document.fields["n"] for document in corrections.pending()] == list(range(count))


def test_a_document_settled_while_we_page_does_not_hide_the_next_ones(
    world: Any, corrections: CorrectionSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firestore_statuses, "PAGE_SIZE", 2)
    for number in range(5):
        world.put(f"c{number}", pending())
    reading = corrections.pending()
    seen = [next(reading).id, next(reading).id]
    corrections.settle(dict.fromkeys(seen, outcome()))
    assert [document.id for document in reading] == ["c2", "c3", "c4"]


def test_a_document_deleted_while_we_page_does_not_hide_the_next_ones(
    world: Any, corrections: CorrectionSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firestore_statuses, "PAGE_SIZE", 2)
    for number in range(5):
        world.put(f"c{number}", pending())
    reading = corrections.pending()
    for _ in range(2):
        world.delete(next(reading).id)
    assert [document.id for document in reading] == ["c2", "c3", "c4"]


def test_changing_what_was_read_changes_no_document(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("a", {**pending(), "nested": {"x": 1}})
    next(corrections.pending()).fields["nested"]["x"] = 2
    assert world.look("a")["nested"] == {"x": 1}


def test_reading_goes_on_behind_any_id(
    world: Any, corrections: CorrectionSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firestore_statuses, "PAGE_SIZE", 2)
    for name in ["a", "b", "c", "d", "e"]:
        world.put(name, pending())
    assert [
        [each.id for each in corrections.pending(behind)] for behind in ("b", "bb", "e", "f")
    ] == [
        ["c", "d", "e"],
        ["c", "d", "e"],
        [],
        [],
    ]


def test_the_count_is_of_what_pending_yields(world: Any, corrections: CorrectionSource) -> None:
    for number in range(5):
        world.put(f"c{number}", pending())
    world.put("merged", {"status": "merged"})
    world.put("without", {})
    assert corrections.count_pending() == 5


def test_documents_are_counted_by_state_and_reason(
    world: Any, corrections: CorrectionSource
) -> None:
    for number, reason in enumerate(["flood", "flood", "burst"]):
        held = {"status": "quarantined", "retraining": {"reason": reason}}
        world.put(f"c{number}", held)
    world.put("refused", {"status": "refused", "retraining": {"reason": "flood"}})
    world.put("a", pending())
    assert corrections.count(CorrectionState.QUARANTINED) == 3
    assert corrections.count(CorrectionState.QUARANTINED, "flood") == 2
    assert corrections.count(CorrectionState.MERGED) == 0
