"""A run that is struck at any call, or loses its lease there, ends as an undisturbed one."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.errors import Unavailable
from tests.unit.retrain._watched import Watched, ended, points_of
from workers.execution import execute

# Failing at every call takes minutes. The default suite fails at every eighth, others in each test.
every_fourth_call = pytest.mark.parametrize(
    "step",
    [
        pytest.param(8, id="every eighth call"),
        pytest.param(1, id="every call", marks=pytest.mark.slow),
    ],
)


@every_fourth_call
@pytest.mark.parametrize(
    "after",
    [
        pytest.param(False, id="before its work", marks=pytest.mark.slow),
        pytest.param(True, id="after its work"),
    ],
)
def test_a_run_struck_at_any_call_and_repeated_ends_as_an_undisturbed_one(
    fresh_world: Callable[[], Any], after: bool, step: int
) -> None:
    undisturbed = fresh_world()
    points = points_of(undisturbed)
    assert len(points) > 30
    for fatal, name in list(points.items())[int(after) % step :: step]:
        world = fresh_world()

        def strike(number: int, work: Callable[[], Any], fatal: int = fatal) -> Any:
            if number == fatal and not after:
                raise Unavailable("the request was lost")
            try:
                return work()
            finally:
                if number == fatal:
                    raise Unavailable("the answer was lost")

        with pytest.raises(Unavailable):
            execute("run-1", Watched(world.ports, strike).ports, world.settings)
        if not world.ports.runs.get("run-1").state.ended:
            assert not world.ports.runs.slot().slot.live, (
                f"no worker can take over after call {fatal}, {name}"
            )
            execute("run-1", world.ports, world.settings, early=True)

        assert ended(world) == ended(undisturbed), f"struck at call {fatal}, {name}"


@every_fourth_call
def test_a_worker_taken_for_dead_at_any_call_changes_nothing_and_its_successor_ends_well(
    fresh_world: Callable[[], Any], step: int
) -> None:
    undisturbed = fresh_world()
    for fatal, name in list(points_of(undisturbed).items())[2 % step :: step]:
        world = fresh_world()
        taken: list[Any] = []

        def what_counts(world: Any = world) -> Any:
            return world.ports.runs.get("run-1"), world.ports.models.release()

        def strike(
            number: int,
            work: Callable[[], Any],
            world: Any = world,
            fatal: int = fatal,
            taken: Any = taken,
        ) -> Any:
            try:
                return work()
            finally:
                if number == fatal and not world.ports.runs.get("run-1").state.ended:
                    world.ports.runs.expire()  # it slept for longer than its lease
                    world.ports.runs.claim("run-1", "successor", 60)
                    taken.append(what_counts(world))

        execute("run-1", Watched(world.ports, strike).ports, world.settings)
        if taken:
            assert [what_counts()] == taken, f"taken over at call {fatal}, {name}"
            world.ports.runs.expire()
            execute("run-1", world.ports, world.settings)
        assert ended(world) == ended(undisturbed), f"taken over at call {fatal}, {name}"
