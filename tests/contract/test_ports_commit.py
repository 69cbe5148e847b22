"""A publication ends in one transaction; a ready version can be withdrawn; releases are history."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.errors import (
    NotFound,
    ReleaseMoved,
    UnreadableDocument,
    VersionInUse,
    VersionNotReady,
)
from pipeline.ports import ModelRegistry, Ports
from pipeline.records.releases import Promotion
from pipeline.records.runs import Run, RunState
from pipeline.records.trials import TrialKind, TrialPlan
from pipeline.records.versions import VersionStatus
from pipeline.run_errors import LeaseLost, RunInProgress
from tests.contract._versions import (
    FILES,
    METRICS,
    a_draft,
    active,
    leased,
    next_patch,
    ready,
    released,
    reserved,
)

OWN = "run-9"
"""The run that `leased` requests."""
BETTER = Promotion(OWN, "it is better")
BAD = {"by": "owner", "why": "it is bad"}


def own_version(ports: Ports) -> str:
    return reserved(ports.models, OWN)


def test_ready_release_history_active_and_the_run_change_in_one_call(ports: Ports) -> None:
    (before,) = released(ports.models, 1)
    lease, version = leased(ports), own_version(ports)
    made = ports.models.commit(version, FILES, METRICS, lease=lease, promotion=BETTER)
    assert (made.status, made.active, made) == ("ready", True, ports.models.get(version))
    release = ports.models.release()
    assert release is not None
    assert (release.version, release.previous, release.fence) == (version, before.version, 2)
    assert active(ports.models) == [version]
    newest = ports.models.history().records[0]
    assert (newest.fence, newest.version, newest.by, newest.why, newest.run_id) == (
        2, version, OWN, "it is better", OWN,
    )  # fmt: skip
    assert newest.at == release.updated_at
    assert ports.runs.get(OWN).version == version


def test_without_a_promotion_it_is_ready_alone_and_the_run_says_so(ports: Ports) -> None:
    lease, version = leased(ports), own_version(ports)
    made = ports.models.commit(version, FILES, METRICS, lease=lease)
    assert (made.active, ports.models.release(), ports.models.history().records) == (
        False, None, [],
    )  # fmt: skip
    assert ports.runs.get(OWN).version == version


def test_committing_again_changes_nothing(ports: Ports) -> None:
    lease, version = leased(ports), own_version(ports)
    first = ports.models.commit(version, FILES, METRICS, lease=lease, promotion=BETTER)
    release = ports.models.release()
    again = ports.models.commit(version, [], METRICS, lease=lease, promotion=BETTER)
    assert (again, ports.models.release()) == (first, release)
    assert len(ports.models.history().records) == 1


def test_if_another_version_was_released_meanwhile_nothing_is_written(ports: Ports) -> None:
    released(ports.models, 2)
    lease, version = leased(ports), own_version(ports)
    with pytest.raises(ReleaseMoved):
        ports.models.commit(
            version, FILES, METRICS, lease=lease, promotion=BETTER._replace(replacing=1)
        )
    assert ports.models.get(version).status is VersionStatus.PUBLISHING
    assert ports.runs.get(OWN).version is None


@pytest.mark.parametrize("promotion", [None, BETTER])
def test_a_stale_lease_ends_no_publication(ports: Ports, promotion: Promotion | None) -> None:
    stale = leased(ports, 0)
    ports.runs.claim(OWN, "other", 60)
    version = own_version(ports)
    with pytest.raises(LeaseLost):
        ports.models.commit(version, FILES, METRICS, lease=stale, promotion=promotion)
    with pytest.raises(LeaseLost):
        ports.models.give_up(version, by=OWN, why="it is in the way", lease=stale)
    with pytest.raises(LeaseLost):
        ports.models.reserve("run-x", next_patch, a_draft(), lease=stale)
    assert [each.status for each in ports.models.list()] == [VersionStatus.PUBLISHING]
    assert ports.models.release() is None


def test_without_its_lease_nobody_ends_the_publication_of_a_run_under_way(ports: Ports) -> None:
    lease, version = leased(ports), own_version(ports)
    with pytest.raises(RunInProgress):
        ports.models.commit(version, FILES, METRICS)
    with pytest.raises(RunInProgress):
        ports.models.give_up(version, by="janitor", why="it was left")
    assert ports.models.get(version).status is VersionStatus.PUBLISHING
    ports.runs.record(lease, {"state": RunState.FAILED})
    assert ports.models.commit(version, FILES, METRICS).status is VersionStatus.READY


def test_a_number_that_was_given_up_cannot_become_ready(models: ModelRegistry) -> None:
    version = reserved(models)
    models.give_up(version, by="janitor", why="it was left")
    with pytest.raises(VersionNotReady, match="it was left"):
        models.commit(version, FILES, METRICS)


# What is not finished


def test_publications_and_what_is_to_be_deleted_are_unfinished(models: ModelRegistry) -> None:
    ready(models)
    publishing, cleared, given_up = (reserved(models, f"run-{n}") for n in (2, 3, 4))
    models.give_up(cleared, by="janitor", why="it was left", clear=True)
    models.give_up(given_up, by="run-4", why="it is in the way")
    found = models.unfinished()
    assert ([each.version for each in found.records], found.unreadable) == (
        [publishing, cleared],
        [],
    )
    models.mark_cleared(cleared)
    assert [each.version for each in models.unfinished().records] == [publishing]


def test_an_unfinished_version_that_cannot_be_read_is_named(world: Any) -> None:
    reserved(world.ports.models)
    world.edit("models/v3.0.0", {"status": "publishing", "runId": 7, "files": []})
    found = world.ports.models.unfinished()
    assert [each.version for each in found.records] == ["v1.0.0"]
    assert [each.path for each in found.unreadable] == ["models/v3.0.0"]


# Withdrawing


def test_a_withdrawn_version_says_by_whom_and_why_and_is_not_released(
    models: ModelRegistry,
) -> None:
    version = ready(models)
    made = models.withdraw(version, **BAD)
    assert (made, made.status) == (models.get(version), VersionStatus.WITHDRAWN)
    assert made.withdrawn is not None
    assert (made.withdrawn.by, made.withdrawn.why) == ("owner", "it is bad")
    assert (made.files, made.metrics) == (FILES, METRICS)
    with pytest.raises(VersionNotReady):
        models.promote(version, by="owner", why="it is better")


def test_withdrawing_again_changes_nothing(models: ModelRegistry) -> None:
    first = models.withdraw(ready(models), **BAD)
    assert models.withdraw(first.version, by="ada", why="it is worse") == first


def test_the_released_version_is_not_withdrawn(models: ModelRegistry) -> None:
    before, now = released(models, 2)
    with pytest.raises(VersionInUse):
        models.withdraw(now.version, **BAD)
    assert models.withdraw(before.version, **BAD).status is VersionStatus.WITHDRAWN


def test_a_version_on_trial_is_not_withdrawn(ports: Ports) -> None:
    released(ports.models, 1)
    tried = ready(ports.models, "run-t")
    plan = TrialPlan(kind=TrialKind.SHADOW, share=1, days=7, revision=1, started_by="owner")
    ports.trials.begin(tried, plan)
    with pytest.raises(VersionInUse, match="trial stop"):
        ports.models.withdraw(tried, **BAD)


def test_only_a_ready_version_of_redraw_s_is_withdrawn(world: Any) -> None:
    models = world.ports.models
    publishing = reserved(models)
    world.edit("models/v0.9.0", {"version": "v0.9.0"})
    for name in (publishing, "v0.9.0"):
        with pytest.raises(VersionNotReady):
            models.withdraw(name, **BAD)
    with pytest.raises(NotFound):
        models.withdraw("v9.9.9", **BAD)


def test_beside_a_release_that_cannot_be_read_nothing_is_withdrawn(world: Any) -> None:
    version = ready(world.ports.models)
    world.edit("releases/production", {"version": 7})
    with pytest.raises(UnreadableDocument):
        world.ports.models.withdraw(version, **BAD)


def test_a_stale_lease_withdraws_nothing(ports: Ports) -> None:
    version = ready(ports.models)
    stale = leased(ports, 0)
    ports.runs.claim(OWN, "other", 60)
    with pytest.raises(LeaseLost):
        ports.models.withdraw(version, **BAD, lease=stale)
    assert ports.models.get(version).status is VersionStatus.READY


def test_a_version_is_withdrawn_or_released_and_never_both(
    ports: Ports, at_once: Callable[..., list[Any]]
) -> None:
    models = ports.models
    released(models, 1)
    for number in range(3):
        version = ready(models, f"run-x{number}")
        at_once(
            [
                lambda version=version: models.promote(version, by="owner", why="it is better"),
                lambda version=version: models.withdraw(version, **BAD),
            ]
        )
        release = models.release()
        assert release is not None
        assert models.get(release.version).status is VersionStatus.READY


# The history


def test_the_history_is_listed_in_pages_the_newest_first(models: ModelRegistry) -> None:
    releases = released(models, 3)
    models.promote("v1.0.0", by="ada", why="cats")
    whole = models.history()
    assert [(each.fence, each.version, each.previous) for each in whole.records] == [
        (4, "v1.0.0", "v1.0.2"),
        (3, "v1.0.2", "v1.0.1"),
        (2, "v1.0.1", "v1.0.0"),
        (1, "v1.0.0", None),
    ]
    assert (whole.records[0].by, whole.records[0].why, whole.records[0].run_id) == (
        "ada", "cats", None,
    )  # fmt: skip
    assert [each.at for each in whole.records[1:]] == [each.updated_at for each in releases[::-1]]
    first = models.history(limit=3)
    second = models.history(first.next_after, limit=3)
    assert (first.records + second.records, second.next_after) == (whole.records, None)


def test_a_promotion_that_changes_nothing_leaves_no_entry(models: ModelRegistry) -> None:
    (release,) = released(models, 1)
    models.promote(release.version, by="owner", why="it is better")
    assert len(models.history().records) == 1


def test_an_entry_is_one_document_under_its_fence(world: Any) -> None:
    released(world.ports.models, 1)
    entry = world.read("release_history/000000000001")
    assert set(entry) == {
        "fence", "version", "previous", "at", "by", "why", "runId", "schema",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("000000000002", {"fence": 2, "version": "latest"}),
        ("000000000002", {"fence": 3}),
        ("000000000002", {"fence": "2"}),
        ("000000000002", {}),
        ("note", {"text": "do not touch"}),
        ("note", {"fence": {"x": 1}}),
    ],
)
def test_an_entry_that_cannot_be_read_is_left_out_and_named(
    world: Any, name: str, fields: dict[str, Any]
) -> None:
    models = world.ports.models
    released(models, 3)
    world.edit(f"release_history/{name}", fields)
    page = models.history()
    wanted = [3, 1] if name == "000000000002" else [3, 2, 1]
    assert [each.fence for each in page.records] == wanted
    assert [each.path for each in page.unreadable] == [f"release_history/{name}"]
    assert models.promote("v1.0.0", by="owner", why="back").fence == 4


def test_a_release_that_was_edited_to_an_old_fence_overwrites_no_entry(world: Any) -> None:
    models = world.ports.models
    released(models, 3)
    world.edit("releases/production", {**world.read("releases/production"), "fence": 1})
    assert models.promote("v1.0.0", by="owner", why="back").fence == 4
    assert [each.fence for each in models.history().records] == [4, 3, 2, 1]


def test_a_release_that_was_deleted_is_made_again_above_the_history(world: Any) -> None:
    models = world.ports.models
    released(models, 3)
    world.edit("releases/production", None)
    assert models.promote("v1.0.0", by="owner", why="back").fence == 4
    assert models.history().records[0].previous is None


def test_a_run_under_way_is_known_by_its_document_too(ports: Ports) -> None:
    version = reserved(ports.models, "run-7")
    ports.runs.request(Run(id="run-7", requested_at=datetime.now(UTC)))
    with pytest.raises(RunInProgress):
        ports.models.commit(version, FILES, METRICS)
