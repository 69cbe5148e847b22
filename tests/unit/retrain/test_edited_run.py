"""A run whose document is deleted or edited while it goes on stops, and the next one ends well."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.records.runs import RunState
from pipeline.run_errors import RunLost
from tests.unit.retrain._watched import Watched, points_of
from workers.execution import execute

pytestmark = pytest.mark.slow

Edit = Callable[[Any], object]


def delete(runs: Any) -> None:
    runs.documents.pop("run-1")


def end_by_hand(runs: Any) -> None:
    runs.documents["run-1"]["state"] = "cancelled"


def spoil(runs: Any) -> None:
    runs.documents["run-1"]["state"] = 7


def empty_the_slot(runs: Any) -> None:
    runs.slot_document = {}


EDITS: list[Edit] = [delete, end_by_hand, spoil, empty_the_slot]


def verdicts(world: Any) -> dict[str, tuple[str, str]]:
    return {
        name: (fields["status"], fields["retraining"]["reason"])
        for name, fields in world.ports.corrections.documents.items()
    }


def run_edited(world: Any, edit: Edit, fatal: int) -> None:
    """Execute the run, and edit its documents at this call."""

    def strike(number: int, work: Callable[[], Any]) -> Any:
        if number == fatal:
            edit(world.ports.runs)
        return work()

    execute("run-1", Watched(world.ports, strike).ports, world.settings)


def point_named(world: Any, words: str) -> int:
    """Return the number of the first call of an undisturbed run that `words` begin."""
    return next(number for number, name in points_of(world).items() if name.startswith(words))


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize(
    "point",
    [
        "pending",
        "create runs/run-1/screening",
        "create datasets",
        "create runs/run-1/fit",
    ],
)
def test_an_edit_stops_the_run_and_the_next_one_settles_what_it_had_merged(
    fresh_world: Callable[[], Any], edit: Edit, point: str
) -> None:
    undisturbed = fresh_world()
    fatal = point_named(undisturbed, point)
    world = fresh_world()
    if edit in (delete, spoil):
        with pytest.raises(RunLost, match="training_runs/run-1"):
            run_edited(world, edit, fatal)
    else:
        run_edited(world, edit, fatal)
    runs = world.ports.runs
    assert ("run-1" in runs.documents) == (edit is not delete)
    assert runs.slot().slot.run_id is None
    assert {fields["status"] for fields in world.ports.corrections.documents.values()} == {
        "pending"
    }

    world.request("run-2")
    run = execute("run-2", world.ports, world.settings)
    assert run.state in {RunState.PROMOTED, RunState.REJECTED, RunState.HELD}, run.reason
    assert verdicts(world) == verdicts(undisturbed)


def test_a_run_that_was_deleted_before_its_execution_says_so_and_frees_the_slot(
    fresh_world: Callable[[], Any],
) -> None:
    world = fresh_world()
    delete(world.ports.runs)
    assert world.ports.runs.abandoned() is None
    assert world.request("run-2").id == "run-2"
