"""A run over a damaged or lost piece of the data set mends it and ends as an undisturbed one."""

from collections.abc import Callable
from typing import Any

import h5py

from pipeline.dataset.additions import load_additions
from pipeline.dataset.hdf5 import describe
from pipeline.records.runs import RunState
from pipeline.storage_paths import ADDITIONS
from tests.unit.retrain._watched import Watched, ended
from workers.execution import execute

NAME = "quickdraw_20cat"
FIRST = ADDITIONS.fill(dataset=NAME, revision=1)


def test_a_flipped_byte_before_the_run_changes_nothing_of_its_end(
    fresh_world: Callable[[], Any],
) -> None:
    sound, damaged = fresh_world(), fresh_world()
    with h5py.File(damaged.settings.dataset_file, "r+") as file:
        file["y_train"][0] ^= 1
    for world in (sound, damaged):
        execute("run-1", world.ports, world.settings)
    assert ended(damaged) == ended(sound)


def test_a_file_destroyed_while_it_is_fitted_is_rebuilt_and_the_run_goes_on(
    fresh_world: Callable[[], Any],
) -> None:
    sound, struck = fresh_world(), fresh_world()
    execute("run-1", sound.ports, sound.settings)
    path = struck.settings.dataset_file
    strikes = list[str]()

    def strike(number: int, work: Callable[[], Any]) -> Any:
        if not strikes and watched.calls[-1].startswith("read models/production"):
            strikes.append(watched.calls[-1])
            path.write_bytes(bytes(path.stat().st_size))
        return work()

    watched = Watched(struck.ports, strike)
    execute("run-1", watched.ports, struck.settings)
    assert len(strikes) == 1
    assert ended(struck) == ended(sound)


def test_a_run_stores_a_lost_revision_again_before_it_builds_on_it(
    fresh_world: Callable[[], Any],
) -> None:
    world = fresh_world()
    execute("run-1", world.ports, world.settings)
    objects = world.ports.artefacts.objects
    digest = load_additions(objects.pop(FIRST)).digest
    world.request("run-2")
    assert execute("run-2", world.ports, world.settings).state is RunState.SKIPPED
    assert load_additions(objects[FIRST]).digest == digest


def test_a_run_on_a_new_machine_fails_if_a_revision_is_lost_and_adds_none(
    fresh_world: Callable[[], Any],
) -> None:
    world = fresh_world()
    execute("run-1", world.ports, world.settings)
    revision = describe(world.settings.dataset_file).revision
    objects = world.ports.artefacts.objects
    for number in range(1, revision + 1):
        del objects[ADDITIONS.fill(dataset=NAME, revision=number)]
    objects[ADDITIONS.fill(dataset=NAME, revision=2)] = b"the next one"
    world.settings.dataset_file.unlink()
    world.request("run-2")
    run = execute("run-2", world.ports, world.settings)
    assert run.state is RunState.FAILED
    assert f"Storage has lost {FIRST}" in (run.reason or "")
    assert ADDITIONS.fill(dataset=NAME, revision=3) not in objects
