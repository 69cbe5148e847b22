"""A run that is cancelled at any call ends as cancelled, or had made its version ready before."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from pipeline.dataset import hdf5
from pipeline.errors import Unavailable
from pipeline.records.runs import Run, RunState
from pipeline.records.versions import VersionStatus
from pipeline.run_errors import TooLateToCancel
from pipeline.storage_paths import VERSIONS_FOLDER
from pipeline.versions import publish
from pipeline.versions.files import require_files
from tests.unit.retrain._trial import fix_gate
from tests.unit.retrain._watched import Watched, points_of
from workers.execution import execute

every_call = pytest.mark.parametrize(
    "step",
    [
        pytest.param(31, id="a few calls"),
        pytest.param(1, id="every call", marks=pytest.mark.slow),
    ],
)


@pytest.fixture(autouse=True)
def _promoting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate promotes, and the files of versions are not loaded in a process of their own."""
    fix_gate(monkeypatch, RunState.PROMOTED)
    unchecked = partial(publish.publish, check=lambda *_: [])
    monkeypatch.setattr(publish, "publish", unchecked)


def cancel(world: Any) -> bool:
    """Cancel the run as an owner does; return whether it was not too late."""
    try:
        world.ports.runs.cancel("run-1", "anna")
    except TooLateToCancel:
        return False
    return True


def require_nothing_half_done(world: Any) -> None:
    """Fail unless each version is ready with all its files, or has none."""
    ready = [each for each in world.ports.models.list() if each.status is VersionStatus.READY]
    for version in ready:
        require_files(version, world.ports.artefacts)
    assert not world.ports.models.unfinished().records
    stored = {each.path.split("/")[2] for each in world.ports.artefacts.list(VERSIONS_FOLDER)}
    assert stored == {version.version for version in ready}
    assert world.ports.models.release().version in stored
    assert world.ports.runs.slot().slot.run_id is None


def finish(world: Any) -> tuple[Any, ...]:
    """Let the next run learn from what is left pending, and return what the project is then."""
    world.ports.runs.request(Run(id="run-2", requested_at=datetime.now(UTC)))
    execute("run-2", world.ports, world.settings)
    described = hdf5.describe(world.settings.dataset_file)
    documents = world.ports.corrections.documents
    return (
        world.ports.models.release().version != "v1.0.0",
        described.digest,
        {name: fields["status"] for name, fields in documents.items()},
    )


@every_call
@pytest.mark.parametrize(
    "after",
    [
        pytest.param(False, id="before its work"),
        pytest.param(True, id="after its work", marks=pytest.mark.slow),
    ],
)
def test_a_run_cancelled_at_any_call_leaves_nothing_half_done_and_the_next_one_ends_well(
    fresh_world: Callable[[], Any], after: bool, step: int
) -> None:
    undisturbed = fresh_world()
    points = points_of(undisturbed)
    expected = finish(undisturbed)
    ends: Counter[str] = Counter()
    for at, name in list(points.items())[int(after) % step :: step]:
        world = fresh_world()
        accepted: list[bool] = []

        def strike(
            number: int,
            work: Callable[[], Any],
            at: int = at,
            world: Any = world,
            accepted: list[bool] = accepted,
        ) -> Any:
            if number == at and not after:
                accepted.append(cancel(world))
            try:
                return work()
            finally:
                if number == at and after:
                    accepted.append(cancel(world))

        execute("run-1", Watched(world.ports, strike).ports, world.settings)
        run, where = world.ports.runs.get("run-1"), f"cancelled at call {at}, {name}"
        assert run.state is (RunState.CANCELLED if accepted[0] else RunState.PROMOTED), where
        assert (run.version is None) == accepted[0], where
        require_nothing_half_done(world)
        if accepted[0]:
            statuses = {each["status"] for each in world.ports.corrections.documents.values()}
            assert statuses == {"pending"}, where
            assert world.ports.models.release().version == "v1.0.0", where
        assert finish(world) == expected, where
        ends[run.state] += 1
    assert ends[RunState.CANCELLED] > 0
    assert step > 1 or ends[RunState.PROMOTED] > 0
    print(f"cancelled at a call: {dict(ends)}")


@pytest.mark.slow
@every_call
def test_a_run_that_meets_a_fault_while_it_stops_ends_as_cancelled_when_it_is_repeated(
    fresh_world: Callable[[], Any], step: int
) -> None:
    points = points_of(fresh_world())
    cancelled_at = next(number for number, name in points.items() if name.startswith("commit"))
    fault = cancelled_at
    while True:
        world = fresh_world()
        struck: list[int] = []

        def strike(
            number: int,
            work: Callable[[], Any],
            fault: int = fault,
            world: Any = world,
            struck: list[int] = struck,
        ) -> Any:
            if number == cancelled_at:
                world.ports.runs.cancel("run-1", "anna")
            if number == fault + 1:
                struck.append(number)
                raise Unavailable("the request was lost")
            return work()

        with suppress(Unavailable):
            execute("run-1", Watched(world.ports, strike).ports, world.settings)
        if not world.ports.runs.get("run-1").state.ended:
            execute("run-1", world.ports, world.settings, early=True)
        assert world.ports.runs.get("run-1").state is RunState.CANCELLED
        require_nothing_half_done(world)
        if not struck:
            break
        fault += step
    assert fault > cancelled_at
