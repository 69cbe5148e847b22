"""The contract of a CorrectionSource: taking back decisions, and deciding on many."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.adapters import firestore_decisions
from pipeline.errors import NotQuarantined
from pipeline.ports import CorrectionSource
from pipeline.records.corrections import CorrectionState, OwnerChoice
from tests.contract._quarantined import (
    ACCEPT,
    AS_FISH,
    HOSTILE_IDS,
    QUARANTINED,
    REFUSE,
    outcome,
    quarantined,
)

MERGED = outcome(CorrectionState.MERGED)


def list_ids(corrections: CorrectionSource) -> list[str]:
    return [document.id for document in corrections.find(QUARANTINED)]


@pytest.mark.parametrize("choices", [[ACCEPT], [AS_FISH], [REFUSE], [REFUSE, ACCEPT]], ids=str)
def test_what_is_taken_back_is_quarantined_as_before(
    world: Any, corrections: CorrectionSource, choices: list[OwnerChoice]
) -> None:
    world.put("a", quarantined())
    last = [corrections.decide("a", choice, "ada") for choice in choices][-1]
    undone = corrections.undecide(["a"])
    assert (undone.decisions, undone.kept) == ([last], {})
    after = world.look("a")
    kept = after["retraining"]
    assert (after["status"], kept["reason"], kept["explanation"], kept["runId"]) == (
        "quarantined",
        "no_class",
        "It fits no class.",
        "run-1",
    )
    assert after | {"retraining": {}} == quarantined(retraining={})
    assert corrections.decisions(["a"]) == {}


def test_taking_back_again_changes_nothing(world: Any, corrections: CorrectionSource) -> None:
    world.put("a", quarantined())
    corrections.decide("a", ACCEPT, "ada")
    corrections.undecide(["a"])
    before = world.look("a")
    assert corrections.undecide(["a"]) == ([], {})
    assert world.look("a") == before


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("pending", None),
        ("merged", "merged"),
        ("refused", "blank"),
        ("refused", "owner"),
        (None, None),
    ],
)
def test_where_no_decision_is_none_is_taken_back(
    world: Any, corrections: CorrectionSource, status: str | None, reason: str | None
) -> None:
    world.put("a", quarantined(reason, status=status))
    before = world.look("a")
    undone = corrections.undecide(["a", "unknown", "a/b"])
    assert (undone.decisions, set(undone.kept)) == ([], {"a", "unknown", "a/b"})
    assert world.look("a") == before


@pytest.mark.parametrize("name", HOSTILE_IDS)
def test_whatever_its_id_a_decision_is_taken_back(
    world: Any, corrections: CorrectionSource, name: str
) -> None:
    world.put(name, quarantined())
    [decision] = corrections.decide_waiting([name], REFUSE, "ada", "all")
    assert (corrections.find_batch("all"), corrections.page_decisions().records) == (
        [name],
        [decision],
    )
    assert corrections.undecide([name]).decisions == [decision]


def test_what_a_run_has_merged_is_not_taken_back(world: Any, corrections: CorrectionSource) -> None:
    world.put("a", quarantined())
    decision = corrections.decide("a", ACCEPT, "ada")
    corrections.settle({"a": MERGED})
    merged = world.look("a")
    undone = corrections.undecide(["a"])
    assert (undone.decisions, world.look("a")) == ([], merged)
    assert undone.kept["a"].state == "merged"
    assert corrections.decisions(["a"]) == {"a": decision}


@pytest.mark.parametrize("then", [None, ACCEPT, REFUSE], ids=str)
def test_what_a_run_merged_before_it_was_taken_back_is_called_merged(
    world: Any, corrections: CorrectionSource, then: OwnerChoice | None
) -> None:
    world.put("a", quarantined())
    corrections.decide("a", ACCEPT, "ada")
    corrections.undecide(["a"])  # the run has its drawing already, and settles last
    if then is not None:
        corrections.decide("a", then, "ada")
    assert (corrections.settle({"a": MERGED}), world.look("a")["status"]) == (1, "merged")


def test_what_was_taken_back_and_is_then_refused_waits_for_a_run_which_may_have_merged_it(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("a", quarantined())
    corrections.decide("a", ACCEPT, "ada")
    corrections.undecide(["a"])
    corrections.decide("a", REFUSE, "ada")
    assert world.look("a")["status"] == "pending"
    corrections.undecide(["a"])
    assert list_ids(corrections) == ["a"]


def test_a_verdict_on_its_way_does_not_count_for_what_was_taken_back(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("a", quarantined())
    corrections.decide("a", ACCEPT, "ada")
    corrections.undecide(["a"])
    before = world.look("a")
    verdicts = [outcome(QUARANTINED), outcome(CorrectionState.REFUSED, "blank")]
    assert [corrections.settle({"a": verdict}) for verdict in verdicts] == [0, 0]
    assert world.look("a") == before


def test_another_decision_than_the_one_that_was_seen_stands(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("a", quarantined())
    seen = corrections.decide("a", ACCEPT, "ada")
    stands = corrections.decide("a", REFUSE, "bob")
    for options in ({"at": seen.at - timedelta(seconds=1)}, {"batch": "all"}):
        undone = corrections.undecide(["a"], **options)  # type: ignore[arg-type]
        assert isinstance(undone.kept["a"], NotQuarantined)
    assert corrections.decisions(["a"]) == {"a": stands}
    assert corrections.undecide(["a"], at=stands.at).decisions == [stands]


def test_many_are_decided_on_and_taken_back_page_by_page(
    world: Any, corrections: CorrectionSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firestore_decisions, "TOGETHER", 2)
    names = [f"c{number}" for number in range(5)]
    for name in names:
        world.put(name, quarantined())
    decisions = corrections.decide_waiting(names, REFUSE, "ada", "all")
    assert [(each.correction_id, each.batch) for each in decisions] == [
        (name, "all") for name in names
    ]
    assert corrections.count_batch("all") == len(names)
    assert corrections.find_batch("all", "c1", 2) == ["c2", "c3"]
    assert len(corrections.undecide(names, batch="all").decisions) == len(names)
    assert (corrections.count_batch("all"), list_ids(corrections)) == (0, names)


def test_what_another_owner_has_decided_on_is_left_out_of_many(
    world: Any, corrections: CorrectionSource
) -> None:
    for name in "abc":
        world.put(name, quarantined())
    first = corrections.decide("b", AS_FISH, "bob")
    decided = corrections.decide_waiting(["a", "b", "gone", "c", "a/b"], ACCEPT, "ada")
    assert [each.correction_id for each in decided] == ["a", "c"]
    assert corrections.decisions(["b"]) == {"b": first}


def test_of_two_who_decide_on_one_at_once_one_has_decided(
    world: Any, corrections: CorrectionSource, at_once: Callable[..., list[Any]]
) -> None:
    world.put("a", quarantined())
    answers = at_once(
        [
            lambda: corrections.decide_waiting(["a"], ACCEPT, "ada"),
            lambda: corrections.decide_waiting(["a"], REFUSE, "bob"),
        ]
    )
    assert sorted(map(len, answers)) == [0, 1]
    assert corrections.decisions(["a"])["a"] in [*answers[0], *answers[1]]


def test_decisions_are_listed_by_time_and_by_owner(
    world: Any, corrections: CorrectionSource
) -> None:
    for name, by in (("a", "ada"), ("b", "bob"), ("c", "ada")):
        world.put(name, quarantined())
        corrections.decide(name, ACCEPT, by)
    first = corrections.page_decisions(limit=2)
    assert [each.correction_id for each in first.records] == ["c", "b"]
    assert [
        each.correction_id for each in corrections.page_decisions(first.next_after).records
    ] == ["a"]
    assert [each.correction_id for each in corrections.page_decisions(by="ada").records] == [
        "c",
        "a",
    ]


def test_a_decision_that_cannot_be_read_is_named_and_passed_over(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("a", quarantined())
    corrections.decide("a", ACCEPT, "ada")
    world.edit("decisions/odd", {"at": datetime(2026, 1, 1, tzinfo=UTC), "action": "eat"})
    page = corrections.page_decisions()
    assert [each.correction_id for each in page.records] == ["a"]
    assert [each.path for each in page.unreadable] == ["decisions/odd"]


def test_documents_are_looked_up_without_their_drawings(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("a", quarantined(strokes=[1], imageData="x"))
    found = corrections.look_up(["a", "gone", "a/b"])
    assert set(found) == {"a"}
    assert found["a"].fields == corrections.find(QUARANTINED)[0].fields
