"""Whatever call of a publication, a promotion or a rollback fails, what clients see is sound.

Each call of a port fails once before its work and once after it. Then the publisher comes again, or
its run has failed and the janitor comes; the janitor itself is stopped at each call too.
`python -m pytest -s tests/unit/versions/test_publication_faults.py` prints the number of cases.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from pipeline.errors import Unavailable
from pipeline.ports import Ports
from pipeline.records.versions import VersionStatus
from pipeline.versions.promotion import promote_version
from pipeline.versions.rollback import roll_back
from tests.unit.versions._publishing import stopping
from tests.unit.versions._released_world import WHY, ReleasedWorld, count_calls

Work = Callable[[ReleasedWorld, Ports], Any]
MakeWorld = Callable[[], ReleasedWorld]


def publish_and_release(world: ReleasedWorld, ports: Ports) -> None:
    world.publish(ports)


def publish_alone(world: ReleasedWorld, ports: Ports) -> None:
    world.publish(ports, release=False)


def promote(world: ReleasedWorld, ports: Ports) -> None:
    promote_version("v1.0.1", ports, by="owner", why=WHY, replacing=_fence(world))


def go_back(world: ReleasedWorld, ports: Ports) -> None:
    roll_back(ports, by="owner", why=WHY, replacing=_fence(world))


def _fence(world: ReleasedWorld) -> int:
    assert world.seen is not None
    return world.seen.fence


ALONE = pytest.param(publish_alone, marks=pytest.mark.slow)
WORKS = [publish_and_release, ALONE, promote, go_back]
PUBLICATIONS = [publish_and_release, ALONE]


def struck(work: Work, make: Callable[[], ReleasedWorld]) -> Iterator[ReleasedWorld]:
    """Yield a world for each call of `work` at which it was stopped, before the call and after."""
    counted = make()
    calls = count_calls(lambda ports: work(counted, ports), counted.ports)
    for stop_at in range(1, calls + 1):
        for after in (False, True):
            world = make()
            ports, _ = stopping(world.ports, stop_at, after=after)
            with pytest.raises(Unavailable):
                work(world, ports)
            world.require_sound()
            yield world


@pytest.fixture(scope="module")
def original() -> ReleasedWorld:
    return ReleasedWorld(versions=2)


@pytest.fixture
def make_world(
    original: ReleasedWorld, copy_ports: Callable[[Ports], Ports]
) -> Callable[[], ReleasedWorld]:
    return lambda: original.copy(copy_ports)


@pytest.mark.parametrize("work", WORKS)
def test_repeated_after_any_fault_it_ends_as_an_undisturbed_one(
    work: Work, make_world: MakeWorld
) -> None:
    undisturbed = make_world()
    work(undisturbed, undisturbed.ports)
    cases = 0
    for world in struck(work, make_world):
        work(world, world.ports)
        world.require_sound()
        assert world.state() == undisturbed.state()
        cases += 1
    assert cases >= 10
    print(f"{work.__name__}, then repeated: {cases} cases")


@pytest.mark.parametrize("work", PUBLICATIONS)
def test_when_its_run_has_failed_the_janitor_finishes_it_or_leaves_no_trace(
    work: Work, make_world: MakeWorld
) -> None:
    cases, ends = 0, set()
    for world in struck(work, make_world):
        world.fail()
        world.tidy()
        world.require_sound()
        world.require_tidy()
        made = [each.status for each in world.ports.models.list() if each.version == "v1.0.3"]
        ends |= set(made)
        cases += 1
    assert ends == {VersionStatus.READY, VersionStatus.WITHDRAWN}
    print(f"{work.__name__}, then the janitor: {cases} cases")


@pytest.mark.slow
def test_a_janitor_that_is_stopped_at_any_call_is_continued_by_the_next_one(
    make_world: MakeWorld,
) -> None:
    cases = 0
    stop_at, went_on = 1, True
    while went_on:
        went_on = False
        for after in (False, True):
            for world in struck(publish_and_release, make_world):
                world.fail()
                ports, calls = stopping(world.ports, stop_at, after=after)
                # What meets a fault is left to the next one; only the first call ends it.
                with suppress(Unavailable):
                    world.tidy(ports)
                went_on |= len(calls) >= stop_at
                world.require_sound()
                world.tidy()
                world.require_sound()
                world.require_tidy()
                cases += 1
        stop_at += 1
    assert cases > 1000
    print(f"publish, then a janitor that is stopped, then another: {cases} cases")
