"""Other spellings, others' canvases, other machines, and owners who do something meanwhile."""

import shutil
from pathlib import Path
from typing import Any

import h5py
import pytest

from pipeline import forget as story
from pipeline.corrections.canvas_paths import CanvasPlace
from pipeline.corrections.players import hash_player
from pipeline.dataset import revisions
from pipeline.errors import BackboneChanged
from pipeline.forgetting import belongings, plan, releasing
from pipeline.records.runs import RunState
from pipeline.records.trials import TrialKind, TrialPlan
from pipeline.records.versions import VersionStatus
from pipeline.versions.promotion import promote_version
from service.checks.project import list_project_checks
from tests.unit.forgetting._worlds import (
    PLAYER,
    canvases_of,
    forget,
    gate,
    names_of,
    pages_of,
    receipt_of,
    retrain,
    rows_of,
    send_again,
    traces_of,
)


def put_canvas(world: Any, path: str) -> str:
    world.ports.artefacts.objects[path] = b"canvas"
    return path


def test_documents_are_found_however_the_id_is_spelled(seen: Any) -> None:
    documents, fields = seen.ports.corrections.documents, {"status": "refused"}
    documents |= {
        "number": {**fields, "userId": 77},
        "text": {**fields, "userId": " 77 "},
        "snake": {**fields, "user_id": "77"},
        "other": {**fields, "userId": "777"},
    }
    run = forget(seen, "77")
    assert run.forgotten.counts.documents == 3
    assert {"number", "text", "snake", "other"} & documents.keys() == {"other"}


def test_a_canvas_that_another_player_names_too_stays(seen: Any) -> None:
    documents = seen.ports.corrections.documents
    mine = min(canvases_of(seen))
    documents["theirs"] = {"userId": "ben", "status": "refused", "imageStoragePath": mine}
    outside = put_canvas(seen, "models/production/v1.0.0/drawing.png")
    documents["bad"] = {"userId": PLAYER, "status": "refused", "imageStoragePath": outside}
    run = forget(seen)
    objects = seen.ports.artefacts.objects
    assert mine in objects
    assert outside in objects  # it is in no folder of the game's
    assert receipt_of(seen, run).proof.shared_canvases == 1


def test_canvases_are_deleted_of_which_only_an_earlier_run_knew(seen: Any) -> None:
    names, canvases = names_of(seen), canvases_of(seen)
    for name in names:
        del seen.ports.corrections.documents[name]
    forget(seen)
    assert not canvases & seen.ports.artefacts.objects.keys()
    assert traces_of(seen, PLAYER, names, canvases) == []


def test_what_is_sent_while_the_run_goes_on_is_found_by_the_last_listing(
    seen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, late = releasing.list_version, []

    def send_late(version: str, artefacts: Any) -> list[str]:
        if not late:
            late.append(put_canvas(seen, "drawings/corrections/late.png"))
            fields = {"userId": PLAYER, "status": "pending", "imageStoragePath": late[0]}
            seen.ports.corrections.documents["late"] = fields
        return whole(version, artefacts)

    monkeypatch.setattr(releasing, "list_version", send_late)
    run = forget(seen)
    assert late
    assert run.state is RunState.FORGOTTEN
    assert "late" not in seen.ports.corrections.documents
    assert late[0] not in seen.ports.artefacts.objects
    assert "corrections/late" in [each.path for each in receipt_of(seen, run).removed]


def test_a_receipt_names_the_player_not_even_where_a_path_does(seen: Any) -> None:
    name = min(names_of(seen))
    fields = seen.ports.corrections.documents[name]
    path = put_canvas(seen, f"drawings/corrections/{PLAYER}-1.png")
    seen.ports.corrections.documents[f"{PLAYER}_1"] = {**fields, "imageStoragePath": path}
    run = forget(seen)
    text = seen.ports.artefacts.read(run.forgotten.receipt).decode()
    hashed = hash_player(PLAYER, seen.settings.player_key.get_secret_value().encode())
    assert PLAYER not in text
    assert hashed not in text
    assert "drawings/corrections/(player)-1.png" in text
    assert path not in seen.ports.artefacts.objects


def test_a_receipt_lists_what_went_with_size_and_digest(seen: Any) -> None:
    canvas, names = min(canvases_of(seen)), names_of(seen)
    data = seen.ports.artefacts.objects[canvas]
    receipt = receipt_of(seen, forget(seen))
    removed = {each.path: each for each in receipt.removed}
    assert removed[canvas].size == len(data)
    assert {f"corrections/{name}" for name in names} <= removed.keys()
    kinds = {str(each.kind) for each in receipt.removed}
    assert kinds == {"document", "canvas", "revision", "staging", "version"}
    assert all(each.sha256 for each in receipt.removed)
    assert pages_of(seen) == []


@pytest.mark.slow
def test_another_machine_s_old_file_brings_nothing_back(seen: Any, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(seen.settings.data_dir, other)
    names, canvases = names_of(seen), canvases_of(seen)
    forget(seen)
    here = rows_of(seen)
    objects = dict(seen.ports.artefacts.objects)
    revision = next(path for path in objects if "/editions/" in path and path.endswith("1.npz"))
    # Storage has lost a revision that the old file still has: it must not be stored from there.
    del seen.ports.artefacts.objects[revision]
    seen.settings = seen.settings.with_changes(data_dir=other)
    with pytest.raises(Exception, match="lost"):
        revisions.bring_up_to_date(
            seen.ports.artefacts, seen.settings.dataset_file, categories=seen.settings.categories
        )
    seen.ports.artefacts.objects[revision] = objects[revision]
    send_again(seen)
    retrain(seen, "run-3")
    assert rows_of(seen)[: len(here)] == here
    assert traces_of(seen, PLAYER, names, canvases) == []


@pytest.mark.slow
def test_a_shared_id_is_forgotten_in_every_split(
    world: Any, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate(monkeypatch)
    shared = {"player-018", "player-022", "player-005", "player-001", "player-027", "player-021",
              "player-019", "player-026", "player-017", "player-025", "player-004",
              "player-006"}  # fmt: skip
    for fields in world.ports.corrections.documents.values():
        if str(fields.get("userId")) in shared:
            fields["userId"] = "guest"
    retrain(world, "run-1")
    names, canvases = names_of(world, "guest"), canvases_of(world, "guest")
    with h5py.File(world.settings.dataset_file) as file:
        columns = (file["corrections"][name].asstr()[:].tolist() for name in ("ids", "splits"))
        splits = {split for name, split in zip(*columns, strict=True) if name in names}
    assert len(splits) > 1
    forget(world, "guest")
    assert traces_of(world, "guest", names, canvases) == []


def test_a_trial_of_a_version_that_learned_is_ended(seen: Any) -> None:
    promote_version("v1.0.0", seen.ports, by="owner", why="back")
    beside = TrialPlan(kind=TrialKind.SHADOW, share=1, days=9, revision=1, started_by="ann")
    seen.ports.trials.begin("v1.0.1", beside)
    run = forget(seen)
    assert run.forgotten.refit is None  # v1.0.0 is released, and never learned
    assert seen.ports.models.release().version == "v1.0.0"
    assert seen.ports.models.release().trial is None
    assert seen.ports.models.get("v1.0.1").status is VersionStatus.WITHDRAWN


def test_an_owner_who_releases_a_version_that_learned_meanwhile_is_corrected(
    seen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = releasing._end_trial
    done = []

    def roll_back(*arguments: Any) -> None:
        whole(*arguments)
        if not done:
            done.append(promote_version("v1.0.1", seen.ports, by="owner", why="back"))

    monkeypatch.setattr(releasing, "_end_trial", roll_back)
    run = forget(seen)
    assert (run.state, len(done)) == (RunState.FORGOTTEN, 1)
    assert seen.ports.models.release().version == "v1.0.2"
    assert seen.ports.models.get("v1.0.1").status is VersionStatus.WITHDRAWN


def test_a_version_that_never_learned_stays_if_an_owner_releases_it_meanwhile(
    seen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = story.fit_challenger

    def roll_back(*arguments: Any) -> Any:
        promote_version("v1.0.0", seen.ports, by="owner", why="back")
        return whole(*arguments)

    monkeypatch.setattr(story, "fit_challenger", roll_back)
    run = forget(seen)
    assert (run.state, run.version) == (RunState.FORGOTTEN, "v1.0.2")
    assert seen.ports.models.release().version == "v1.0.0"
    assert seen.ports.models.get("v1.0.2").status is VersionStatus.READY


def test_without_a_version_that_could_be_released_instead_nothing_is_deleted(seen: Any) -> None:
    models = seen.ports.models._models
    models["v1.0.0"] = {**models["v1.0.0"], "status": "withdrawn"}
    names = names_of(seen)
    run = forget(seen)
    assert run.state is RunState.FAILED
    assert "redraw baseline" in run.reason
    assert names_of(seen) == names
    assert seen.ports.runs.forget_requests == {}


def test_what_a_run_that_failed_has_left_is_finished_by_the_next_one(
    seen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, canvases = names_of(seen), canvases_of(seen)

    def fail(*_: Any) -> None:
        raise BackboneChanged("a convolution weight changed")

    with monkeypatch.context() as patch:
        patch.setattr(story, "fit_challenger", fail)
        failed = forget(seen)
    assert failed.state is RunState.FAILED
    assert seen.ports.models.release().version == "v1.0.1"  # it learned from rows that are gone
    checks = {each.title: each for each in list_project_checks(seen.settings, seen.ports)}
    [finding] = checks["runs that forget players"].find()
    assert failed.id in str(finding.problem)
    run = forget(seen)
    assert (run.state, run.version) == (RunState.FORGOTTEN, "v1.0.2")
    receipt = receipt_of(seen, run)
    assert receipt.also_finished == [failed.id]
    assert {f"corrections/{name}" for name in names} <= {each.path for each in receipt.removed}
    assert seen.ports.models.get("v1.0.1").status is VersionStatus.WITHDRAWN
    assert traces_of(seen, PLAYER, names, canvases) == []
    assert plan.find_unfinished(seen.ports.artefacts, "") == {}
    [finding] = checks["runs that forget players"].find()
    assert finding.problem is None


@pytest.mark.slow
def test_what_was_fitted_to_a_head_that_learned_is_withdrawn_too(
    seen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise BackboneChanged("a convolution weight changed")

    with monkeypatch.context() as patch:
        patch.setattr(story, "fit_challenger", fail)
        assert forget(seen).state is RunState.FAILED
    send_again(seen)
    assert retrain(seen, "run-3").version == "v1.0.2"  # its champion is v1.0.1, which learned
    run = forget(seen)
    assert run.forgotten.withdrawn == ["v1.0.2", "v1.0.1"]
    assert (run.forgotten.refit.ancestor, run.version) == ("v1.0.0", "v1.0.3")
    assert seen.ports.models.release().version == "v1.0.3"


def test_one_look_finds_all_documents_and_canvases_of_a_player(seen: Any) -> None:
    place = CanvasPlace.of(seen.settings)
    found = belongings.find_belongings(PLAYER, seen.ports.corrections, place)
    assert ({*found.ids}, {*found.canvases}) == (names_of(seen), canvases_of(seen))
    assert found.documents == len(seen.ports.corrections.documents)
