"""The janitor finishes or gives up what no worker continues, and leaves everything else alone."""

from datetime import timedelta
from typing import Any

import pytest

from pipeline.errors import Unavailable
from pipeline.records.runs import RunState
from pipeline.records.versions import VersionStatus
from pipeline.run_errors import RunInProgress
from pipeline.storage_paths import PUBLICATION, VERSIONS_FOLDER
from pipeline.versions.janitor import GRACE, JANITOR, Action, look_at_leftovers, tidy_versions
from tests.unit.versions._publishing import publish_in, stopping
from tests.unit.versions._released_world import RUN, ReleasedWorld, count_calls

NEW = "v1.0.2"
NOTHING_WRONG = lambda *_: []  # noqa: E731 - a check of files that finds nothing


@pytest.fixture
def world() -> ReleasedWorld:
    return ReleasedWorld()


def stop(world: ReleasedWorld, at: int, **more: Any) -> None:
    """Let the publication of v1.0.2 be stopped before a call."""
    ports, _ = stopping(world.ports, at, after=False)
    with pytest.raises(Unavailable):
        publish_in(ports, run_id=RUN, **more)


def stop_before_commit(world: ReleasedWorld, **more: Any) -> None:
    copy = ReleasedWorld()
    last = count_calls(lambda ports: publish_in(ports, run_id=RUN, lease=copy.lease), copy.ports)
    stop(world, last, **more)


def delete_run(world: ReleasedWorld) -> None:
    runs: Any = world.ports.runs
    del runs.documents[RUN]
    runs.slot_document = {}


def make_older(world: ReleasedWorld, age: timedelta) -> None:
    models: Any = world.ports.models
    models._models[NEW]["createdAt"] -= age


def act(world: ReleasedWorld) -> list[Action]:
    foreseen = look_at_leftovers(world.ports, NOTHING_WRONG)
    done = tidy_versions(world.ports, NOTHING_WRONG)
    assert done == foreseen
    return [each.action for each in done]


def status(world: ReleasedWorld) -> VersionStatus:
    return world.ports.models.get(NEW).status


def test_where_nothing_was_left_nothing_is_done(world: ReleasedWorld) -> None:
    world.publish()
    before = world.state()
    assert act(world) == []
    assert world.state() == before


def test_a_run_that_is_under_way_keeps_its_version_although_its_worker_died(
    world: ReleasedWorld,
) -> None:
    stop_before_commit(world, lease=world.lease)
    runs: Any = world.ports.runs
    runs.expire()
    assert act(world) == [Action.LEAVE]
    assert status(world) is VersionStatus.PUBLISHING


def test_what_a_failed_run_has_stored_whole_becomes_ready_and_is_not_released(
    world: ReleasedWorld,
) -> None:
    stop_before_commit(world, lease=world.lease)
    world.fail()
    assert act(world) == [Action.FINISH]
    model, release = world.ports.models.get(NEW), world.ports.models.release()
    assert (model.status, model.active, model.metrics is not None) == ("ready", False, True)
    assert release is not None
    assert release.version == "v1.0.1"
    world.require_sound()


def test_what_does_not_guess_as_the_model_is_given_up(world: ReleasedWorld) -> None:
    stop_before_commit(world, lease=world.lease)
    world.fail()
    (found,) = tidy_versions(world.ports, lambda *_: ["the .onnx file differs"])
    assert (found.action, "the .onnx file differs" in found.why) == (Action.GIVE_UP, True)
    world.require_tidy()


def test_a_run_that_was_cancelled_did_not_want_it(world: ReleasedWorld) -> None:
    stop_before_commit(world, lease=world.lease)
    world.ports.runs.record(world.claim(), {"state": RunState.CANCELLED})
    assert act(world) == [Action.GIVE_UP]
    withdrawn = world.ports.models.get(NEW).withdrawn
    assert withdrawn is not None
    assert (withdrawn.by, withdrawn.why) == (
        JANITOR,
        f"run {RUN} has ended without it: cancelled",
    )
    world.require_tidy()


def test_a_version_of_no_run_is_left_alone_for_a_day(world: ReleasedWorld) -> None:
    stop_before_commit(world, lease=world.lease)
    delete_run(world)
    assert act(world) == [Action.LEAVE]
    make_older(world, GRACE)
    assert act(world) == [Action.FINISH]


def test_a_run_whose_document_cannot_be_read_keeps_its_version(world: ReleasedWorld) -> None:
    stop_before_commit(world, lease=world.lease)
    runs: Any = world.ports.runs
    runs.documents[RUN] = {"state": "dreaming"}
    make_older(world, GRACE)
    assert act(world) == [Action.LEAVE]


def test_a_run_that_comes_to_life_meanwhile_keeps_its_version(
    world: ReleasedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_before_commit(world, lease=world.lease)
    run = world.ports.runs.get(RUN)
    delete_run(world)
    make_older(world, GRACE)

    def request_again(*_: Any) -> list[str]:
        world.ports.runs.request(run)
        return []

    (found,) = tidy_versions(world.ports, request_again)
    assert (found.action, status(world)) == (Action.LEAVE, VersionStatus.PUBLISHING)
    with pytest.raises(RunInProgress):
        world.ports.models.give_up(NEW, by=JANITOR, why="it is left")


def test_an_object_of_another_program_is_left_alone(world: ReleasedWorld) -> None:
    stop(world, 8, lease=world.lease)
    world.fail()
    objects: Any = world.ports.artefacts.objects  # type: ignore[attr-defined]
    path = f"{VERSIONS_FOLDER}{NEW}/metadata.json"
    objects[path] = b"the owner's own"
    assert act(world) == [Action.GIVE_UP]
    assert [name for name in objects if NEW in name and "runs/" not in name] == [path]


def test_without_its_note_nothing_proves_whose_the_files_are_and_none_is_deleted(
    world: ReleasedWorld,
) -> None:
    stop_before_commit(world, lease=world.lease)
    world.fail()
    objects: Any = world.ports.artefacts.objects  # type: ignore[attr-defined]
    objects[PUBLICATION.fill(run_id=RUN, version=NEW)] = b"not a note"
    stored = [name for name in objects if name.startswith(f"{VERSIONS_FOLDER}{NEW}/")]
    assert act(world) == [Action.GIVE_UP]
    assert set(stored) <= set(objects)
    assert not world.ports.models.unfinished().records


def test_a_fault_with_one_version_stops_no_other(world: ReleasedWorld) -> None:
    stop_before_commit(world, lease=world.lease)
    world.fail()
    publish_in(world.ports, run_id="run-2")
    models: Any = world.ports.models
    models._models["v1.0.3"] |= {"status": "publishing", "createdAt": world.seen.updated_at - GRACE}  # type: ignore[union-attr]

    def fail_once(files: Any, _: Any) -> list[str]:
        if f"quickdraw_{NEW}.h5" in files:
            raise Unavailable("the check cannot be started")
        return []

    found = tidy_versions(world.ports, fail_once)
    assert [each.action for each in found] == [Action.LEAVE, Action.FINISH]


def test_a_second_run_gets_a_number_of_its_own_after_the_first_was_given_up(
    world: ReleasedWorld,
) -> None:
    stop(world, 6, lease=world.lease)
    world.fail()
    assert act(world) == [Action.GIVE_UP]
    assert publish_in(world.ports, run_id="run-2").version == "v1.0.3"
