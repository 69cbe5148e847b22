"""How long a run goes on is estimated from its pace and from earlier runs, or is unknown."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records.runs import Progress, Run, RunKind, RunState, Trouble
from pipeline.runs.time_left import TimeLeft, estimate_time_left

NOW = datetime(2026, 3, 1, tzinfo=UTC)
UNKNOWN = TimeLeft(None, None)
SECONDS = {"collecting": 20.0, "merging": 10.0, "fitting": 40.0, "judging": 5.0}


def under_way(state: RunState, since: float = 0.0, **more: Any) -> Run:
    """A run that entered a state `since` seconds ago."""
    entered = {str(state): NOW - timedelta(seconds=since)}
    return Run(
        id="run", requested_at=NOW, state=state, entered=entered, updated_at=NOW, **more
    )  # fmt: skip


def ended(number: int = 0, state: RunState = RunState.REJECTED, **more: Any) -> Run:
    fields: dict[str, Any] = {"seconds": SECONDS, "requested_at": NOW, "state": state, **more}
    return Run(id=f"old-{number}", **fields)


def test_a_step_takes_what_it_took_before_and_those_behind_it_follow() -> None:
    run = under_way(RunState.FITTING, since=15)
    assert estimate_time_left(run, [ended()]) == TimeLeft(25.0, 30.0)


def test_the_middle_of_the_earlier_runs_decides_and_one_that_published_is_one_of_them() -> None:
    earlier = [
        ended(1),
        ended(2, RunState.PROMOTED, seconds={**SECONDS, "publishing": 60.0}),
        ended(3, seconds={**SECONDS, "fitting": 1000.0}),
    ]
    assert estimate_time_left(under_way(RunState.FITTING), earlier) == TimeLeft(40.0, 45.0)


def test_a_pace_that_says_longer_is_believed() -> None:
    progress = Progress(message="x", done=1, total=9, seconds_left=100.0)
    run = under_way(RunState.FITTING, progress=progress)
    assert estimate_time_left(run, [ended()]) == TimeLeft(100.0, 105.0)


def test_a_step_that_takes_longer_than_ever_ends_at_an_unknown_time() -> None:
    assert estimate_time_left(under_way(RunState.FITTING, since=41), [ended()]) == UNKNOWN


def test_the_batches_of_other_workers_have_the_pace_of_the_whole_step() -> None:
    run = under_way(RunState.COLLECTING, since=30, progress=Progress(done=10, total=40))
    assert estimate_time_left(run, []) == TimeLeft(90.0, None)
    assert estimate_time_left(run, [ended()]) == TimeLeft(90.0, 145.0)


def test_in_the_first_run_only_what_counts_all_of_a_step_is_told() -> None:
    progress = Progress(done=1, total=2, seconds_left=7.0)
    assert estimate_time_left(under_way(RunState.MERGING, progress=progress), []) == UNKNOWN
    baseline = under_way(RunState.FITTING, progress=progress, kind=RunKind.BASELINE)
    assert estimate_time_left(baseline, []) == TimeLeft(7.0, None)


@pytest.mark.parametrize(
    "other",
    [
        ended(state=RunState.FAILED),
        ended(state=RunState.CANCELLED),
        ended(kind=RunKind.BASELINE),
        ended(state=RunState.SKIPPED, seconds={"collecting": 1.0}),
        under_way(RunState.JUDGING, seconds=SECONDS),
    ],
    ids=["failed", "cancelled", "another kind", "without this step", "itself"],
)
def test_what_is_no_guide_is_left_out(other: Run) -> None:
    assert estimate_time_left(under_way(RunState.FITTING), [other]) == UNKNOWN


def test_only_the_newest_runs_are_guides() -> None:
    old = [ended(number, seconds={"fitting": 9000.0}) for number in range(5, 50)]
    run = under_way(RunState.FITTING)
    assert estimate_time_left(run, [ended(n) for n in range(5)] + old) == TimeLeft(40.0, 45.0)


TROUBLE = Trouble(message="down", since=NOW, times=1, retry_at=NOW, fence=1)


@pytest.mark.parametrize(
    "run",
    [
        under_way(RunState.REQUESTED),
        under_way(RunState.REJECTED),
        under_way(RunState.FITTING, trouble=TROUBLE),
        under_way(RunState.FITTING).model_copy(update={"entered": {}}),
    ],
    ids=["waits for a worker", "has ended", "waits because of a fault", "of unknown beginning"],
)
def test_a_run_that_waits_goes_on_for_an_unknown_time(run: Run) -> None:
    assert estimate_time_left(run, [ended()]) == UNKNOWN


def test_a_run_that_forgets_a_player_tells_its_pace_alone() -> None:
    progress = Progress(done=1, total=2, seconds_left=7.0)
    run = under_way(RunState.FORGETTING, kind=RunKind.FORGET, progress=progress)
    guide = ended(kind=RunKind.FORGET, state=RunState.FORGOTTEN, seconds={"forgetting": 20.0})
    assert estimate_time_left(run, [guide]) == TimeLeft(7.0, None)


@given(
    state=st.sampled_from(list(RunState)),
    kind=st.sampled_from(list(RunKind)),
    since=st.floats(0, 1e6),
    took=st.dictionaries(st.sampled_from([str(each) for each in RunState]), st.floats(0, 1e6)),
    pace=st.none() | st.floats(0, 1e6),
)
def test_an_estimate_is_never_negative_and_the_run_lasts_as_long_as_its_step(
    state: RunState, kind: RunKind, since: float, took: dict[str, float], pace: float | None
) -> None:
    run = under_way(state, since, kind=kind, progress=Progress(seconds_left=pace))
    left = estimate_time_left(run, [ended(kind=kind, seconds=took)])
    assert left.step is None or left.step >= 0
    assert left.run is None or (left.step is not None and left.run >= left.step)
