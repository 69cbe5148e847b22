"""The events of a run follow from its record alone, in whatever process and however often."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline.records.runs import Progress, Run, RunKind, RunState
from service.following.events import list_events, say_unavailable
from tests.api._events import Told, read_events

NOW = datetime(2026, 3, 1, tzinfo=UTC)
STEPS = [RunState.COLLECTING, RunState.MERGING, RunState.FITTING, RunState.JUDGING]


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def a_run(*states: RunState, later: float = 0.0, **more: Any) -> Run:
    """A run that entered these states, one second after the other, and changed `later` again."""
    entered = {str(state): after(number) for number, state in enumerate(states, 1)}
    changes: dict[str, Any] = {}
    if states:
        changes = {"state": states[-1], "updated_at": after(len(states) + later)}
    return Run(id="run-1", requested_at=NOW, entered=entered, **changes, **more)


def told_of(run: Run, *earlier: Run) -> list[Told]:
    text = b"".join(event.text for event in list_events(run, earlier)).decode()
    return list(read_events(iter(text.split("\n"))))


def test_a_run_that_was_just_requested_has_one_event() -> None:
    (told,) = told_of(a_run())
    assert (told.name, told.id, told.data["state"], told.data["step"]) == (
        "progress", 0, "requested", 0,
    )  # fmt: skip


def test_each_state_that_it_passed_through_is_told_and_then_what_is_now() -> None:
    progress = Progress(message="fitting the head", done=3, total=0)
    told = told_of(a_run(*STEPS[:3], later=0.5, progress=progress))
    assert [(each.data["state"], each.data["step"]) for each in told] == [
        ("requested", 0), ("collecting", 1), ("merging", 2), ("fitting", 3),
    ]  # fmt: skip
    assert (told[-1].data["message"], told[-1].data["done"]) == ("fitting the head", 3)
    assert {each.data["steps"] for each in told} == {5}


def test_an_end_is_told_with_its_reason_and_the_last_step() -> None:
    run = a_run(*STEPS, RunState.REJECTED, reason="worse")
    told = told_of(run, a_run(*STEPS, RunState.REJECTED, seconds={"rejected": 3.0}))
    end = told[-1]
    assert (end.name, end.data["reason"], end.data["step"]) == ("end", "worse", 4)
    assert (end.data["secondsLeft"], end.data["stepSecondsLeft"]) == (None, None)


def test_a_run_that_forgets_a_player_comes_back_to_its_first_step_as_its_last() -> None:
    states = [RunState.FITTING, RunState.JUDGING, RunState.FORGETTING]
    told = told_of(a_run(*states, kind=RunKind.FORGET))
    assert told[-1].data["step"] == told[-1].data["steps"]


def test_a_state_that_this_version_does_not_know_is_left_out() -> None:
    run = a_run(RunState.COLLECTING)
    odd = run.model_copy(update={"entered": {**run.entered, "pondering": NOW}})
    assert [each.data["state"] for each in told_of(odd)] == ["requested", "collecting"]


def test_what_cannot_be_read_is_said_in_json_whatever_the_words_are() -> None:
    words = 'it says "x"\nand "y"'
    (told,) = read_events(iter(say_unavailable(words).decode().split("\n")))
    assert told == Told("unavailable", None, {"detail": words})


@given(
    states=st.lists(st.sampled_from(list(RunState)[1:]), max_size=7, unique=True),
    reason=st.none() | st.text(),
    message=st.text(),
)
def test_numbers_rise_and_whoever_has_some_events_gets_the_rest(
    states: list[RunState], reason: str | None, message: str
) -> None:
    run = a_run(*states, later=0.5, reason=reason, progress=Progress(message=message))
    events = list_events(run, ())
    numbers = [event.number for event in events]
    assert numbers == sorted(set(numbers))
    earlier = list_events(a_run(*states[:-1]), ())
    if len(states) > 1 and not states[-2].ended:
        # What was told while the run was in the state before is told to no one again.
        assert [event.number for event in earlier] == numbers[: len(earlier)]
    for event, told in zip(events, told_of(run), strict=True):
        assert told.id == event.number
        assert json.loads(json.dumps(told.data))["state"] in {str(each) for each in RunState}
    assert told_of(run)[-1].data["reason"] == reason
