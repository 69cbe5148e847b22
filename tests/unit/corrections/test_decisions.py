"""The owner decides on what is quarantined; what a run has merged or refused stays so."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.categories import CATEGORIES
from pipeline.corrections.decisions import (
    OWNER_REFUSED,
    apply_choice,
    check_label,
    is_overruled,
)
from pipeline.errors import InvalidLabel, NotQuarantined
from pipeline.records.corrections import (
    CorrectionDocument,
    CorrectionState,
    OwnerAction,
    OwnerChoice,
    OwnerDecision,
    Verdict,
)

NOW = datetime(2026, 3, 4, tzinfo=UTC)
ACCEPT, REFUSE = OwnerChoice(action=OwnerAction.ACCEPT), OwnerChoice(action=OwnerAction.REFUSE)
AS_CAT, AS_FISH = (
    OwnerChoice(action=OwnerAction.RELABEL, label=label) for label in ("cat", "fish")
)
CHOICES = [ACCEPT, REFUSE, AS_CAT, AS_FISH]


def document(status: Any, reason: Any = "no_class", **retraining: Any) -> CorrectionDocument:
    fields = {
        "state": status,
        "reason": reason,
        "explanation": "Unknown.",
        "runId": "run-7",
        "at": NOW,
    }
    return CorrectionDocument(
        "c1", {"status": status, "correctedLabel": "cat", "retraining": {**fields, **retraining}}
    )


def decision(choice: OwnerChoice, by: str = "ada") -> OwnerDecision:
    return OwnerDecision(
        **choice.model_dump(),
        correction_id="c1",
        by=by,
        at=NOW - timedelta(days=1),
        held_for="burst",
    )


def verdict(state: CorrectionState, reason: str = "because") -> Verdict:
    return Verdict(state=state, reason=reason, explanation="")


def relabel(label: str | None) -> OwnerChoice:
    return OwnerChoice(action=OwnerAction.RELABEL, label=label)


def test_to_relabel_takes_a_label() -> None:
    with pytest.raises(ValidationError, match="name one of the classes"):
        relabel(None)


@pytest.mark.parametrize("label", ["", "Cat", "smiley face", "unicorn", "x" * 10_000])
def test_to_relabel_takes_one_of_the_classes(label: str) -> None:
    with pytest.raises(InvalidLabel, match="none of the classes: choose from apple, sun") as error:
        check_label(relabel(label), CATEGORIES)
    assert len(str(error.value)) < 300


def test_the_classes_of_another_game_are_its_labels() -> None:
    check_label(relabel("unicorn"), ("horse", "unicorn"))
    with pytest.raises(InvalidLabel, match="choose from horse, unicorn"):
        check_label(relabel("cat"), ("horse", "unicorn"))


@pytest.mark.parametrize("action", [OwnerAction.ACCEPT, OwnerAction.REFUSE])
def test_a_label_goes_with_no_other_action(action: OwnerAction) -> None:
    with pytest.raises(ValidationError, match="goes with relabel"):
        OwnerChoice(action=action, label="cat")


@pytest.mark.parametrize("label", CATEGORIES)
def test_every_class_is_a_label(label: str) -> None:
    check_label(relabel(label), CATEGORIES)


@pytest.mark.parametrize("choice", CHOICES, ids=str)
@pytest.mark.parametrize(
    ("status", "reason", "explanation"),
    [
        ("pending", None, "is pending"),
        ("merged", "merged", "is merged already"),
        ("refused", "blank", r"is refused \(blank\)"),
        ("refused", None, r"is refused \(no reason given\)"),
        (None, None, "has no status"),
        (["quarantined"], "no_class", "has no status"),
        ("QUARANTINED", "no_class", "has no status"),
    ],
)
def test_what_waits_for_no_decision_says_what_it_is(
    choice: OwnerChoice, status: Any, reason: Any, explanation: str
) -> None:
    with pytest.raises(NotQuarantined, match=explanation) as refused:
        apply_choice(document(status, reason), None, choice, "ada", NOW)
    assert refused.value.state == (status if status in ("pending", "merged", "refused") else None)


@pytest.mark.parametrize(("status", "reason"), [("merged", "merged"), ("refused", "duplicate")])
def test_after_a_run_has_settled_a_correction_no_decision_changes_it(
    status: str, reason: str
) -> None:
    with pytest.raises(NotQuarantined):
        apply_choice(document(status, reason), decision(ACCEPT), REFUSE, "ada", NOW)


@pytest.mark.parametrize("choice", [ACCEPT, AS_FISH], ids=str)
def test_a_quarantined_correction_that_is_to_be_used_waits_for_the_next_run(
    choice: OwnerChoice,
) -> None:
    decided, changes = apply_choice(document("quarantined"), None, choice, "ada", NOW)
    assert changes == {"status": "pending"}
    assert decided == OwnerDecision(
        **choice.model_dump(),
        correction_id="c1",
        by="ada",
        at=NOW,
        held_for="no_class",
        explanation="Unknown.",
        run_id="run-7",
    )


def test_a_quarantined_correction_that_is_refused_names_its_run_and_not_the_owner() -> None:
    _, changes = apply_choice(document("quarantined"), None, REFUSE, "ada", NOW + timedelta(days=1))
    assert changes["status"] == "refused"
    retraining = changes["retraining"]
    assert tuple(retraining[name] for name in ("state", "reason", "runId", "at")) == (
        "refused",
        "owner",
        "run-7",
        NOW + timedelta(days=1),
    )
    assert "ada" not in str(retraining)  # players may read it


@pytest.mark.parametrize("retraining", [None, [], "mine", {"reason": 7, "runId": ["x"]}, {}])
@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_a_document_without_proper_retraining_can_be_decided_on(
    choice: OwnerChoice, retraining: Any
) -> None:
    odd = CorrectionDocument("c1", {"status": "quarantined", "retraining": retraining})
    decided, changes = apply_choice(odd, None, choice, "ada", NOW)
    assert (decided.action, decided.held_for, decided.run_id) == (choice.action, None, None)
    assert changes["status"] == ("refused" if choice is REFUSE else "pending")


@pytest.mark.parametrize("choice", CHOICES, ids=str)
@pytest.mark.parametrize(
    ("status", "reason"), [("pending", "no_class"), ("merged", "merged"), ("refused", "blank")]
)
def test_the_same_choice_again_changes_nothing_although_another_owner_makes_it(
    choice: OwnerChoice, status: str, reason: str
) -> None:
    known = decision(choice)
    assert apply_choice(document(status, reason), known, choice, "bob", NOW) == (known, {})


def test_refusing_again_changes_nothing() -> None:
    known = decision(REFUSE)
    assert apply_choice(document("refused", "owner"), known, REFUSE, "bob", NOW) == (known, {})


@pytest.mark.parametrize("choice", [ACCEPT, AS_CAT], ids=str)
def test_another_choice_on_a_pending_correction_is_recorded_and_keeps_the_reason_of_its_quarantine(
    choice: OwnerChoice,
) -> None:
    decided, changes = apply_choice(document("pending"), decision(AS_FISH), choice, "bob", NOW)
    assert changes == {}
    assert decided == OwnerDecision(
        **choice.model_dump(), correction_id="c1", by="bob", at=NOW, held_for="burst"
    )


def test_a_pending_correction_that_is_refused_stays_pending_as_a_run_may_have_merged_it() -> None:
    decided, changes = apply_choice(document("pending"), decision(ACCEPT), REFUSE, "bob", NOW)
    assert (decided.action, changes) == (OwnerAction.REFUSE, {})


@pytest.mark.parametrize("choice", [ACCEPT, AS_CAT], ids=str)
def test_what_the_owner_refused_can_be_taken_back(choice: OwnerChoice) -> None:
    decided, changes = apply_choice(
        document("refused", "owner"), decision(REFUSE), choice, "bob", NOW
    )
    assert (decided.action, decided.held_for, changes) == (
        choice.action,
        "burst",
        {"status": "pending"},
    )


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_a_decision_that_was_lost_on_the_way_takes_effect_when_it_is_repeated(
    choice: OwnerChoice,
) -> None:
    known = decision(choice)
    decided, changes = apply_choice(document("quarantined"), known, choice, "ada", NOW)
    assert (decided, changes["status"]) == (known, "refused" if choice is REFUSE else "pending")


@given(
    st.sampled_from(CHOICES),
    st.sampled_from(CHOICES),
    st.sampled_from(["quarantined", "pending", "refused"]),
)
def test_the_last_choice_is_in_force_and_its_repetition_changes_nothing(
    first: OwnerChoice, second: OwnerChoice, status: str
) -> None:
    before = document(status, "owner" if status == "refused" else "no_class")
    decided, changes = apply_choice(before, decision(first), second, "bob", NOW)
    assert (decided.action, decided.label) == (second.action, second.label)
    after = CorrectionDocument(before.id, {**before.fields, **changes})
    assert apply_choice(after, decided, second, "eve", NOW) == (decided, {})


@pytest.mark.parametrize("choice", CHOICES, ids=str)
@pytest.mark.parametrize(
    "outcome",
    [verdict(CorrectionState.MERGED), verdict(CorrectionState.REFUSED, "duplicate")],
    ids=["merged", "duplicate"],
)
def test_no_decision_overrules_what_is_merged_or_cannot_be_used(
    choice: OwnerChoice, outcome: Verdict
) -> None:
    assert not is_overruled(outcome, decision(choice))


@pytest.mark.parametrize("outcome", [*map(verdict, CorrectionState), OWNER_REFUSED], ids=str)
def test_where_nothing_is_decided_a_run_is_not_overruled(outcome: Verdict) -> None:
    assert not is_overruled(outcome, None)


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_what_the_owner_has_decided_on_is_not_quarantined_again(choice: OwnerChoice) -> None:
    assert is_overruled(verdict(CorrectionState.QUARANTINED), decision(choice))


def test_a_refusal_that_the_owner_took_back_is_not_written() -> None:
    assert is_overruled(OWNER_REFUSED, decision(ACCEPT))
    assert not is_overruled(OWNER_REFUSED, decision(REFUSE))
