"""The contract of a CorrectionSource: the backlog, its age, and the answers of players."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.adapters import firestore_backlog
from pipeline.categories import CATEGORIES
from pipeline.errors import RedrawError
from pipeline.ports import CorrectionSource, Ports
from pipeline.records.corrections import (
    Answers,
    CorrectionState,
    OwnerAction,
    OwnerChoice,
    Retraining,
)

HOUR = timedelta(hours=1)
START = datetime(2026, 3, 1, tzinfo=UTC)
END = START + 24 * HOUR
NO_TIMES = ["yesterday", None, 0, -1.0, float("nan"), ["1970"], {"seconds": 0}, b"\0", True]


def soon() -> datetime:
    return datetime.now(UTC) + HOUR


def pending(at: Any = START) -> dict[str, Any]:
    return {"status": "pending", "timestamp": at}


def answer(
    label: str = "cat", guess: str = "cat", at: Any = START, version: Any = "v1.0.0", **more: Any
) -> dict[str, Any]:
    return {
        "correctedLabel": label,
        "originalPrediction": guess,
        "timestamp": at,
        "modelVersion": version,
        **more,
    }


def answers(corrections: CorrectionSource) -> Answers:
    return corrections.answers("v1.0.0", START, END, CATEGORIES)


def test_answers_about_a_trial_are_counted_while_they_are_pending(
    world: Any, corrections: CorrectionSource
) -> None:
    assert (corrections.count_about_trial(None), corrections.count_about_trial("v1.0.4")) == (0, 0)
    asked = [None, "disagreement", "disagreement", "margin", 3, "Disagreement", ["disagreement"]]
    for number, reason in enumerate(asked):
        fields = {} if reason is None else {"asked": reason}
        world.put(f"p{number}", {**pending(), **fields, "modelVersion": "v1.0.4"})
    world.put("m", {"status": "merged", "asked": "disagreement", "modelVersion": "v1.0.4"})
    world.put("o", {**pending(), "modelVersion": "v1.0.3"})
    assert corrections.count_about_trial(None) == 2
    assert corrections.count_about_trial("v1.0.4") == len(asked)
    assert corrections.count_about_trial("v1.0.3") == 1


def test_the_backlog_has_the_time_of_the_server(world: Any, corrections: CorrectionSource) -> None:
    world.put("a", pending())
    before = datetime.now(UTC)
    backlog = corrections.backlog()
    assert (backlog.pending, backlog.at.tzinfo is not None) == (1, True)
    assert before - timedelta(seconds=1) <= backlog.at <= datetime.now(UTC) + timedelta(seconds=1)


def test_where_nothing_is_pending_nothing_waits(world: Any, corrections: CorrectionSource) -> None:
    world.put("a", {"status": "merged", "timestamp": START})
    world.put("b", {"timestamp": START})
    assert corrections.pending_since(soon()) is None


@pytest.mark.parametrize(
    "at", [datetime(1970, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC), START]
)
def test_a_forged_timestamp_makes_no_correction_old(
    world: Any, corrections: CorrectionSource, at: datetime
) -> None:
    world.put("forged", pending(at))
    assert corrections.pending_since(datetime.now(UTC) - HOUR) is None


@pytest.mark.parametrize("at", NO_TIMES)
def test_a_timestamp_that_is_no_time_breaks_nothing_and_hides_nothing(
    world: Any, corrections: CorrectionSource, at: Any
) -> None:
    world.put("a", pending(at))
    assert corrections.pending_since(soon()) is None
    world.put("b", pending())
    assert corrections.pending_since(soon()) is not None


def test_a_correction_without_timestamp_is_not_looked_at(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("a", {"status": "pending"})
    assert corrections.pending_since(soon()) is None


def test_a_timestamp_in_the_future_is_not_looked_at(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("a", pending(datetime(9999, 12, 31, tzinfo=UTC)))
    assert corrections.pending_since(soon()) is None


def test_a_page_of_forged_timestamps_is_no_more_than_a_page(
    world: Any, corrections: CorrectionSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firestore_backlog, "MAX_CANDIDATES", 2)
    for number in range(3):
        world.put(f"c{number}", pending())
    assert corrections.pending_since(datetime.now(UTC) - HOUR) is None
    assert corrections.pending_since(soon()) is not None


def test_what_waits_longest_is_decided_by_the_time_it_was_written(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("first", pending(START + HOUR))
    between = datetime.now(UTC)
    time.sleep(0.05)
    world.put("second", pending(START))
    since = corrections.pending_since(soon())
    assert since is not None
    assert since < between + timedelta(seconds=0.05)  # the second was written no sooner


def test_an_old_document_waits_from_its_adoption_on(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("old", {"timestamp": START})
    time.sleep(0.05)
    between = datetime.now(UTC)
    corrections.adopt()
    since = corrections.pending_since(soon())
    assert since is not None
    assert since >= between


def test_what_its_owner_accepted_waits_from_then_on(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("a", {"status": "quarantined", "timestamp": START})
    time.sleep(0.05)
    between = datetime.now(UTC)
    corrections.decide("a", OwnerChoice(action=OwnerAction.ACCEPT), "ada")
    since = corrections.pending_since(soon())
    assert since is not None
    assert since >= between


def test_what_was_settled_waits_no_more(world: Any, corrections: CorrectionSource) -> None:
    world.put("a", pending())
    corrections.settle(
        {
            "a": Retraining(
                state=CorrectionState.MERGED, reason="r", explanation="e", run_id="run", at=START
            )
        }
    )
    assert corrections.pending_since(soon()) is None


def test_of_no_documents_there_are_no_answers(corrections: CorrectionSource) -> None:
    assert answers(corrections) == Answers(0, 0)


def test_answers_of_any_state_count(world: Any, corrections: CorrectionSource) -> None:
    for number, state in enumerate(["pending", "merged", "quarantined", "refused", None]):
        world.put(f"confirmation{number}", answer(status=state))
        world.put(f"correction{number}", answer("dog", status=state))
    assert answers(corrections) == Answers(5, 5)


def test_answers_of_every_class_count(world: Any, corrections: CorrectionSource) -> None:
    world.put("a", answer("apple", "apple"))
    world.put("b", answer("smiley_face", "smiley_face"))
    world.put("c", answer("apple", "smiley_face"))
    assert answers(corrections) == Answers(1, 2)


def test_a_time_begins_with_its_first_moment_and_ends_before_its_last(
    world: Any, corrections: CorrectionSource
) -> None:
    moment = timedelta(microseconds=1)
    for name, at in {
        "before": START - moment,
        "first": START,
        "last": END - moment,
        "after": END,
    }.items():
        world.put(name, answer(at=at))
    assert answers(corrections) == Answers(0, 2)


@pytest.mark.parametrize("version", ["v1.0.1", "v1.0", None, 1, ["v1.0.0"]])
def test_an_answer_about_another_version_does_not_count(
    world: Any, corrections: CorrectionSource, version: Any
) -> None:
    world.put("a", answer(version=version))
    assert answers(corrections) == Answers(0, 0)


@pytest.mark.parametrize("at", NO_TIMES)
def test_an_answer_at_no_time_does_not_count(
    world: Any, corrections: CorrectionSource, at: Any
) -> None:
    world.put("a", answer(at=at))
    assert answers(corrections) == Answers(0, 0)


@pytest.mark.parametrize("label", ["dog", "", None, 7, ["cat"], {"cat": "cat"}])
def test_an_answer_whose_label_is_no_class_is_no_confirmation(
    world: Any, corrections: CorrectionSource, label: Any
) -> None:
    world.put("a", answer(label, label))
    world.put("b", {"timestamp": START, "modelVersion": "v1.0.0"})
    assert answers(corrections) == Answers(2, 0)


def test_without_the_index_the_error_says_what_to_deploy(
    world: Any, ports: Ports, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if request.node.callspec.params["world"] != "embedded":
        pytest.skip("memory has no indexes, and Google's emulator asks for none")
    collection = ports.corrections._client.collection("unindexed")  # type: ignore[attr-defined]
    monkeypatch.setattr(ports.corrections, "_collection", collection)
    with pytest.raises(RedrawError, match="deploy those that `redraw indexes` prints"):
        ports.corrections.pending_since(soon())
    with pytest.raises(RedrawError, match="deploy those that `redraw indexes` prints"):
        answers(ports.corrections)
