"""The contract of a CorrectionSource: writing the outcomes of a run."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.adapters import firestore_corrections as firestore_adapter
from pipeline.ports import CorrectionSource
from pipeline.records.corrections import CorrectionState
from tests.contract._pending import HOSTILE, LIMIT, NOW, ids, outcome, pending


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
        "schema": 1,
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
    monkeypatch.setattr(firestore_adapter, "SETTLE_PAGE_SIZE", 2)
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


def test_of_many_who_settle_the_same_correction_one_moves_it(
    world: Any, corrections: CorrectionSource, at_once: Callable[..., list[Any]]
) -> None:
    world.put("a", pending())
    assert sorted(at_once([lambda: corrections.settle({"a": outcome()})] * 4)) == [0, 0, 0, 1]
