"""The contract of a ModelRegistry: the release, and promotions with or without a lease."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from pipeline.errors import NotFound, RedrawError, ReleaseMoved, VersionNotReady
from pipeline.ports import ModelRegistry, Ports
from pipeline.records.runs import Run, RunState
from pipeline.run_errors import LeaseLost
from tests.contract._versions import NONSENSE, NOW, active, leased, ready, released, reserved

# The release


def test_before_the_first_promotion_nothing_is_released(models: ModelRegistry) -> None:
    ready(models)
    assert models.release() is None


@pytest.mark.parametrize("version", ["v9.9.9", *NONSENSE])
def test_what_is_no_version_is_not_promoted(models: ModelRegistry, version: str) -> None:
    with pytest.raises(RedrawError):
        models.promote(version, by="owner", why="it is better")


def test_an_unknown_version_is_not_found_by_a_promotion(models: ModelRegistry) -> None:
    with pytest.raises(NotFound):
        models.promote("v9.9.9", by="owner", why="it is better")


def test_a_version_that_is_not_ready_is_not_promoted(models: ModelRegistry) -> None:
    version = reserved(models)
    with pytest.raises(VersionNotReady):
        models.promote(version, by="owner", why="it is better")


def test_a_refused_promotion_changes_nothing(models: ModelRegistry) -> None:
    (before,) = released(models, 1)
    version = reserved(models, "run-2")
    with pytest.raises(VersionNotReady):
        models.promote(version, by="owner", why="it is better")
    assert (models.release(), active(models)) == (before, [before.version])


def test_a_promotion_gives_the_release_as_it_is_kept(models: ModelRegistry) -> None:
    assert models.promote(ready(models), by="owner", why="it is better") == models.release()


def test_the_release_names_version_and_manifest(models: ModelRegistry) -> None:
    (release,) = released(models, 1)
    assert (release.version, release.manifest_path) == (
        "v1.0.0",
        "models/production/v1.0.0/manifest.json",
    )


def test_the_first_release_has_none_before_it(models: ModelRegistry) -> None:
    assert released(models, 1)[0].previous is None


def test_each_release_names_the_one_before(models: ModelRegistry) -> None:
    assert [release.previous for release in released(models, 3)] == [None, "v1.0.0", "v1.0.1"]


def test_the_fence_rises_by_one_with_each_release(models: ModelRegistry) -> None:
    assert [after.fence - before.fence for before, after in pairwise(released(models, 3))] == [1, 1]


def test_the_time_of_the_release_never_goes_back(models: ModelRegistry) -> None:
    times = [release.updated_at for release in released(models, 3)]
    assert times == sorted(times)


def test_a_promoted_version_alone_is_active(models: ModelRegistry) -> None:
    released(models, 3)
    assert active(models) == ["v1.0.2"]


def test_a_promotion_changes_nothing_else_of_its_version(models: ModelRegistry) -> None:
    before = models.get(ready(models))
    models.promote(before.version, by="owner", why="it is better")
    assert models.get(before.version) == before.model_copy(update={"active": True})


def test_promoting_again_changes_nothing(models: ModelRegistry) -> None:
    release = released(models, 2)[-1]
    assert (
        models.promote(release.version, by="owner", why="it is better"),
        models.release(),
        active(models),
    ) == (
        release,
        release,
        [release.version],
    )


def test_a_rollback_points_back(models: ModelRegistry) -> None:
    released(models, 2)
    release = models.promote("v1.0.0", by="owner", why="it is better")
    assert (release.version, release.previous, release.fence) == ("v1.0.0", "v1.0.1", 3)


def test_after_a_rollback_the_older_version_alone_is_active(models: ModelRegistry) -> None:
    released(models, 2)
    models.promote("v1.0.0", by="owner", why="it is better")
    assert active(models) == ["v1.0.0"]


def test_the_release_that_was_compared_with_is_replaced(models: ModelRegistry) -> None:
    (release,) = released(models, 1)
    assert (
        models.promote(
            ready(models, "run-2"), replacing=release.fence, by="owner", why="it is better"
        ).fence
        == release.fence + 1
    )


@pytest.mark.parametrize("distance", [-1, 1])
def test_a_release_that_moved_is_not_replaced(models: ModelRegistry, distance: int) -> None:
    release = released(models, 2)[-1]
    version = ready(models, "run-3")
    with pytest.raises(ReleaseMoved):
        models.promote(version, replacing=release.fence + distance, by="owner", why="it is better")


def test_a_release_that_came_back_by_a_rollback_has_moved(models: ModelRegistry) -> None:
    compared = released(models, 2)[0]
    models.promote(compared.version, by="owner", why="it is better")
    version = ready(models, "run-3")
    with pytest.raises(ReleaseMoved):
        models.promote(version, replacing=compared.fence, by="owner", why="it is better")


def test_where_nothing_is_released_nothing_can_be_replaced(models: ModelRegistry) -> None:
    version = ready(models)
    with pytest.raises(ReleaseMoved):
        models.promote(version, replacing=1, by="owner", why="it is better")


def test_a_promotion_refused_because_the_release_moved_changes_nothing(
    models: ModelRegistry,
) -> None:
    release = released(models, 2)[-1]
    version = ready(models, "run-3")
    with pytest.raises(ReleaseMoved):
        models.promote(version, replacing=release.fence - 1, by="owner", why="it is better")
    assert (models.release(), active(models)) == (release, [release.version])


def test_a_promotion_repeated_with_what_it_replaced_changes_nothing(models: ModelRegistry) -> None:
    first, second = released(models, 2)
    assert (
        models.promote(second.version, replacing=first.fence, by="owner", why="it is better")
        == second
    )


def test_of_many_who_replace_the_same_release_one_does(
    models: ModelRegistry, at_once: Callable[..., list[Any]]
) -> None:
    (release,) = released(models, 1)
    versions = [ready(models, f"other-{number}") for number in range(4)]
    results = at_once(
        [
            lambda version=version: models.promote(
                version, replacing=release.fence, by="owner", why="it is better"
            )
            for version in versions
        ]
    )
    assert [result for result in results if not isinstance(result, ReleaseMoved)] == [
        models.release()
    ]


def test_promotions_at_once_leave_one_active_version(
    models: ModelRegistry, at_once: Callable[..., list[Any]]
) -> None:
    versions = [ready(models, f"run-{number}") for number in range(4)]
    at_once(
        [
            lambda version=version: models.promote(version, by="owner", why="it is better")
            for version in versions
        ]
    )
    release = models.release()
    assert release is not None
    assert (active(models), release.fence) == ([release.version], 4)


# Promotions by a run


def test_the_newest_lease_promotes(ports: Ports) -> None:
    version = ready(ports.models)
    assert (
        ports.models.promote(version, lease=leased(ports), by="owner", why="it is better").version
        == version
    )


def test_a_lease_that_ran_out_promotes_until_the_run_is_claimed(ports: Ports) -> None:
    version = ready(ports.models)
    assert (
        ports.models.promote(
            version, lease=leased(ports, 0), by="owner", why="it is better"
        ).version
        == version
    )


def test_a_stale_lease_promotes_nothing(ports: Ports) -> None:
    (release,) = released(ports.models, 1)
    version, stale = ready(ports.models, "run-2"), leased(ports, 0)
    ports.runs.claim("run-9", "other", 60)
    with pytest.raises(LeaseLost):
        ports.models.promote(version, lease=stale, by="owner", why="it is better")
    assert (ports.models.release(), active(ports.models)) == (release, [release.version])


def test_the_lease_of_an_ended_run_promotes_nothing(ports: Ports) -> None:
    version, lease = ready(ports.models), leased(ports)
    ports.runs.record(lease, {"state": RunState.FAILED})
    with pytest.raises(LeaseLost):
        ports.models.promote(version, lease=lease, by="owner", why="it is better")


def test_the_lease_of_an_ended_run_promotes_nothing_while_the_next_one_waits(ports: Ports) -> None:
    version, lease = ready(ports.models), leased(ports)
    ports.runs.record(lease, {"state": RunState.FAILED})
    ports.runs.request(Run(id="run-10", requested_at=NOW))
    with pytest.raises(LeaseLost):
        ports.models.promote(version, lease=lease, by="owner", why="it is better")


def test_a_stale_lease_is_refused_even_when_its_version_is_released(ports: Ports) -> None:
    (release,) = released(ports.models, 1)
    stale = leased(ports, 0)
    ports.runs.claim("run-9", "other", 60)
    with pytest.raises(LeaseLost):
        ports.models.promote(release.version, lease=stale, by="owner", why="it is better")
