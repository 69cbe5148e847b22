"""The contract of a ModelRegistry."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.bootstrap import in_memory
from pipeline.errors import LeaseLost, NotFound, RedrawError, ReleaseMoved, VersionNotReady
from pipeline.ports import ModelRegistry, Ports
from pipeline.records.metrics import Comparison, Metrics
from pipeline.records.runs import Decision, Lease, Run, RunState
from pipeline.records.versions import (
    FIRST_VERSION,
    ModelMetrics,
    ModelVersion,
    Release,
    VersionFile,
    VersionNumber,
    VersionStatus,
)
from tests._examples import examples

NOW = datetime(2026, 3, 4, 5, 6, 7, 891000, UTC)
METRICS = ModelMetrics(
    accuracy=0.9,
    loss=0.3,
    training_samples=100,
    corrections=7,
    players_accuracy=0.8,
    recall={"cat": 0.5},
)
FILES = [
    VersionFile.of("models/production/a.h5", b"123"),
    VersionFile.of("models/production/manifest.json", b""),
]
JUDGED = Metrics(
    rows=4,
    accuracy=0.75,
    loss=0.5,
    recall={"cat": 1.0},
    precision={"cat": 0.5},
    confusion=[2, 0, 1, 1],
)
GATE = Decision(
    outcome=RunState.PROMOTED,
    reasons=["better"],
    base=Comparison(champion=JUDGED, challenger=JUDGED),
)
NONSENSE = [
    "../x",
    "",
    ".",
    "..",
    "v1",
    "v1.0",
    "v1.0.0.0",
    "1.0.0",
    "v1.0.0/x",
    "v1.0.0\n",
    " v1.0.0",
    "v-1.0.0",
    "__v__",
    "v1.0.a",
]


def next_patch(known: Sequence[VersionNumber]) -> VersionNumber:
    return max(known).next_patch() if known else FIRST_VERSION


def a_draft(**more: Any) -> ModelVersion:
    fields = {
        "version": "",
        "storage_path": "",
        "created_at": NOW,
        "dataset_revision": 1,
        "run_id": "",
        "parent": "v0.9.0",
    }
    return ModelVersion(**{**fields, "gate": GATE, **more})


def reserved(models: ModelRegistry, run_id: str = "run-1") -> str:
    return models.reserve(run_id, next_patch, a_draft()).version


def ready(models: ModelRegistry, run_id: str = "run-1") -> str:
    return models.mark_ready(reserved(models, run_id), FILES, METRICS).version


def released(models: ModelRegistry, count: int) -> list[Release]:
    """As many versions, each ready and promoted after the one before."""
    return [models.promote(ready(models, f"run-{number}")) for number in range(count)]


def active(models: ModelRegistry) -> list[str]:
    return [model.version for model in models.list() if model.active]


def leased(ports: Ports, seconds: float = 60) -> Lease:
    ports.runs.request(Run(id="run-9", requested_at=NOW))
    return ports.runs.claim("run-9", "worker", seconds)


# Reservations


def test_a_version_is_numbered_by_those_that_exist(models: ModelRegistry) -> None:
    seen: list[list[VersionNumber]] = []

    def number(known: Sequence[VersionNumber]) -> VersionNumber:
        seen.append(sorted(known))
        return next_patch(known)

    for run in range(3):
        models.reserve(f"run-{run}", number, a_draft())
    assert seen[-1] == [VersionNumber(1, 0, 0), VersionNumber(1, 0, 1)]


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
    wanted = a_draft(version="v1.0.0", storage_path="models/production/v1.0.0", run_id="run-1")
    assert models.reserve("run-1", next_patch, a_draft()) == wanted


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
        models.mark_ready(version, FILES, METRICS)


def test_an_unknown_version_that_was_to_be_marked_is_not_made(models: ModelRegistry) -> None:
    with pytest.raises(NotFound):
        models.mark_ready("v1.0.1", FILES, METRICS)
    assert models.list() == []


def test_a_marked_version_has_its_files_and_metrics_and_is_ready(models: ModelRegistry) -> None:
    before = models.get(reserved(models))
    changes = {"status": VersionStatus.READY, "files": FILES, "metrics": METRICS}
    assert models.mark_ready(before.version, FILES, METRICS) == before.model_copy(update=changes)


def test_a_marked_version_is_read_as_it_was_given(models: ModelRegistry) -> None:
    assert models.mark_ready(reserved(models), FILES, METRICS) == models.get("v1.0.0")


def test_marking_again_changes_nothing(models: ModelRegistry) -> None:
    first = models.get(ready(models))
    again = models.mark_ready(first.version, [], METRICS.model_copy(update={"accuracy": 0.1}))
    assert (again, models.get(first.version)) == (first, first)


def test_marking_releases_nothing(models: ModelRegistry) -> None:
    ready(models)
    assert (models.release(), active(models)) == (None, [])


# The release


def test_before_the_first_promotion_nothing_is_released(models: ModelRegistry) -> None:
    ready(models)
    assert models.release() is None


@pytest.mark.parametrize("version", ["v9.9.9", *NONSENSE])
def test_what_is_no_version_is_not_promoted(models: ModelRegistry, version: str) -> None:
    with pytest.raises(RedrawError):
        models.promote(version)


def test_an_unknown_version_is_not_found_by_a_promotion(models: ModelRegistry) -> None:
    with pytest.raises(NotFound):
        models.promote("v9.9.9")


def test_a_version_that_is_not_ready_is_not_promoted(models: ModelRegistry) -> None:
    version = reserved(models)
    with pytest.raises(VersionNotReady):
        models.promote(version)


def test_a_refused_promotion_changes_nothing(models: ModelRegistry) -> None:
    (before,) = released(models, 1)
    version = reserved(models, "run-2")
    with pytest.raises(VersionNotReady):
        models.promote(version)
    assert (models.release(), active(models)) == (before, [before.version])


def test_a_promotion_gives_the_release_as_it_is_kept(models: ModelRegistry) -> None:
    assert models.promote(ready(models)) == models.release()


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
    models.promote(before.version)
    assert models.get(before.version) == before.model_copy(update={"active": True})


def test_promoting_again_changes_nothing(models: ModelRegistry) -> None:
    release = released(models, 2)[-1]
    assert (models.promote(release.version), models.release(), active(models)) == (
        release,
        release,
        [release.version],
    )


def test_a_rollback_points_back(models: ModelRegistry) -> None:
    released(models, 2)
    release = models.promote("v1.0.0")
    assert (release.version, release.previous, release.fence) == ("v1.0.0", "v1.0.1", 3)


def test_after_a_rollback_the_older_version_alone_is_active(models: ModelRegistry) -> None:
    released(models, 2)
    models.promote("v1.0.0")
    assert active(models) == ["v1.0.0"]


def test_the_release_that_was_compared_with_is_replaced(models: ModelRegistry) -> None:
    (release,) = released(models, 1)
    assert (
        models.promote(ready(models, "run-2"), replacing=release.fence).fence == release.fence + 1
    )


@pytest.mark.parametrize("distance", [-1, 1])
def test_a_release_that_moved_is_not_replaced(models: ModelRegistry, distance: int) -> None:
    release = released(models, 2)[-1]
    version = ready(models, "run-3")
    with pytest.raises(ReleaseMoved):
        models.promote(version, replacing=release.fence + distance)


def test_a_release_that_came_back_by_a_rollback_has_moved(models: ModelRegistry) -> None:
    compared = released(models, 2)[0]
    models.promote(compared.version)
    version = ready(models, "run-3")
    with pytest.raises(ReleaseMoved):
        models.promote(version, replacing=compared.fence)


def test_where_nothing_is_released_nothing_can_be_replaced(models: ModelRegistry) -> None:
    version = ready(models)
    with pytest.raises(ReleaseMoved):
        models.promote(version, replacing=1)


def test_a_promotion_refused_because_the_release_moved_changes_nothing(
    models: ModelRegistry,
) -> None:
    release = released(models, 2)[-1]
    version = ready(models, "run-3")
    with pytest.raises(ReleaseMoved):
        models.promote(version, replacing=release.fence - 1)
    assert (models.release(), active(models)) == (release, [release.version])


def test_a_promotion_repeated_with_what_it_replaced_changes_nothing(models: ModelRegistry) -> None:
    first, second = released(models, 2)
    assert models.promote(second.version, replacing=first.fence) == second


def test_of_many_who_replace_the_same_release_one_does(
    models: ModelRegistry, at_once: Callable[..., list[Any]]
) -> None:
    (release,) = released(models, 1)
    versions = [ready(models, f"other-{number}") for number in range(4)]
    results = at_once(
        [
            lambda version=version: models.promote(version, replacing=release.fence)
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
    at_once([lambda version=version: models.promote(version) for version in versions])
    release = models.release()
    assert release is not None
    assert (active(models), release.fence) == ([release.version], 4)


# Promotions by a run


def test_the_newest_lease_promotes(ports: Ports) -> None:
    version = ready(ports.models)
    assert ports.models.promote(version, lease=leased(ports)).version == version


def test_a_lease_that_ran_out_promotes_until_the_run_is_claimed(ports: Ports) -> None:
    version = ready(ports.models)
    assert ports.models.promote(version, lease=leased(ports, 0)).version == version


def test_a_stale_lease_promotes_nothing(ports: Ports) -> None:
    (release,) = released(ports.models, 1)
    version, stale = ready(ports.models, "run-2"), leased(ports, 0)
    ports.runs.claim("run-9", "other", 60)
    with pytest.raises(LeaseLost):
        ports.models.promote(version, lease=stale)
    assert (ports.models.release(), active(ports.models)) == (release, [release.version])


def test_the_lease_of_an_ended_run_promotes_nothing(ports: Ports) -> None:
    version, lease = ready(ports.models), leased(ports)
    ports.runs.record(lease, {"state": RunState.FAILED})
    with pytest.raises(LeaseLost):
        ports.models.promote(version, lease=lease)


def test_the_lease_of_an_ended_run_promotes_nothing_while_the_next_one_waits(ports: Ports) -> None:
    version, lease = ready(ports.models), leased(ports)
    ports.runs.record(lease, {"state": RunState.FAILED})
    ports.runs.request(Run(id="run-10", requested_at=NOW))
    with pytest.raises(LeaseLost):
        ports.models.promote(version, lease=lease)


def test_a_stale_lease_is_refused_even_when_its_version_is_released(ports: Ports) -> None:
    (release,) = released(ports.models, 1)
    stale = leased(ports, 0)
    ports.runs.claim("run-9", "other", 60)
    with pytest.raises(LeaseLost):
        ports.models.promote(release.version, lease=stale)


# Over any sequence of operations

RUNS = st.integers(0, 4)
OPERATIONS = st.one_of(
    st.tuples(st.just("reserve"), RUNS),
    st.tuples(st.just("mark"), RUNS),
    st.tuples(st.just("promote"), RUNS, st.none() | st.integers(0, 4)),
    st.tuples(st.just("promote under a lease"), RUNS, st.booleans()),
)


def operate(ports: Ports, operation: tuple[Any, ...]) -> None:
    kind, run, *more = operation
    version = f"v1.0.{run}"
    match kind:
        case "reserve":
            reserved(ports.models, f"run-{run}")
        case "mark":
            ports.models.mark_ready(version, FILES, METRICS)
        case "promote":
            ports.models.promote(version, replacing=more[0])
        case _:
            lease = leased(ports, 0)
            newest = ports.runs.claim("run-9", "other", 60)
            ports.runs.renew(newest, 0)
            ports.models.promote(version, lease=newest if more[0] else lease)


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
        except (NotFound, VersionNotReady, ReleaseMoved, LeaseLost):
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
        before = release
