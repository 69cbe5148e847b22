"""The contract of a CorrectionSource: counting statuses, and making many documents pending."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.adapters import firestore_statuses
from pipeline.ports import CorrectionSource
from pipeline.records.corrections import CorrectionState, StatusCount
from tests.contract._pending import ids, outcome, pending

MISSING, BLANK = (outcome(CorrectionState.REFUSED, reason=name) for name in ("missing_image", "x"))
FOREIGN: list[Any] = ["new", "Pending", " pending ", "", None, True, 1, 0.5, ["pending"], {"a": 1}]


def refuse(world: Any, corrections: CorrectionSource, *names: str, to: Any = MISSING) -> None:
    for name in names:
        world.put(name, pending())
    corrections.settle(dict.fromkeys(names, to))


def counted(corrections: CorrectionSource) -> list[tuple[str, int]]:
    values = corrections.count_statuses().values
    return sorted((repr(each.value), each.documents) for each in values)


def test_every_value_of_the_status_is_counted(world: Any, corrections: CorrectionSource) -> None:
    values = [*FOREIGN, *FOREIGN[:3], "merged", "pending", "pending", float("nan")]
    for number, status in enumerate(values):
        world.put(f"c{number}", {"status": status})
    world.put("without", {"n": 1})
    assert counted(corrections) == sorted(
        [
            *((repr(status), 2 if number < 3 else 1) for number, status in enumerate(FOREIGN)),
            ("'merged'", 1),
            ("'pending'", 2),
            ("nan", 1),
        ]
    )
    counts = corrections.count_statuses()
    assert (counts.total, counts.without) == (len(values) + 1, 1)


def test_of_no_documents_no_status_is_counted(corrections: CorrectionSource) -> None:
    assert corrections.count_statuses() == (0, 0, ())


def test_only_so_many_values_are_counted_one_by_one(
    world: Any, corrections: CorrectionSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not hasattr(corrections, "_client"):
        pytest.skip("in memory counting costs nothing")
    monkeypatch.setattr(firestore_statuses, "MAX_VALUES", 2)
    for number in range(5):
        world.put(f"c{number}", {"status": f"s{number}"})
    assert corrections.count_statuses().values == (StatusCount("s0", 1), StatusCount("s1", 1))


@pytest.mark.parametrize("status", FOREIGN, ids=repr)
def test_documents_of_one_foreign_status_become_pending(
    world: Any, corrections: CorrectionSource, status: Any
) -> None:
    for number, value in enumerate(FOREIGN):
        world.put(f"c{number}", {"status": value, "n": number})
    chosen = next(number for number, value in enumerate(FOREIGN) if value is status)
    assert corrections.adopt_status(status, 10) == 1
    assert ids(corrections) == [f"c{chosen}"]
    assert world.look(f"c{chosen}")["n"] == chosen


def test_adopting_a_status_twice_changes_nothing(world: Any, corrections: CorrectionSource) -> None:
    world.put("a", {"status": "new"})
    assert [corrections.adopt_status("new", 5), corrections.adopt_status("new", 5)] == [1, 0]


def test_all_pages_are_adopted_up_to_the_limit(
    world: Any, corrections: CorrectionSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firestore_statuses, "PAGE_SIZE", 2)
    for number in range(7):
        world.put(f"c{number}", {"status": "new"})
    assert [corrections.adopt_status("new", 5) for _ in range(3)] == [5, 2, 0]


def test_what_was_refused_for_a_reason_is_pending_again(
    world: Any, corrections: CorrectionSource
) -> None:
    refuse(world, corrections, "a", "b")
    refuse(world, corrections, "c", to=BLANK)
    assert corrections.reopen("missing_image", 10) == 2
    assert ids(corrections) == ["a", "b"]
    assert world.look("c")["status"] == "refused"


def test_reopening_twice_changes_nothing(world: Any, corrections: CorrectionSource) -> None:
    refuse(world, corrections, "a")
    assert [corrections.reopen("missing_image", 5), corrections.reopen("missing_image", 5)] == [
        1,
        0,
    ]


@pytest.mark.parametrize("state", [CorrectionState.MERGED, CorrectionState.QUARANTINED])
def test_what_is_merged_or_quarantined_is_never_reopened(
    world: Any, corrections: CorrectionSource, state: CorrectionState
) -> None:
    refuse(world, corrections, "a", to=outcome(state, reason="missing_image"))
    before = world.look("a")
    assert corrections.reopen("missing_image", 5) == 0
    assert world.look("a") == before


def test_reopening_stops_at_its_limit_and_goes_on_where_it_stopped(
    world: Any, corrections: CorrectionSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firestore_statuses, "PAGE_SIZE", 2)
    names = [f"c{number}" for number in range(7)]
    refuse(world, corrections, *names)
    assert corrections.reopen("missing_image", 5) == 5
    assert ids(corrections) == names[:5]
    assert corrections.reopen("missing_image", 5) == 2


def test_what_was_reopened_is_settled_again(world: Any, corrections: CorrectionSource) -> None:
    refuse(world, corrections, "a")
    corrections.reopen("missing_image", 5)
    assert corrections.settle({"a": outcome()}) == 1
    assert (world.look("a")["status"], world.look("a")["retraining"]["state"]) == ("merged",) * 2


def test_a_document_that_changes_meanwhile_is_left_alone(
    world: Any, corrections: CorrectionSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not hasattr(corrections, "_client"):
        pytest.skip("in memory nothing comes between")
    refuse(world, corrections, "a", "b", "c")
    batch, changed = corrections._client.batch, []

    def late() -> Any:
        if not changed:
            changed.append(world.put("b", {"status": "merged"}))
        return batch()

    monkeypatch.setattr(corrections._client, "batch", late)
    assert corrections.reopen("missing_image", 5) == 2
    assert world.look("b") == {"status": "merged"}


def test_a_pending_document_says_when_it_was_created_and_read(
    world: Any, corrections: CorrectionSource
) -> None:
    before = datetime.now(UTC)
    world.put("a", pending())
    (first,) = corrections.pending()
    corrections.settle({"a": outcome(CorrectionState.PENDING)})
    (again,) = corrections.pending()
    assert first.created_at == again.created_at
    assert again.created_at is not None
    assert again.read_at is not None
    assert abs((again.created_at - before).total_seconds()) < 60
    assert again.created_at <= again.read_at


def test_what_stays_pending_says_why(world: Any, corrections: CorrectionSource) -> None:
    world.put("a", pending())
    corrections.settle({"a": outcome(CorrectionState.PENDING, reason="missing_image")})
    assert ids(corrections) == ["a"]
    (found,) = corrections.find(CorrectionState.PENDING, reason="missing_image")
    assert found.id == "a"
