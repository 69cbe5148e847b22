"""A publisher that was suspended wakes up after its run was taken over or has ended."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.ports import Ports
from pipeline.records.runs import RunState
from pipeline.records.versions import VersionStatus
from pipeline.run_errors import LeaseLost
from pipeline.versions.promotion import promote_version
from tests.unit.versions._publishing import StoppingPort
from tests.unit.versions._released_world import RUN, WHY, ReleasedWorld


@pytest.fixture
def world() -> ReleasedWorld:
    return ReleasedWorld()


class _SuspendedPort(StoppingPort):
    """A port whose call number `stop_at` is preceded by what happens while it sleeps."""

    def __init__(self, port: Any, calls: list[str], stop_at: int, meanwhile: Any) -> None:
        super().__init__(port, calls, None, after=False)
        self._sleep_at, self._meanwhile = stop_at, meanwhile

    def __getattr__(self, name: str) -> Any:
        work = super().__getattr__(name)

        def call(*args: Any, **options: Any) -> Any:
            if len(self._calls) + 1 == self._sleep_at:
                self._meanwhile()
            return work(*args, **options)

        return call


def suspended(ports: Ports, stop_at: int, meanwhile: Callable[[], Any]) -> tuple[Ports, list[str]]:
    calls: list[str] = []
    return (
        Ports(
            corrections=ports.corrections,
            trials=ports.trials,
            notifications=ports.notifications,
            artefacts=_SuspendedPort(ports.artefacts, calls, stop_at, meanwhile),
            runs=_SuspendedPort(ports.runs, calls, stop_at, meanwhile),
            models=_SuspendedPort(ports.models, calls, stop_at, meanwhile),
        ),
        calls,
    )


def taken_over(world: ReleasedWorld) -> None:
    """Its successor publishes the version, and ends the run."""
    stalled, world.lease = world.lease, world.claim()
    world.publish()
    world.ports.runs.record(world.lease, {"state": RunState.PROMOTED})
    world.lease = stalled


def failed_and_tidied(world: ReleasedWorld) -> None:
    world.fail()
    world.tidy()


def rolled_back(world: ReleasedWorld) -> None:
    """Its successor publishes the version; then the owner goes back to the one before."""
    taken_over(world)
    promote_version("v1.0.1", world.ports, by="owner", why=WHY)


def count_all(copy_ports: Callable[[Ports], Ports], world: ReleasedWorld) -> int:
    other = world.copy(copy_ports)
    ports, calls = suspended(other.ports, 0, lambda: None)
    other.publish(ports)
    return len(calls)


@pytest.mark.parametrize("meanwhile", [taken_over, failed_and_tidied, rolled_back])
def test_wherever_it_slept_it_makes_nothing_ready_releases_nothing_and_overwrites_nothing(
    meanwhile: Callable[[ReleasedWorld], None],
    world: ReleasedWorld,
    copy_ports: Callable[[Ports], Ports],
) -> None:
    for sleep_at in range(1, count_all(copy_ports, world) + 1):
        stalled = world.copy(copy_ports)
        left: dict[str, Any] = {}

        def sleep(stalled: ReleasedWorld = stalled, left: dict[str, Any] = left) -> None:
            meanwhile(stalled)
            left.update(stalled.state(), objects=dict(stalled.ports.artefacts.objects))

        ports, _ = suspended(stalled.ports, sleep_at, sleep)
        with pytest.raises(LeaseLost):
            stalled.publish(ports)

        now = stalled.state()
        assert {name: now[name] for name in ("versions", "release", "history", "run")} == {
            name: left[name] for name in ("versions", "release", "history", "run")
        }
        assert now["files"] == left["files"]
        objects = stalled.ports.artefacts.objects
        assert left["objects"].items() <= objects.items()
        stalled.require_sound()
        stalled.require_tidy()


def test_one_that_was_replaced_cannot_give_up_the_number_that_its_successor_publishes(
    world: ReleasedWorld,
) -> None:
    models = world.ports.models
    stalled = world.lease
    name = world.publish(release=False)
    models._models[name]["status"] = "publishing"  # type: ignore[attr-defined]
    world.lease = world.claim()
    with pytest.raises(LeaseLost):
        models.give_up(name, by=RUN, why="it is in the way", lease=stalled, clear=True)
    assert models.get(name).status is VersionStatus.PUBLISHING
