"""The contract of a ModelRegistry: reserving, reading and marking versions; any operations."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.bootstrap import in_memory
from pipeline.errors import NotFound, RedrawError, ReleaseMoved, VersionInUse, VersionNotReady
from pipeline.ports import ModelRegistry, Ports
from pipeline.records.releases import Promotion
from pipeline.records.versions import (
    Release,
    VersionNumber,
    VersionStatus,
)
from pipeline.run_errors import LeaseLost
from tests._examples import examples
from tests.contract._versions import (
    FILES,
    METRICS,
    NONSENSE,
    a_draft,
    active,
    leased,
    next_patch,
    ready,
    reserved,
)

# Reservations


def test_a_version_is_numbered_by_the_highest_that_exists(models: ModelRegistry) -> None:
    seen: list[list[VersionNumber]] = []

    def number(known: Sequence[VersionNumber]) -> VersionNumber:
        seen.append(sorted(known))
        return next_patch(known)

    for run in range(3):
        models.reserve(f"run-{run}", number, a_draft())
    assert seen == [[], [VersionNumber(1, 0, 0)], [VersionNumber(1, 0, 1)]]


def test_a_run_that_asks_again_gets_the_same_version(models: ModelRegistry) -> None:
    first = models.reserve("run-1", next_patch, a_draft())
    models.reserve("run-2", next_patch, a_draft())
    assert models.reserve("run-1", next_patch, a_draft(dataset_revision=9)) == first


def test_a_run_that_asks_again_makes_no_second_version(models: ModelRegistry) -> None:
    reserved(models)
    reserved(models)
    assert len(models.list()) == 1


def test_a_run_that_asks_again_gets_its_version_as_it_stands(models: ModelRegistry) -> None:
    version = ready(models)
    assert models.reserve("run-1", next_patch, a_draft()) == models.get(version)


def test_a_reserved_version_is_publishing_whatever_the_draft_says(models: ModelRegistry) -> None:
    assert (
        models.reserve("run-1", next_patch, a_draft(status=VersionStatus.READY)).status
        is VersionStatus.PUBLISHING
    )


def test_a_reserved_version_has_its_own_folder(models: ModelRegistry) -> None:
    assert (
        models.reserve("run-1", next_patch, a_draft(storage_path="x")).storage_path
        == "models/production/v1.0.0"
    )


def test_a_reserved_version_belongs_to_its_run(models: ModelRegistry) -> None:
    assert models.reserve("run-1", next_patch, a_draft(run_id="run-7")).run_id == "run-1"


def test_a_reserved_version_keeps_the_rest_of_the_draft(models: ModelRegistry) -> None:
    wanted = a_draft(
        version="v1.0.0",
        storage_path="models/production/v1.0.0",
        run_id="run-1",
        baseline="v0.9.0",
    )
    assert models.reserve("run-1", next_patch, a_draft(baseline="v0.9.0")) == wanted


def test_a_version_that_has_the_backbone_of_no_other_is_its_own_baseline(
    models: ModelRegistry,
) -> None:
    reserved = models.reserve("run-1", next_patch, a_draft(parent="v0.9.0"))
    assert reserved.baseline == reserved.version
    assert models.get(reserved.version).baseline == reserved.version


def test_a_reserved_version_is_read_as_it_was_given(models: ModelRegistry) -> None:
    assert models.reserve("run-1", next_patch, a_draft()) == models.get("v1.0.0")


def test_runs_that_ask_at_once_get_different_versions(
    models: ModelRegistry, at_once: Callable[..., list[Any]]
) -> None:
    versions = at_once(
        [lambda run_id=f"run-{number}": reserved(models, run_id) for number in range(5)]
    )
    assert sorted(versions) == [f"v1.0.{patch}" for patch in range(5)]


def test_a_run_that_asks_from_many_threads_gets_one_version(
    models: ModelRegistry, at_once: Callable[..., list[Any]]
) -> None:
    assert at_once([lambda: reserved(models)] * 5) == ["v1.0.0"] * 5


# Reading


@pytest.mark.parametrize("version", NONSENSE)
def test_nonsense_is_no_version(models: ModelRegistry, version: str) -> None:
    reserved(models)
    with pytest.raises(RedrawError):
        models.get(version)


def test_an_unknown_version_is_not_found(models: ModelRegistry) -> None:
    reserved(models)
    with pytest.raises(NotFound):
        models.get("v1.0.1")


def test_of_no_versions_the_list_is_empty(models: ModelRegistry) -> None:
    assert models.list() == []


def test_the_highest_number_is_listed_first(models: ModelRegistry) -> None:
    numbers = [
        VersionNumber(1, 0, 9),
        VersionNumber(1, 0, 10),
        VersionNumber(10, 0, 0),
        VersionNumber(9, 9, 9),
    ]
    for number in numbers:
        models.reserve(str(number), lambda _, number=number: number, a_draft())
    assert [model.version for model in models.list()] == ["v10.0.0", "v9.9.9", "v1.0.10", "v1.0.9"]


def test_a_version_reads_the_same_in_the_list(models: ModelRegistry) -> None:
    version = ready(models)
    assert models.list() == [models.get(version)]


# The commit mark


@pytest.mark.parametrize("version", ["v1.0.1", "../x"])
def test_what_is_no_version_is_not_marked(models: ModelRegistry, version: str) -> None:
    with pytest.raises(RedrawError):
        models.commit(version, FILES, METRICS)


def test_an_unknown_version_that_was_to_be_marked_is_not_made(models: ModelRegistry) -> None:
    with pytest.raises(NotFound):
        models.commit("v1.0.1", FILES, METRICS)
    assert models.list() == []


def test_a_marked_version_has_its_files_and_metrics_and_is_ready(models: ModelRegistry) -> None:
    before = models.get(reserved(models))
    changes = {"status": VersionStatus.READY, "files": FILES, "metrics": METRICS}
    assert models.commit(before.version, FILES, METRICS) == before.model_copy(update=changes)


def test_a_marked_version_is_read_as_it_was_given(models: ModelRegistry) -> None:
    assert models.commit(reserved(models), FILES, METRICS) == models.get("v1.0.0")


def test_marking_again_changes_nothing(models: ModelRegistry) -> None:
    first = models.get(ready(models))
    again = models.commit(first.version, [], METRICS.model_copy(update={"accuracy": 0.1}))
    assert (again, models.get(first.version)) == (first, first)


def test_marking_releases_nothing(models: ModelRegistry) -> None:
    ready(models)
    assert (models.release(), active(models)) == (None, [])


# Over any sequence of operations


RUNS = st.integers(0, 4)
OPERATIONS = st.one_of(
    st.tuples(st.just("reserve"), RUNS),
    st.tuples(st.just("mark"), RUNS),
    st.tuples(st.just("promote"), RUNS, st.none() | st.integers(0, 4)),
    st.tuples(st.just("promote under a lease"), RUNS, st.booleans()),
    st.tuples(st.just("mark and promote"), RUNS),
    st.tuples(st.just("withdraw"), RUNS),
    st.tuples(st.just("give up"), RUNS),
)


def operate(ports: Ports, operation: tuple[Any, ...]) -> None:
    kind, run, *more = operation
    version = f"v1.0.{run}"
    match kind:
        case "reserve":
            reserved(ports.models, f"run-{run}")
        case "mark":
            ports.models.commit(version, FILES, METRICS)
        case "mark and promote":
            promotion = Promotion("owner", "it is better")
            ports.models.commit(version, FILES, METRICS, promotion=promotion)
        case "withdraw":
            ports.models.withdraw(version, by="owner", why="it is bad")
        case "give up":
            ports.models.give_up(version, by="run-1", why="it is in the way")
        case "promote":
            ports.models.promote(version, replacing=more[0], by="owner", why="it is better")
        case _:
            lease = leased(ports, 0)
            newest = ports.runs.claim("run-9", "other", 60)
            ports.runs.renew(newest, 0)
            ports.models.promote(
                version, lease=newest if more[0] else lease, by="owner", why="it is better"
            )


@settings(max_examples=examples(60), deadline=None, database=None)
@given(st.lists(OPERATIONS, max_size=30))
def test_the_release_points_at_a_ready_version_and_its_fence_rises_by_one_a_change(
    operations: list[tuple[Any, ...]],
) -> None:
    ports = in_memory()
    before: Release | None = None
    for operation in operations:
        try:
            operate(ports, operation)
        except (NotFound, VersionNotReady, VersionInUse, ReleaseMoved, LeaseLost):
            assert ports.models.release() == before, "a refused operation changed the release"
        release = ports.models.release()
        if release is None:
            assert (before, active(ports.models)) == (None, [])
            continue
        assert ports.models.get(release.version).status is VersionStatus.READY
        assert active(ports.models) == [release.version]
        if release != before:
            assert release.fence == (before.fence if before else 0) + 1
            assert release.previous == (before.version if before else None)
            assert ports.models.history(limit=1).records[0].version == release.version
        before = release
