"""The plan says what goes and why; what anything needs is not in it."""

from datetime import timedelta
from typing import Any

import pytest

from pipeline.records.runs import Run, RunState
from pipeline.records.versions import VersionStatus
from pipeline.retention.clean import clean, plan_project
from pipeline.setting_groups import RetentionSettings
from pipeline.signing.keys import SigningKey
from pipeline.storage_paths import ADDITIONS, CANVAS, REFEREE, SAMPLES
from pipeline.versions.signing import sign_version
from tests.unit.retention._projects import (
    DATASET,
    NOW,
    SETTINGS,
    WHY,
    end_run,
    make_project,
    objects_of,
    stage,
)
from tests.unit.versions._publishing import publish_in


def paths(ports: Any, now: Any = NOW, **policy: Any) -> set[str]:
    settings = SETTINGS.with_changes(retention=policy)
    return {each.path for each in plan_project(ports, settings, now).deletions}


def test_the_defaults_are_kept_in_one_group() -> None:
    assert RetentionSettings() == SETTINGS.retention


def test_what_ended_runs_left_goes_and_a_referee_of_another_base() -> None:
    ports = make_project()
    other = REFEREE.fill(dataset=DATASET, digest="other")
    assert paths(ports) == objects_of(ports, "runs/") | {other}


def test_drawings_for_the_pages_go_with_the_referee_of_their_base() -> None:
    ports = make_project()
    for digest in ("base", "other"):
        ports.artefacts.create(SAMPLES.fill(dataset=DATASET, digest=digest), b"drawings")
    gone = {path for path in paths(ports) if "samples" in path}
    assert gone == {SAMPLES.fill(dataset=DATASET, digest="other")}


def test_each_deletion_says_why_and_how_large_it_is() -> None:
    ports = make_project(1)
    plan = plan_project(ports, SETTINGS, NOW)
    assert {each.why.rpartition(" ")[0] for each in plan.deletions} == {
        "its run ended on",
        "it is of another",
    }
    assert plan.freed == sum(len(ports.artefacts.objects[each.path]) for each in plan.deletions)


def test_nothing_goes_before_its_time() -> None:
    ports = make_project()
    ports.models.withdraw("v1.0.1", **WHY)
    soon = NOW - timedelta(days=99)
    assert paths(ports, soon) == {REFEREE.fill(dataset=DATASET, digest="other")}
    assert paths(ports, soon, runs_days=0.5) >= objects_of(ports, "runs/run-1/")


def test_data_set_revisions_and_canvases_never_go() -> None:
    ports = make_project()
    gone = paths(ports, runs_days=0, withdrawn_days=0, keep_versions=1)
    assert CANVAS.fill(drawing_id="d1") not in gone
    assert ADDITIONS.fill(dataset=DATASET, revision=1) not in gone
    assert not {path for path in gone if path.startswith("datasets/") and "referee" not in path}


@pytest.mark.parametrize(
    "state", [RunState.REQUESTED, RunState.COLLECTING, RunState.FITTING, RunState.PUBLISHING]
)
def test_a_run_that_can_go_on_keeps_its_results(state: RunState) -> None:
    ports = make_project(1)
    stage(ports, "run-9")
    ports.runs.request(Run(id="run-9", requested_at=NOW - timedelta(days=90)))
    if state is not RunState.REQUESTED:
        ports.runs.record(ports.runs.claim("run-9", "worker", 60), {"state": state})
    assert not paths(ports) & objects_of(ports, "runs/run-9/")


@pytest.mark.parametrize("state", [state for state in RunState if state.ended])
def test_a_run_that_has_ended_in_any_way_leaves_nothing(state: RunState) -> None:
    ports = make_project(1)
    stage(ports, "run-9")
    end_run(ports, "run-9", state)
    assert objects_of(ports, "runs/run-9/") <= paths(ports)


def test_a_run_whose_version_the_janitor_has_to_finish_keeps_its_results() -> None:
    ports = make_project(1)
    stage(ports, "run-9")
    draft = ports.models.get("v1.0.1")
    ports.models.reserve("run-9", lambda known: known[-1].next_patch(), draft)
    end_run(ports, "run-9", RunState.FAILED)
    assert not paths(ports) & objects_of(ports, "runs/run-9/")


def test_results_of_a_run_without_a_document_stay_and_are_named() -> None:
    ports = make_project(1)
    stage(ports, "run-lost")
    plan = plan_project(ports, SETTINGS, NOW)
    assert not {each.path for each in plan.deletions} & objects_of(ports, "runs/run-lost/")
    assert any("the results of run-lost stay" in remark for remark in plan.remarks)


def test_files_of_a_withdrawn_version_go_with_all_signatures() -> None:
    ports = make_project()
    lone = publish_in(ports, run_id="run-9", parent="v1.0.3", baseline="v1.0.0").version
    sign_version(ports.models.get(lone), ports.artefacts, SigningKey(bytes(32)))
    ports.models.withdraw(lone, **WHY)
    assert objects_of(ports, f"models/production/{lone}/") <= paths(ports)


def test_another_programs_file_beside_them_stays_and_is_named() -> None:
    ports = make_project()
    lone = publish_in(ports, run_id="run-9", parent="v1.0.3", baseline="v1.0.0").version
    ports.models.withdraw(lone, **WHY)
    own = f"models/production/{lone}/own.h5"
    ports.artefacts.create(own, b"the owner's")
    assert own not in paths(ports)
    ports.artefacts.create("models/production/deep/er/x", b"?")
    remarks = plan_project(ports, SETTINGS, NOW).remarks
    assert remarks == ["1 objects are not Redraw's, and stay: models/production/deep/er/x"]


@pytest.mark.parametrize("held_by", ["parent", "baseline", "baseline of the parent"])
def test_what_a_ready_version_is_rebuilt_from_stays(held_by: str) -> None:
    ports = make_project(2)  # v1.0.2 is released, v1.0.1 its parent, v1.0.0 the baseline of both
    gone = "v1.0.1" if held_by == "parent" else "v1.0.0"
    if held_by == "baseline of the parent":
        publish_in(ports, run_id="run-9", parent="v1.0.2", baseline=None)  # a new baseline
        ports.models.promote("v1.0.3", **WHY)
        ports.models._release["previous"] = None  # it would hold v1.0.2 as well
        ports.models._models["v1.0.2"]["status"] = "withdrawn"
        ports.models._models["v1.0.1"]["status"] = "withdrawn"
    ports.models._models[gone]["status"] = "withdrawn"
    assert not paths(ports, withdrawn_days=0) & objects_of(ports, f"models/production/{gone}/")


def test_versions_beyond_the_number_to_keep_are_withdrawn_and_go_later() -> None:
    ports = make_project(5)
    settings = SETTINGS.with_changes(retention={"keep_versions": 2, "withdrawn_days": 0})
    plan = plan_project(ports, settings, NOW)
    assert [each.version for each in plan.withdrawals] == ["v1.0.1", "v1.0.2", "v1.0.3"]
    assert not {each.path for each in plan.deletions} & objects_of(ports, "models/")
    clean(ports, settings)
    clean(ports, settings)
    ready = [each.version for each in ports.models.list() if each.status is VersionStatus.READY]
    assert ready == ["v1.0.5", "v1.0.4", "v1.0.0"]
    left = {path.split("/")[2] for path in objects_of(ports, "models/")}
    assert left == {"v1.0.5", "v1.0.4", "v1.0.3", "v1.0.0"}  # v1.0.3: the parent of v1.0.4


@pytest.mark.parametrize("role", ["released", "previous", "on trial", "champion of a run"])
def test_an_old_version_that_is_in_use_is_not_withdrawn(role: str) -> None:
    from pipeline.trial.plans import plan_trial

    ports = make_project(5)
    if role in {"released", "previous"}:
        ports.models.promote("v1.0.1", **WHY)
    if role == "previous":
        ports.models.promote("v1.0.5", **WHY)
    if role == "on trial":
        ports.trials.begin("v1.0.1", plan_trial(SETTINGS.trial, 1, "owner"))
    if role == "champion of a run":
        ports.runs.request(Run(id="run-9", requested_at=NOW))
        lease = ports.runs.claim("run-9", "worker", 60)
        ports.runs.record(lease, {"state": RunState.FITTING, "champion": "v1.0.1"})
    settings = SETTINGS.with_changes(retention={"keep_versions": 1})
    planned = [each.version for each in plan_project(ports, settings, NOW).withdrawals]
    assert "v1.0.1" not in planned
    assert "v1.0.2" in planned


@pytest.mark.parametrize("damage", ["release gone", "release edited", "version edited"])
def test_while_a_document_cannot_be_read_no_version_goes(damage: str) -> None:
    ports = make_project(5)
    publish_in(ports, run_id="run-9", parent="v1.0.5", baseline="v1.0.0")
    ports.models.withdraw("v1.0.6", **WHY)
    if damage == "release gone":
        ports.models._release = None
    elif damage == "release edited":
        ports.models._release = {"version": 3}
    else:
        ports.models._models["v1.0.2"]["files"] = "?"
    settings = SETTINGS.with_changes(retention={"keep_versions": 1})
    plan = plan_project(ports, settings, NOW)
    assert plan.withdrawals == []
    assert not {each.path for each in plan.deletions} & objects_of(ports, "models/")
    assert plan.remarks[0].startswith("no version goes, as ")


def test_a_document_that_is_no_version_of_redraw_stops_nothing() -> None:
    ports = make_project(5)
    ports.models._models["v5.0.0_100cat"] = {"accuracy": 0.9}
    ports.models._models["v9.0.0"] = {"accuracy": 0.9}
    ports.artefacts.create("models/production/v9.0.0/game.h5", b"the game's")
    settings = SETTINGS.with_changes(retention={"keep_versions": 1})
    plan = plan_project(ports, settings, NOW)
    assert plan.withdrawals
    assert plan.remarks == []


def test_an_empty_project_has_nothing_to_delete_and_nothing_to_say() -> None:
    from pipeline.bootstrap import in_memory

    assert plan_project(in_memory(), SETTINGS, NOW) == ([], [], [])
