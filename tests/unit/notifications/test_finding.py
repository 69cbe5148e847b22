"""What has happened is noticed once, whatever is repeated, and wherever a look is cut off."""

from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.errors import Unavailable
from pipeline.notifications.finding import find_notifications
from pipeline.ports import Ports
from pipeline.records.runs import RunKind, RunState
from pipeline.records.trials import TrialKind, TrialVerdict
from tests.unit.notifications._project import (
    decided,
    end_run,
    release_two,
    reported,
    with_webhook,
)
from tests.unit.versions._publishing import StoppingPort

SETTINGS = with_webhook()


@pytest.fixture
def ports() -> Any:
    """A project that was looked at."""
    ports = in_memory()
    find_notifications(ports, SETTINGS)
    return ports


def look(ports: Any, **changes: Any) -> list[tuple[str, str]]:
    found = find_notifications(ports, with_webhook(**changes) if changes else SETTINGS)
    return sorted((str(each.kind), each.reason) for each in found)


def test_the_first_look_tells_nothing_of_the_past() -> None:
    ports = in_memory()
    release_two(ports)
    ports.models.promote("v1.0.0", by="ada-uid", why="back")
    end_run(ports, "run-1")
    assert look(ports) == []
    end_run(ports, "run-2")
    assert look(ports) == [("run.ended", "rejected")]
    assert look(ports) == []


@pytest.mark.parametrize("state", [state for state in RunState if state.ended])
def test_every_end_of_a_run_is_told(ports: Any, state: RunState) -> None:
    kind = RunKind.FORGET if state is RunState.FORGOTTEN else RunKind.RETRAIN
    end_run(ports, "run-1", state, kind=kind, reason="KeyError: 'pia@example.org'")
    expected = {
        RunState.FAILED: [("alarm", "run_failed")],
        RunState.HELD: [("decision.needed", "held")],
    }.get(state, [])
    assert look(ports) == [*expected, ("run.ended", str(state))]
    [told] = [each for each in ports.notifications.page().records if each.kind == "run.ended"]
    assert (told.run_id, told.link) == ("run-1", "/v1/retrains/run-1")
    for document in ports.notifications.documents.values():
        assert "pia@example" not in str(document)
        assert "ada-uid" not in str(document)


def test_a_run_that_goes_on_is_not_told(ports: Any) -> None:
    from pipeline.records.runs import Run
    from tests.unit.notifications._project import NOW

    ports.runs.request(Run(id="run-1", requested_at=NOW))
    ports.runs.record(ports.runs.claim("run-1", "w", 60), {"state": RunState.FITTING})
    assert look(ports) == []


def test_a_run_that_was_cancelled_or_lost_its_slot_is_told_too(ports: Any) -> None:
    from pipeline.records.runs import Run
    from tests.unit.notifications._project import NOW

    ports.runs.request(Run(id="run-1", requested_at=NOW))
    ports.runs.slot_document.clear()
    ports.runs.request(Run(id="run-2", requested_at=NOW))
    ports.runs.cancel("run-2", "ada-uid")
    assert look(ports) == [
        ("alarm", "run_failed"),
        ("run.ended", "cancelled"),
        ("run.ended", "failed"),
    ]


def test_many_runs_after_a_long_time_are_all_told(ports: Any) -> None:
    for number in range(120):
        end_run(ports, f"run-{number}")
    assert len(look(ports)) == 120
    assert look(ports) == []
    assert len(ports.notifications.noticed["runs"]) <= 100


def test_the_gates_words_are_quoted_and_a_held_version_can_be_released(ports: Any) -> None:
    end_run(ports, "run-1", RunState.HELD, decision=decided(RunState.HELD, more=1200))
    end_run(ports, "run-2", RunState.HELD, decision=decided(RunState.PROMOTED), version="v1.0.2")
    look(ports)
    sentences = [
        each.sentence
        for each in ports.notifications.page().records
        if each.kind == "decision.needed"
    ]
    and_released = "not released: look at it, and release it if it is good."
    assert sorted(sentences) == [
        "A retrain was held (It gains 1.3 points). About 1,200 more answers would decide it.",
        f"A retrain was held (It gains 1.3 points). v1.0.2 is ready and {and_released}",
    ]


@pytest.mark.parametrize(
    ("kind", "verdict", "told"),
    [
        (TrialKind.SHADOW, TrialVerdict.WORSE, True),
        (TrialKind.CANARY, TrialVerdict.FUTILE, True),
        (TrialKind.SHADOW, TrialVerdict.BETTER, False),
        (TrialKind.SHADOW, TrialVerdict.OPEN, False),
        (TrialKind.WATCH, TrialVerdict.WORSE, False),
    ],
)
def test_a_trial_that_ended_without_a_release_needs_an_owner(
    ports: Any, kind: TrialKind, verdict: TrialVerdict, *, told: bool
) -> None:
    end_run(ports, "run-1", RunState.SKIPPED, trial=reported(kind, verdict))
    assert (("decision.needed", "trial_ended") in look(ports)) == told


def test_going_back_is_told_and_going_forward_is_not(ports: Any) -> None:
    release_two(ports)
    assert look(ports) == []
    ports.models.promote("v1.0.0", by="ada-uid", why="secret-why")
    ports.models.promote("v1.0.1", by="ada-uid", why="secret-why")
    ports.models.promote("v1.0.0", by="ada-uid", why="secret-why")
    assert look(ports) == [("release.rolled_back", "by_owner")] * 2
    told = ports.notifications.page().records[0]
    assert told.sentence.startswith("The release went back from v1.0.1 to v1.0.0")
    assert "secret-why" not in str(ports.notifications.documents)
    assert "ada-uid" not in str(ports.notifications.documents)
    assert look(ports) == []


def test_only_the_chosen_kinds_are_made(ports: Any) -> None:
    end_run(ports, "run-1", RunState.FAILED)
    assert look(ports, events="alarm") == [("alarm", "run_failed")]


def test_without_an_address_nothing_is_looked_at() -> None:
    from pipeline.settings import Settings

    nothing: Any = None
    assert find_notifications(nothing, Settings(_env_file=None)) == []


def test_a_document_from_the_future_does_not_stop_the_notices(ports: Any) -> None:
    from datetime import timedelta

    end_run(ports, "run-1")
    ports.runs.documents["run-1"]["updatedAt"] += timedelta(days=900)
    look(ports)
    end_run(ports, "run-2")
    assert look(ports) == [("run.ended", "rejected")]


def eventful() -> Any:
    """A project in which much has happened since the look before."""
    ports: Any = in_memory()
    find_notifications(ports, SETTINGS)
    release_two(ports)
    ports.models.promote("v1.0.0", by="ada", why="back")
    ports.artefacts.objects.clear()
    end_run(ports, "run-1", RunState.FAILED)
    end_run(ports, "run-2", RunState.HELD)
    return ports


NAMES = ("corrections", "artefacts", "runs", "models", "trials", "notifications")


def stopping(ports: Any, stop_at: int | None, *, after: bool = False) -> tuple[Ports, list[str]]:
    calls: list[str] = []
    wrapped: Any = {
        name: StoppingPort(getattr(ports, name), calls, stop_at, after=after) for name in NAMES
    }
    return Ports(**wrapped), calls


@pytest.mark.parametrize("after", [False, True])
def test_cut_off_at_any_call_and_repeated_each_event_is_told_once(*, after: bool) -> None:
    undisturbed = eventful()
    counting, calls = stopping(undisturbed, None)
    find_notifications(counting, SETTINGS)
    expected = sorted(undisturbed.notifications.documents)
    assert len(expected) == 6
    for stop_at in range(1, len(calls) + 1):
        ports = eventful()
        cut, _ = stopping(ports, stop_at, after=after)
        with suppress(Unavailable):
            find_notifications(cut, SETTINGS)
        made = deepcopy(ports.notifications.documents)
        find_notifications(ports, SETTINGS)
        find_notifications(ports, SETTINGS)
        kinds = sorted(each["reason"] for each in ports.notifications.documents.values())
        assert kinds == [
            "by_owner", "failed", "files_missing", "held", "held", "run_failed",
        ]  # fmt: skip
        assert set(made) <= set(ports.notifications.documents)
