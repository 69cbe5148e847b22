"""The contract of a CorrectionSource: the owner's decisions on corrections."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.adapters import firestore_statuses
from pipeline.corrections.decisions import OWNER_REFUSED
from pipeline.errors import NotFound, NotQuarantined
from pipeline.ports import CorrectionSource
from pipeline.records.corrections import (
    CorrectionState,
    OwnerAction,
    OwnerChoice,
)
from tests.contract._quarantined import (
    ACCEPT,
    AS_FISH,
    HOSTILE_IDS,
    QUARANTINED,
    REFUSE,
    outcome,
    quarantined,
    settled,
)

NO_IDS = ["", ".", "..", "a/b", "a/b/c", "__id__", "x" * 1501, "\ud800"]


@pytest.mark.parametrize("name", NO_IDS)
def test_what_can_be_no_id_is_not_there(corrections: CorrectionSource, name: str) -> None:
    with pytest.raises(NotFound):
        corrections.get(name)
    with pytest.raises(NotFound):
        corrections.decide(name, ACCEPT, "ada")


def test_an_unknown_correction_is_not_decided_on(corrections: CorrectionSource) -> None:
    with pytest.raises(NotFound):
        corrections.decide("a", ACCEPT, "ada")
    assert corrections.decisions(["a"]) == {}


@pytest.mark.parametrize(
    ("status", "reason"),
    [("pending", None), ("merged", "merged"), ("refused", "blank"), (None, None)],
)
def test_what_waits_for_no_decision_stays_as_it_is(
    world: Any, corrections: CorrectionSource, status: str | None, reason: str | None
) -> None:
    world.put("a", quarantined(reason, status=status))
    before = world.look("a")
    with pytest.raises(NotQuarantined):
        corrections.decide("a", ACCEPT, "ada")
    assert (world.look("a"), corrections.decisions(["a"])) == (before, {})


@pytest.mark.parametrize("name", HOSTILE_IDS)
def test_whatever_its_id_a_correction_is_decided_on(
    world: Any, corrections: CorrectionSource, name: str
) -> None:
    world.put(name, quarantined())
    decision = corrections.decide(name, AS_FISH, "ada")
    assert (decision.correction_id, decision.label, decision.by, decision.held_for) == (
        name,
        "fish",
        "ada",
        "no_class",
    )
    assert corrections.decisions([name, "other"]) == {name: decision}
    assert [document.id for document in corrections.pending()] == [name]


@pytest.mark.parametrize("choice", [ACCEPT, AS_FISH], ids=str)
def test_a_decision_to_use_it_changes_the_status_alone(
    world: Any, corrections: CorrectionSource, choice: OwnerChoice
) -> None:
    world.put("a", quarantined())
    corrections.decide("a", choice, "ada")
    assert world.look("a") == quarantined(status="pending")


def test_a_refused_correction_says_so_and_changes_in_no_other_field(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("a", quarantined())
    decision = corrections.decide("a", REFUSE, "ada")
    after = world.look("a")
    assert after | {"retraining": {}} == quarantined(status="refused", retraining={})
    assert after["retraining"] == settled(OWNER_REFUSED).document() | {
        "runId": "run-1",
        "at": decision.at,
    }


def test_a_decision_says_when_it_was_made(world: Any, corrections: CorrectionSource) -> None:
    world.put("a", quarantined())
    assert abs((corrections.decide("a", ACCEPT, "ada").at - datetime.now(UTC)).total_seconds()) < 60


def test_the_answer_is_what_is_recorded(world: Any, corrections: CorrectionSource) -> None:
    world.put("a", quarantined())
    first = corrections.decide("a", AS_FISH, "ada")
    again = corrections.decide("a", AS_FISH, "bob")
    assert first == again == corrections.decisions(["a"])["a"]
    assert first.model_dump_json() == again.model_dump_json()


def test_a_repetition_after_the_merge_answers_the_same_and_changes_nothing(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("a", quarantined())
    first = corrections.decide("a", ACCEPT, "ada")
    corrections.settle({"a": outcome(CorrectionState.MERGED)})
    merged = world.look("a")
    assert (corrections.decide("a", ACCEPT, "bob"), world.look("a")) == (first, merged)
    with pytest.raises(NotQuarantined, match="merged"):
        corrections.decide("a", REFUSE, "ada")


def test_the_owner_may_change_his_mind_until_it_is_merged(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("a", quarantined())
    for choice, status in (
        (REFUSE, "refused"),
        (ACCEPT, "pending"),
        (AS_FISH, "pending"),
        (REFUSE, "pending"),
    ):
        decision = corrections.decide("a", choice, "ada")
        assert (decision.action, decision.held_for, world.look("a")["status"]) == (
            choice.action,
            "no_class",
            status,
        )
        assert corrections.decisions(["a"]) == {"a": decision}


def test_decisions_are_read_page_by_page(
    world: Any, corrections: CorrectionSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firestore_statuses, "PAGE_SIZE", 2)
    names = [f"c{number}" for number in range(5)]
    for name in names:
        world.put(name, quarantined())
        corrections.decide(name, ACCEPT, "ada")
    assert sorted(corrections.decisions(names)) == names


def test_decisions_on_no_corrections_are_none(corrections: CorrectionSource) -> None:
    assert corrections.decisions([]) == {}


def test_a_player_s_forged_decision_counts_for_nothing(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put(
        "a", quarantined(decision={"action": "accept"}, decisions={"a": {"action": "accept"}})
    )
    assert corrections.decisions(["a"]) == {}


@pytest.mark.parametrize("choice", [ACCEPT, AS_FISH], ids=str)
def test_a_run_that_repeats_itself_does_not_quarantine_again_what_was_decided(
    world: Any, corrections: CorrectionSource, choice: OwnerChoice
) -> None:
    world.put("a", quarantined(status="pending"))
    world.put("b", quarantined(status="pending"))
    verdicts = dict.fromkeys("ab", outcome(QUARANTINED, "no_class"))
    assert corrections.settle(verdicts) == 2
    corrections.decide("a", choice, "ada")
    assert corrections.settle(verdicts) == 0
    assert [world.look(name)["status"] for name in "ab"] == ["pending", "quarantined"]


def test_a_run_on_its_way_to_the_owner_s_refusal_does_not_undo_that_it_was_taken_back(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("a", quarantined())
    for choice in (ACCEPT, REFUSE):
        corrections.decide("a", choice, "ada")
    harvested = {"a": settled(OWNER_REFUSED)}
    corrections.decide("a", ACCEPT, "ada")
    assert (corrections.settle(harvested), world.look("a")["status"]) == (0, "pending")
    corrections.decide("a", REFUSE, "ada")
    assert (corrections.settle(harvested), world.look("a")["status"]) == (1, "refused")


def test_what_a_run_has_merged_is_merged_whatever_was_decided_meanwhile(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("a", quarantined())
    for choice in (ACCEPT, REFUSE):
        corrections.decide("a", choice, "ada")
    assert (
        corrections.settle({"a": outcome(CorrectionState.MERGED)}),
        world.look("a")["status"],
    ) == (1, "merged")


def test_of_two_owners_who_decide_at_once_both_decisions_count_in_some_order(
    world: Any, corrections: CorrectionSource, at_once: Callable[..., list[Any]]
) -> None:
    world.put("a", quarantined())
    answers = at_once(
        [
            lambda: corrections.decide("a", ACCEPT, "ada"),
            lambda: corrections.decide("a", REFUSE, "bob"),
        ]
    )
    assert [(answer.action, answer.by) for answer in answers] == [
        ("accept", "ada"),
        ("refuse", "bob"),
    ]
    last, status = corrections.decisions(["a"])["a"], world.look("a")["status"]
    assert last in answers
    # Refused then accepted, or the other way round; a refused pending one waits for the run.
    assert (last.action, status) in {
        (OwnerAction.ACCEPT, "pending"),
        (OwnerAction.REFUSE, "pending"),
    }


def test_of_many_who_decide_the_same_at_once_all_get_the_answer_of_one(
    world: Any, corrections: CorrectionSource, at_once: Callable[..., list[Any]]
) -> None:
    world.put("a", quarantined())
    answers = at_once([lambda by=by: corrections.decide("a", REFUSE, by) for by in "xyz"])
    assert answers == [corrections.decisions(["a"])["a"]] * 3


def test_deciding_while_a_run_settles_the_same_correction_loses_neither(
    world: Any, corrections: CorrectionSource, at_once: Callable[..., list[Any]]
) -> None:
    for number in range(5):
        name = f"c{number}"
        world.put(name, quarantined())
        corrections.decide(name, ACCEPT, "ada")
        moved, decided = at_once(
            [
                lambda name=name: corrections.settle({name: outcome(CorrectionState.MERGED)}),
                lambda name=name: corrections.decide(name, AS_FISH, "ada"),
            ]
        )
        assert (moved, world.look(name)["status"]) == (1, "merged")
        standing = corrections.decisions([name])[name]
        assert isinstance(decided, NotQuarantined) == (standing.action is OwnerAction.ACCEPT), (
            decided
        )
