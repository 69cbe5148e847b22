"""The contract of a CorrectionSource."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument

from pipeline.adapters import firestore_corrections as firestore_adapter
from pipeline.ports import CorrectionSource
from pipeline.records.corrections import CorrectionState, Retraining

NOW = datetime(2026, 3, 4, 5, 6, 7, 891000, UTC)
HOSTILE: dict[str, Any] = {
    "status": "pending",
    "correctedLabel": {"$ne": None},
    "imageStoragePath": "../../etc/passwd",
    "userId": 7,
    "confidence": float("inf"),
    "timestamp": "yesterday",
    "retraining": ["mine"],
    "a.b": "dotted",
    "`": "\u0000 \U0001f600 \u202e",
    "nested": {"list": [1, {"deep": [True]}], "bytes": b"\xff"},
}

LIMIT = 1_048_300  # characters that the largest field of a document can have, nearly
STRANGE: list[Any] = [None, "", 0, ["pending"], {"a": 1}, "merged"]


def pending(number: int = 0) -> dict[str, Any]:
    return {"status": "pending", "correctedLabel": "cat", "n": number, "timestamp": NOW}


def outcome(state: CorrectionState = CorrectionState.MERGED, **more: Any) -> Retraining:
    fields = {
        "reason": "trusted",
        "explanation": "It looks like a cat.",
        "run_id": "run-1",
        "at": NOW,
    }
    return Retraining(state=state, **{**fields, **more})


def ids(corrections: CorrectionSource) -> list[str]:
    return [document.id for document in corrections.pending()]


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
    monkeypatch.setattr(firestore_adapter, "PAGE", 2)
    for number in range(count):
        world.put(f"c{number}", pending(number))
    assert [document.fields["n"] for document in corrections.pending()] == list(range(count))


def test_a_document_settled_while_we_page_does_not_hide_the_next_ones(
    world: Any, corrections: CorrectionSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firestore_adapter, "PAGE", 2)
    for number in range(5):
        world.put(f"c{number}", pending())
    reading = corrections.pending()
    seen = [next(reading).id, next(reading).id]
    corrections.settle(dict.fromkeys(seen, outcome()))
    assert [document.id for document in reading] == ["c2", "c3", "c4"]


def test_a_document_deleted_while_we_page_does_not_hide_the_next_ones(
    world: Any, corrections: CorrectionSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firestore_adapter, "PAGE", 2)
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
    monkeypatch.setattr(firestore_adapter, "PAGE", 2)
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


def test_only_documents_without_a_status_are_adopted(
    world: Any, corrections: CorrectionSource
) -> None:
    others = {
        name: {"status": status, "n": 1} for name, status in zip("abcdef", STRANGE, strict=True)
    }
    for name, fields in others.items():
        world.put(name, fields)
    world.put("old", {"correctedLabel": "cat", "n": 1})
    world.put("empty", {})
    assert corrections.adopt() == 2
    assert world.look("old") == {"correctedLabel": "cat", "n": 1, "status": "pending"}
    assert world.look("empty") == {"status": "pending"}
    assert {name: world.look(name) for name in others} == others


def test_what_was_adopted_is_not_adopted_again(world: Any, corrections: CorrectionSource) -> None:
    world.put("old", {})
    assert [corrections.adopt(), corrections.adopt()] == [1, 0]


def test_old_documents_are_adopted_from_all_pages(
    world: Any, corrections: CorrectionSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firestore_adapter, "PAGE", 2)
    for number in range(9):
        world.put(f"c{number}", {} if number % 3 else pending())
    assert (corrections.adopt(), corrections.count_pending()) == (6, 9)


@pytest.mark.parametrize("change", ["written", "deleted"])
def test_what_a_client_does_between_reading_and_adopting_is_not_lost(
    world: Any, corrections: CorrectionSource, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    if not hasattr(corrections, "_client"):
        pytest.skip("in memory nothing comes between")
    for name in ("a", "b", "c"):
        world.put(name, {"n": 1})
    batch, changes = corrections._client.batch, []

    def late() -> Any:
        if not changes:
            changes.append(change)
            world.put("b", {"n": 2, "status": "merged"}) if change == "written" else world.delete(
                "b"
            )
        return batch()

    monkeypatch.setattr(corrections._client, "batch", late)
    assert corrections.adopt() == 2
    assert world.look("b") == ({"n": 2, "status": "merged"} if change == "written" else None)
    assert [world.look(name)["status"] for name in ("a", "c")] == ["pending", "pending"]


def test_the_count_is_of_what_pending_yields(world: Any, corrections: CorrectionSource) -> None:
    for number in range(5):
        world.put(f"c{number}", pending())
    world.put("merged", {"status": "merged"})
    world.put("without", {})
    assert corrections.count_pending() == 5


def test_settling_nothing_moves_nothing(corrections: CorrectionSource) -> None:
    assert corrections.settle({}) == 0


def test_a_deleted_correction_is_left_alone(world: Any, corrections: CorrectionSource) -> None:
    world.put("here", pending())
    assert corrections.settle({"gone": outcome(), "here": outcome()}) == 1


def test_a_deleted_correction_does_not_come_back(world: Any, corrections: CorrectionSource) -> None:
    world.put("a", pending())
    world.delete("a")
    corrections.settle({"a": outcome()})
    assert world.look("a") is None


@pytest.mark.parametrize("status", ["merged", "refused", None, ["pending"]])
def test_what_is_not_pending_is_left_alone(
    world: Any, corrections: CorrectionSource, status: Any
) -> None:
    world.put("a", {**pending(), "status": status})
    before = world.look("a")
    assert (corrections.settle({"a": outcome()}), world.look("a")) == (0, before)


def test_a_document_without_status_is_left_alone(world: Any, corrections: CorrectionSource) -> None:
    world.put("old", {"correctedLabel": "cat"})
    world.put("new", pending())
    moved = corrections.settle({"old": outcome(), "new": outcome()})
    assert (moved, world.look("old")) == (1, {"correctedLabel": "cat"})


def test_settling_twice_moves_once(world: Any, corrections: CorrectionSource) -> None:
    world.put("a", pending())
    assert [corrections.settle({"a": outcome()}), corrections.settle({"a": outcome()})] == [1, 0]


def test_a_second_settlement_does_not_replace_the_first(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("a", pending())
    corrections.settle({"a": outcome(reason="first")})
    corrections.settle({"a": outcome(CorrectionState.REFUSED, reason="second")})
    assert (world.look("a")["status"], world.look("a")["retraining"]["reason"]) == (
        "merged",
        "first",
    )


@pytest.mark.parametrize(
    "state", [CorrectionState.MERGED, CorrectionState.QUARANTINED, CorrectionState.REFUSED]
)
def test_a_settled_document_has_the_new_status(
    world: Any, corrections: CorrectionSource, state: CorrectionState
) -> None:
    world.put("a", pending())
    corrections.settle({"a": outcome(state)})
    assert world.look("a")["status"] == state.value


def test_a_settled_document_says_what_became_of_it(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("a", pending())
    corrections.settle({"a": outcome(revision=3, version="v1.0.1")})
    assert world.look("a")["retraining"] == {
        "state": "merged",
        "reason": "trusted",
        "explanation": "It looks like a cat.",
        "runId": "run-1",
        "revision": 3,
        "version": "v1.0.1",
        "at": NOW,
    }


def test_settling_changes_no_other_field(world: Any, corrections: CorrectionSource) -> None:
    world.put("a", HOSTILE)
    corrections.settle({"a": outcome()})
    assert {**world.look("a"), "status": "pending", "retraining": ["mine"]} == HOSTILE


def test_settling_touches_the_named_documents_alone(
    world: Any, corrections: CorrectionSource
) -> None:
    for name in "abc":
        world.put(name, pending())
    corrections.settle({"b": outcome()})
    assert ids(corrections) == ["a", "c"]


def test_more_are_settled_than_fit_into_one_transaction(
    world: Any, corrections: CorrectionSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firestore_adapter, "SETTLED_AT_ONCE", 2)
    names = [f"c{number}" for number in range(7)]
    for name in names:
        world.put(name, pending())
    assert (
        corrections.settle({name: outcome() for name in names}),
        corrections.count_pending(),
    ) == (7, 0)


@pytest.mark.parametrize("left", [0, 30, 100])
def test_a_document_in_which_there_is_no_room_is_settled_too_and_holds_up_no_other(
    world: Any, corrections: CorrectionSource, left: int
) -> None:
    sent = {
        "status": "pending",
        "userId": "ada",
        "imageStoragePath": "drawings/corrections/d.png",
        "more": "",
    }
    world.put("b", sent | {"more": "x" * (LIMIT - left)})
    for name in ("a", "c"):
        world.put(name, pending())
    assert (
        corrections.settle(
            {name: outcome(CorrectionState.REFUSED, explanation="e" * 500) for name in "abc"}
        )
        == 3
    )
    assert [world.look(name)["retraining"]["reason"] for name in "abc"] == ["trusted"] * 3
    assert {name: world.look("b")[name] for name in ("userId", "imageStoragePath")} == {
        "userId": "ada",
        "imageStoragePath": "drawings/corrections/d.png",
    }


def test_a_document_in_which_there_is_no_room_is_not_adopted_and_holds_up_no_other(
    world: Any, corrections: CorrectionSource
) -> None:
    if not hasattr(corrections, "_client"):
        pytest.skip("in memory there is always room")
    for size in range(LIMIT + 200, LIMIT - 100, -14):  # `status: pending` takes 15 bytes
        with suppress(InvalidArgument):
            world.put("b", {"more": "x" * size})
            break
    world.put("a", {})
    corrections.adopt()
    assert world.look("a") == {"status": "pending"}


def test_of_many_who_settle_the_same_correction_one_moves_it(
    world: Any, corrections: CorrectionSource, at_once: Callable[..., list[Any]]
) -> None:
    world.put("a", pending())
    assert sorted(at_once([lambda: corrections.settle({"a": outcome()})] * 4)) == [0, 0, 0, 1]
