"""After a player was forgotten nothing is left of them, and what is released never saw them."""

import shutil
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.dataset import hdf5
from pipeline.records.runs import Run, RunState
from pipeline.records.versions import VersionStatus
from tests.unit.forgetting._worlds import (
    PLAYER,
    canvases_of,
    forget,
    gate,
    head_of,
    model_of,
    names_of,
    receipt_of,
    refuse_one,
    retrain,
    rows_of,
    traces_of,
)
from workers.execution import execute


def test_nothing_of_the_player_is_left(seen: Any) -> None:
    names, canvases = names_of(seen), canvases_of(seen)
    refuse_one(seen, min(names))
    assert len(names) == len(canvases) == 3
    assert len(traces_of(seen, PLAYER, names, canvases)) > 10  # the search does find them
    run = forget(seen)
    assert (run.state, run.version) == (RunState.FORGOTTEN, "v1.0.2"), run.reason
    assert traces_of(seen, PLAYER, names, canvases) == []


def test_the_others_keep_what_they_have_sent(seen: Any) -> None:
    before = rows_of(seen)
    names = names_of(seen)
    documents = {*seen.ports.corrections.documents}
    forget(seen)
    kept = [row[:4] for row in before if row[0] not in names]
    assert [row[:4] for row in rows_of(seen)] == kept
    assert {*seen.ports.corrections.documents} == documents - names
    assert hdf5.describe(seen.settings.dataset_file).revision == 1


def test_the_versions_that_learned_are_withdrawn_and_their_files_are_gone(seen: Any) -> None:
    run = forget(seen)
    models = seen.ports.models
    assert seen.ports.models.release().version == "v1.0.2"
    assert models.get("v1.0.1").status is VersionStatus.WITHDRAWN
    assert not [path for path in seen.ports.artefacts.objects if "/v1.0.1/" in path]
    assert models.get("v1.0.2").parent == "v1.0.0"
    assert (run.forgotten.withdrawn, run.forgotten.kept) == (["v1.0.1"], [])
    history = models.history().records[0]
    assert (history.version, history.previous, history.by) == ("v1.0.2", "v1.0.1", run.id)


def test_with_the_setting_keep_they_stay_and_are_not_released(seen: Any) -> None:
    seen.settings = seen.settings.with_changes(forget={"versions": "keep"})
    model = model_of(seen, "v1.0.1")
    run = forget(seen)
    assert run.forgotten.kept == ["v1.0.1"]
    assert seen.ports.models.get("v1.0.1").status is VersionStatus.READY
    assert model_of(seen, "v1.0.1") == model
    assert seen.ports.models.release().version == "v1.0.2"


@pytest.mark.parametrize("outcome", [RunState.HELD, RunState.REJECTED])
def test_if_the_gate_does_not_promote_it_the_ancestor_is_released(
    seen: Any, monkeypatch: pytest.MonkeyPatch, outcome: RunState
) -> None:
    gate(monkeypatch, outcome)
    run = forget(seen)
    assert (run.state, run.version) == (RunState.FORGOTTEN, None)
    assert seen.ports.models.release().version == "v1.0.0"
    assert f"the gate did not promote what was fitted without them ({outcome})" in (
        seen.ports.models.history().records[0].why
    )
    assert run.forgotten.refit.outcome == outcome
    assert seen.ports.models.get("v1.0.1").status is VersionStatus.WITHDRAWN


def test_who_was_never_learned_from_changes_no_version(seen: Any) -> None:
    fields = next(iter(seen.ports.corrections.documents.values()))
    seen.ports.corrections.documents["late"] = {**fields, "userId": "ben", "status": "pending"}
    rows = rows_of(seen)
    run = forget(seen, "ben")
    assert "late" not in seen.ports.corrections.documents
    assert (run.version, run.forgotten.refit, run.forgotten.withdrawn) == (None, None, [])
    assert seen.ports.models.release().version == "v1.0.1"
    assert rows_of(seen) == rows
    assert "v1.0.1 stays released" in run.reason


def test_of_an_unknown_player_it_says_that_there_is_nothing_and_proves_it(seen: Any) -> None:
    run = forget(seen, "unknown")
    assert run.state is RunState.FORGOTTEN
    assert "nothing of this player was found" in run.reason
    receipt = receipt_of(seen, run)
    assert receipt.proof.left == []
    assert receipt.proof.documents == len(seen.ports.corrections.documents)
    assert receipt.proof.objects > 20


def test_a_player_who_plays_again_is_new(seen: Any) -> None:
    documents = [seen.ports.corrections.documents[name] for name in names_of(seen)]
    fields = next(fields for fields in documents if fields["status"] == "merged")
    canvas = fields["imageStoragePath"]
    png = seen.ports.artefacts.objects[canvas]
    forget(seen)
    again = {**fields, "status": "pending", "imageStoragePath": canvas}
    again.pop("retraining")
    seen.ports.corrections.documents["again"] = again
    seen.ports.artefacts.objects[canvas] = png
    run = retrain(seen, "run-3")
    assert run.counts.merged == 1
    assert "again" in [row[0] for row in rows_of(seen)]


def test_forgetting_twice_finds_nothing_the_second_time(seen: Any) -> None:
    forget(seen)
    rows, release = rows_of(seen), seen.ports.models.release()
    run = forget(seen)
    assert "nothing of this player was found" in run.reason
    assert (rows_of(seen), seen.ports.models.release()) == (rows, release)


def test_the_next_run_goes_on_from_the_new_version(seen: Any) -> None:
    forget(seen)
    seen.ports.runs.request(Run(id="run-3", requested_at=datetime.now(UTC)))
    run = execute("run-3", seen.ports, seen.settings)
    assert (run.state, run.champion) == (RunState.SKIPPED, "v1.0.2"), run.reason


@pytest.mark.slow
def test_what_is_fitted_again_equals_what_a_project_makes_that_never_saw_the_player(
    world: Any, copy_ports: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    gate(monkeypatch)
    never = type(world)(copy_ports(world.ports), world.settings)
    for name in names_of(never):
        del never.ports.corrections.documents[name]
    folder = tmp_path / "never"
    shutil.copytree(world.settings.data_dir, folder)
    never.settings = world.settings.with_changes(data_dir=folder)
    retrain(never, "run-1")
    retrain(world, "run-1")
    assert model_of(world, "v1.0.1") != model_of(never, "v1.0.1")
    forget(world)
    assert rows_of(world) == rows_of(never)
    digests = [hdf5.describe(each.settings.dataset_file).digest for each in (world, never)]
    assert digests[0] == digests[1]
    assert model_of(world, "v1.0.2") == model_of(never, "v1.0.1")
    assert head_of(world, "v1.0.2") == head_of(never, "v1.0.1")
