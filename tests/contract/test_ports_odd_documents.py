"""One odd document never stops the rest: it is named, and everything beside it goes on."""

from typing import Any

import pytest

from pipeline.errors import NotFound, RedrawError, UnreadableDocument, VersionNotReady
from pipeline.ports import Ports
from pipeline.records.corrections import OwnerAction, OwnerChoice
from pipeline.records.versions import VersionStatus
from tests.contract import _odd
from tests.contract._runs import a_run, leased
from tests.contract._versions import a_draft, active, next_patch, ready, released, reserved


def named(page: Any) -> dict[str, str]:
    return {each.path: each.problem for each in page.unreadable}


# Versions


@pytest.mark.parametrize("case", _odd.FOREIGN_VERSIONS)
def test_a_version_that_the_game_published_is_listed_and_not_changed_by_a_promotion(
    world: Any, case: str
) -> None:
    world.edit("models/v0.9.0", _odd.FOREIGN_VERSIONS[case])
    before = repr(world.read("models/v0.9.0"))
    released(world.ports.models, 2)
    page = world.ports.models.page()
    assert [(each.version, each.status) for each in page.records] == [
        ("v0.9.2", "ready"), ("v0.9.1", "ready"), ("v0.9.0", "foreign"),
    ]  # fmt: skip
    assert (page.unreadable, active(world.ports.models)) == ([], ["v0.9.2"])
    assert repr(world.read("models/v0.9.0")) == before


@pytest.mark.parametrize("case", _odd.FOREIGN_VERSIONS)
def test_a_version_that_the_game_published_is_not_released(world: Any, case: str) -> None:
    world.edit("models/v0.9.0", _odd.FOREIGN_VERSIONS[case])
    with pytest.raises(VersionNotReady, match="not published by Redraw"):
        world.ports.models.promote("v0.9.0", by="owner", why="it is better")


@pytest.mark.parametrize("case", _odd.DAMAGED_VERSIONS)
def test_a_damaged_version_is_named_and_its_number_stays_taken(world: Any, case: str) -> None:
    models = world.ports.models
    world.edit("models/v3.0.0", {**_odd.DAMAGED_VERSIONS[case], "active": True})
    before = world.read("models/v3.0.0")
    assert ready(models) == "v3.0.1"
    models.promote("v3.0.1", by="owner", why="it is better")
    page = models.page()
    assert [each.version for each in page.records] == ["v3.0.1"]
    assert list(named(page)) == ["models/v3.0.0"]
    with pytest.raises(UnreadableDocument, match=r"models/v3\.0\.0"):
        models.get("v3.0.0")
    with pytest.raises(UnreadableDocument):
        models.promote("v3.0.0", by="owner", why="it is better")
    assert (world.read("models/v3.0.0"), models.release().version) == (before, "v3.0.1")


@pytest.mark.parametrize("case", _odd.DESCRIBED_BADLY)
def test_a_version_whose_description_cannot_be_read_is_listed_and_named_and_released(
    world: Any, case: str
) -> None:
    world.edit("models/v3.0.0", _odd.DESCRIBED_BADLY[case])
    page = world.ports.models.page()
    assert [(each.version, each.status) for each in page.records] == [("v3.0.0", "ready")]
    assert list(named(page)) == ["models/v3.0.0"]
    assert world.ports.models.promote("v3.0.0", by="owner", why="it is better").version == "v3.0.0"
    assert active(world.ports.models) == ["v3.0.0"]


@pytest.mark.parametrize("name", _odd.ODD_IDS)
def test_a_document_whose_id_is_no_version_number_is_named_and_not_counted(
    world: Any, name: str
) -> None:
    world.edit(f"models/{name}", {**_odd.OWN, "version": name, "active": True})
    before = world.read(f"models/{name}")
    released(world.ports.models, 1)
    page = world.ports.models.page()
    assert [each.version for each in page.records] == ["v1.0.0"]
    assert list(named(page)) == [f"models/{name}"]
    assert world.read(f"models/{name}") == before
    with pytest.raises(RedrawError):
        world.ports.models.promote(name, by="owner", why="it is better")


def test_a_copy_of_a_run_s_version_is_not_taken_for_the_run_s_own(world: Any) -> None:
    version = ready(world.ports.models)
    for name in (f"{version}-copy", "v7.0.0"):
        world.edit(f"models/{name}", world.read(f"models/{version}"))
    assert reserved(world.ports.models) == version
    assert reserved(world.ports.models, "run-2") == "v7.0.1"


def test_a_number_that_only_the_release_still_names_is_not_given_again(world: Any) -> None:
    world.edit("releases/production", {**_odd.RELEASE, "version": "v1.0.5"})
    assert reserved(world.ports.models) == "v1.0.6"


def test_a_withdrawn_number_is_not_its_run_s_any_more(ports: Ports) -> None:
    given_up = reserved(ports.models)
    assert (
        ports.models.give_up(given_up, by="run-1", why="it is given up").status
        is VersionStatus.WITHDRAWN
    )
    assert ports.models.give_up(given_up, by="run-1", why="it is given up") == ports.models.get(
        given_up
    )
    assert reserved(ports.models) == "v1.0.1"


def test_a_ready_version_is_not_withdrawn(ports: Ports) -> None:
    version = ready(ports.models)
    assert (
        ports.models.give_up(version, by="run-1", why="it is given up").status
        is VersionStatus.READY
    )


def test_whether_any_version_is_ready_is_known(world: Any) -> None:
    models = world.ports.models
    reserved(models)
    for number, name in enumerate(("a status of ours", "huge")):
        world.edit(f"models/v0.5.{number}", _odd.FOREIGN_VERSIONS[name])
    world.edit("models/v0.6.0", _odd.DAMAGED_VERSIONS["no files"])
    assert not models.has_ready()
    ready(models)
    assert models.has_ready()


# Pages of versions


def test_pages_hold_every_version_once_the_highest_first(world: Any) -> None:
    models = world.ports.models
    for number in range(11):
        models.reserve(f"run-{number}", next_patch, a_draft())
    world.edit("models/odd", {})
    seen, after, pages = [], None, 0
    while True:
        page = models.page(after, limit=4)
        assert [each.path for each in page.unreadable] == ([] if after else ["models/odd"])
        seen += [each.version for each in page.records]
        pages, after = pages + 1, page.next_after
        if after is None:
            break
    assert (seen, pages) == ([f"v1.0.{patch}" for patch in reversed(range(11))], 3)


# The release


@pytest.mark.parametrize("case", _odd.ODD_RELEASES)
def test_a_release_that_cannot_be_read_says_so_and_is_repaired_by_a_promotion(
    world: Any, case: str
) -> None:
    fields, fence = _odd.ODD_RELEASES[case]
    version = ready(world.ports.models)
    world.edit("releases/production", fields)
    with pytest.raises(UnreadableDocument, match=r"releases/production.*redraw promote VERSION"):
        world.ports.models.release()
    repaired = world.ports.models.promote(version, by="owner", why="it is better")
    assert (repaired.version, repaired.fence) == (version, fence)
    assert world.ports.models.release() == repaired
    assert active(world.ports.models) == [version]


@pytest.mark.parametrize("fields", [None, {}, {**_odd.RELEASE, "fence": "?"}])
def test_the_fence_of_a_repaired_release_is_above_all_that_runs_have_seen(
    world: Any, fields: dict[str, Any] | None
) -> None:
    version = ready(world.ports.models)
    for number, seen in enumerate((4, 19, 7, "many", 2**62, None)):
        world.edit(f"training_runs/old-{number}", {**_odd.RUN, "releaseFence": seen})
    if fields is not None:
        world.edit("releases/production", fields)
    assert world.ports.models.promote(version, by="owner", why="it is better").fence == 20


def test_a_release_of_a_version_that_does_not_exist_is_replaced_as_any_other(world: Any) -> None:
    version = ready(world.ports.models)
    world.edit("releases/production", {**_odd.RELEASE, "version": "v9.9.9"})
    release = world.ports.models.promote(version, replacing=7, by="owner", why="it is better")
    assert (release.fence, release.previous) == (8, "v9.9.9")


# Runs


@pytest.mark.parametrize("case", _odd.ODD_RUNS)
def test_an_odd_run_is_named_and_hides_no_other(world: Any, case: str) -> None:
    world.edit(f"training_runs/{case}", _odd.ODD_RUNS[case])
    leased(world.ports.runs)
    page = world.ports.runs.page()
    assert [run.id for run in page.records] == ["run-1"]
    assert list(named(page)) == [f"training_runs/{case}"]
    assert [run.id for run in world.ports.runs.list(1)] == ["run-1"]
    with pytest.raises(UnreadableDocument):
        world.ports.runs.get(case)


@pytest.mark.parametrize("case", _odd.READABLE_RUNS)
def test_a_run_that_can_be_read_is_listed_whoever_wrote_it(world: Any, case: str) -> None:
    world.edit(f"training_runs/{case}", _odd.READABLE_RUNS[case])
    page = world.ports.runs.page()
    assert ([run.id for run in page.records], page.unreadable) == ([case], [])


def test_odd_runs_that_are_newer_leave_a_list_its_length(world: Any) -> None:
    for number in range(7):
        world.edit(f"training_runs/odd-{number}", {**_odd.RUN, "state": "done"})
    old = _odd.NOW.replace(year=2020)
    for number in range(5):
        fields = {**_odd.RUN, "requestedAt": old.replace(day=number + 1)}
        world.edit(f"training_runs/old-{number}", fields)
    assert [run.id for run in world.ports.runs.list(3)] == ["old-4", "old-3", "old-2"]
    assert len(world.ports.runs.page(limit=3).unreadable) == 7


def test_beside_odd_runs_one_is_requested_claimed_and_recorded(world: Any) -> None:
    for case, fields in _odd.ODD_RUNS.items():
        world.edit(f"training_runs/{case}", fields)
    runs = world.ports.runs
    runs.request(a_run())
    lease = runs.claim("run-1", "worker", 60)
    assert runs.record(lease, {"revision": 3}).revision == 3


def test_a_run_whose_id_an_odd_document_has_is_not_requested_and_that_one_stays(
    world: Any,
) -> None:
    world.edit("training_runs/run-1", {"id": "run-1", "notes": "mine"})
    with pytest.raises(UnreadableDocument, match="training_runs/run-1"):
        world.ports.runs.request(a_run())
    assert world.ports.runs.request(a_run("run-2")).id == "run-2"


# Decisions


@pytest.mark.parametrize("case", _odd.ODD_DECISIONS)
def test_an_odd_decision_counts_as_none_and_is_named(world: Any, case: str) -> None:
    corrections = world.ports.corrections
    for name in ("c1", case):
        world.put(name, {"status": "quarantined", "retraining": {"reason": "no_class"}})
    choice = OwnerChoice(action=OwnerAction.ACCEPT)
    known = corrections.decide("c1", choice, "ada")
    world.edit(f"decisions/{case}", _odd.ODD_DECISIONS[case])
    assert corrections.decisions(["c1", case]) == {"c1": known}
    assert corrections.decisions(["c1", case]) == {"c1": known}
    assert [each.path for each in corrections.unreadable_decisions()] == [f"decisions/{case}"]
    corrections.decide(case, choice, "ada")
    assert set(corrections.decisions(["c1", case])) == {"c1", case}


def test_without_odd_decisions_none_is_named(ports: Ports) -> None:
    assert ports.corrections.unreadable_decisions() == []
    with pytest.raises(NotFound):
        ports.corrections.decide("none", OwnerChoice(action=OwnerAction.ACCEPT), "ada")
