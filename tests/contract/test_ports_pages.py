"""Lists in pages: every document is on one page, whatever others are written meanwhile."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from pipeline.errors import InvalidPlace
from pipeline.records.reading import Page
from pipeline.records.runs import RunKind, RunState, Trigger
from pipeline.records.trials import TrialState
from pipeline.records.versions import VersionStatus
from tests.contract._odd import OWN, RUN
from tests.contract._quarantined import QUARANTINED, quarantined
from tests.contract.test_ports_odd_trials import TRIAL

START = datetime.fromisoformat("2026-03-04T05:06:07.000891Z")


def turn_pages(read: Callable[[str | None], Page[Any]], most: int = 30) -> list[Page[Any]]:
    pages = [read(None)]
    while (after := pages[-1].next_after) is not None:
        assert len(pages) < most
        pages.append(read(after))
    return pages


def ids(pages: list[Page[Any]]) -> list[list[str]]:
    return [[record.id for record in page.records] for page in pages]


def put_runs(world: Any, *cases: dict[str, Any]) -> None:
    """Write runs r0, r1... of one time each, the last one the newest."""
    for number, fields in enumerate(cases):
        time = START + timedelta(microseconds=number)
        world.edit(f"training_runs/r{number}", {**RUN, "requestedAt": time, **fields})


def test_runs_of_one_time_are_each_on_one_page(world: Any) -> None:
    put_runs(world, *[{"requestedAt": START}] * 5)
    read = world.ports.runs.page
    pages = turn_pages(lambda after: read(after, 2))
    assert ids(pages) == [["r4", "r3"], ["r2", "r1"], ["r0"]]
    assert read(limit=5).next_after is None


def test_a_page_goes_on_at_its_place_when_the_run_there_is_gone(world: Any) -> None:
    put_runs(world, *[{}] * 4)
    after = world.ports.runs.page(limit=2).next_after
    world.edit("training_runs/r2", None)
    world.edit("training_runs/new", {**RUN, "requestedAt": START + timedelta(days=1)})
    assert ids([world.ports.runs.page(after, 2)]) == [["r1", "r0"]]


def test_runs_are_filtered_and_defaults_count_for_what_is_missing(world: Any) -> None:
    put_runs(
        world,
        {"state": "held"},
        {"state": "failed", "kind": "baseline"},
        {"state": "failed", "trigger": "person"},
        {"state": "failed"},
        {"state": 7},
    )
    page = world.ports.runs.page
    assert ids([page(state=RunState.FAILED)]) == [["r3", "r2", "r1"]]
    assert ids([page(state=RunState.FAILED, kind=RunKind.RETRAIN)]) == [["r3", "r2"]]
    assert ids([page(trigger=Trigger.PERSON)]) == [["r2"]]
    assert page(trigger=Trigger.AGE) == Page([], [])
    pages = turn_pages(lambda after: page(after, 1, state=RunState.FAILED))
    assert ids(pages) == [["r3"], ["r2"], ["r1"]]


def test_the_first_page_alone_names_runs_without_a_time(world: Any) -> None:
    put_runs(world, {}, {"state": "odd"}, {}, {"requestedAt": "today"})
    pages = turn_pages(lambda after: world.ports.runs.page(after, 1))
    assert ids(pages) == [["r2"], ["r0"]]
    assert [[each.path for each in page.unreadable] for page in pages] == [
        ["training_runs/r3"],
        ["training_runs/r1"],
    ]


@pytest.mark.parametrize(
    "after",
    [
        "",
        "r1",
        "?",
        "A" * 3000,
        "é",
        "MjAyNi0wMy0wNCByMQ",
        "MjAyNi0wMy0wNFQwNTowNjowNyswMDowMCAuLg",
    ],
)
def test_a_text_that_is_no_place_is_refused(world: Any, after: str) -> None:
    with pytest.raises(InvalidPlace):
        world.ports.runs.page(after)
    with pytest.raises(InvalidPlace):
        world.ports.trials.page(after)


def test_trials_are_turned_and_filtered(world: Any) -> None:
    for number, state in enumerate(("ended", "open", "promoted", "ended")):
        name = f"v1.0.{number}-2"
        fields = {**TRIAL, "state": state, "startedAt": START + timedelta(days=number)}
        world.edit(f"trials/{name}", {**fields, "salt": name, "id": name})
    page = world.ports.trials.page
    pages = turn_pages(lambda after: page(after, 3))
    assert ids(pages) == [["v1.0.3-2", "v1.0.2-2", "v1.0.1-2"], ["v1.0.0-2"]]
    ended = turn_pages(lambda after: page(after, 1, state=TrialState.ENDED))
    assert ids(ended) == [["v1.0.3-2"], ["v1.0.0-2"]]


def test_versions_are_filtered_by_what_they_are_and_not_by_what_they_say(world: Any) -> None:
    for number in range(60):
        own = {**OWN, "status": "ready" if number % 20 == 0 else "withdrawn"}
        world.edit(f"models/v1.0.{number}", own if number != 20 else {"status": "ready"})
    page = world.ports.models.page

    def versions(status: VersionStatus, limit: int) -> list[list[str]]:
        pages = turn_pages(lambda after: page(after, limit, status=status))
        return [[each.version for each in one.records] for one in pages]

    assert versions(VersionStatus.READY, 1) == [["v1.0.40"], ["v1.0.0"]]
    assert versions(VersionStatus.FOREIGN, 5) == [["v1.0.20"]]
    assert sum(map(len, versions(VersionStatus.WITHDRAWN, 25))) == 57


def test_corrections_are_found_by_the_run_that_gave_their_state(world: Any) -> None:
    world.put("a", quarantined())
    world.put("b", quarantined(retraining={"runId": "run-2", "reason": "no_class"}))
    world.put("c", quarantined(retraining=["run-2"]))
    find = world.ports.corrections.find
    assert [each.id for each in find(QUARANTINED, run_id="run-2")] == ["b"]
    assert [each.id for each in find(QUARANTINED, reason="other", run_id="run-2")] == []


@pytest.mark.parametrize("after", ["", ".", "..", "__x__", "a/b", "x" * 1501, "\ud800"])
def test_after_an_id_that_no_correction_can_have_there_is_nothing(world: Any, after: str) -> None:
    world.put("~", quarantined())
    assert world.ports.corrections.find(QUARANTINED, after=after) == []
