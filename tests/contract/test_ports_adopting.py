"""The contract of a CorrectionSource: documents without a status become pending."""

from contextlib import suppress
from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument

from pipeline.adapters import firestore_statuses
from pipeline.ports import CorrectionSource
from tests.contract._pending import LIMIT, pending

STRANGE: list[Any] = [None, "", 0, ["pending"], {"a": 1}, "merged"]


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
    monkeypatch.setattr(firestore_statuses, "PAGE_SIZE", 2)
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
