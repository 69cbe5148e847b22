"""A run that makes a new baseline: all layers trained, judged, and released as the next MINOR."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from pipeline.dataset import hdf5
from pipeline.errors import TrainingStopped
from pipeline.gate import judge
from pipeline.gate.inputs import GateInputs
from pipeline.model.file import read_predictor
from pipeline.model.predict import FEATURES
from pipeline.rebaseline import challenger
from pipeline.records.dataset import Split
from pipeline.records.runs import Run, RunKind, RunState
from pipeline.run_errors import RunPaused
from pipeline.versions.load import find_baseline
from tests._provenance import read_provenance
from tests.unit.retrain._baselines import Training, shuffled_version
from tests.unit.retrain._gate import deciding
from tests.unit.retrain.test_decision import resend
from workers.execution import execute


@pytest.fixture
def training(world: Any, quick: None, monkeypatch: pytest.MonkeyPatch) -> Training:
    stand_in = Training(shuffled_version(world.ports.artefacts))
    monkeypatch.setattr(challenger, "train_apart", stand_in)
    return stand_in


@pytest.fixture
def promoting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge.decide, "decide", deciding(RunState.PROMOTED, "better"))


def request_baseline(world: Any, run_id: str = "run-1", **fields: Any) -> None:
    run = Run(id=run_id, kind=RunKind.BASELINE, requested_at=datetime.now(UTC), **fields)
    world.ports.runs.request(run)


def retrain(world: Any, run_id: str) -> Run:
    if not world.ports.corrections.count_pending():
        resend(world)
    world.request(run_id)
    return execute(run_id, world.ports, world.settings)


def cached_backbones(world: Any) -> int:
    return len(list(world.settings.features_dir.iterdir()))


def test_it_is_released_as_the_next_minor_with_a_backbone_and_a_report_of_its_own(
    world: Any, training: Training, promoting: None
) -> None:
    request_baseline(world)
    run = execute("run-1", world.ports, world.settings)
    assert (run.state, run.version) == (RunState.PROMOTED, "v1.1.0"), run.reason
    version = world.ports.models.get("v1.1.0")
    assert (version.parent, version.baseline, version.dataset_revision) == ("v1.0.0", "v1.1.0", 1)
    assert find_baseline(version, world.ports.models) == "v1.1.0"
    assert world.ports.models.release().version == "v1.1.0"
    objects = world.ports.artefacts.objects
    folder = "models/production/v1.1.0"
    assert objects[f"{folder}/quickdraw_v1.1.0.h5"] == training.model
    assert {f"{folder}/{name}" for name in ("asking.json", "metadata.json", "report.html")} <= set(
        objects
    )
    assert world.ports.corrections.count_pending() == 0
    assert not (world.settings.data_dir / challenger.FOLDER).exists()


def test_the_training_is_told_the_revision_with_what_was_just_merged_and_how_to_train(
    world: Any, training: Training, promoting: None
) -> None:
    request_baseline(world, recipe="best")
    settings = world.settings.with_changes(
        rebaseline={"answer_share": 0.7}, epochs=7, canvas_copies=9
    )
    execute("run-1", world.ports, settings)
    (job,) = training.jobs
    described = hdf5.describe(settings.dataset_file)
    assert (job.digest, described.revision) == (described.digest, 1)
    assert (job.recipe, job.epochs, job.answer_share) == ("best", 7, 0.7)
    assert job.canvas_copies == 9


def test_both_models_are_judged_on_clean_drawings_and_on_answers_of_held_out_players(
    world: Any, training: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = read_predictor(training.model)
    worse = model._replace(head_bias=model.head_bias + np.eye(20, dtype=np.float32)[3] * 2)
    seen: list[GateInputs] = []
    decide = judge.decide.decide
    monkeypatch.setattr(
        judge.decide, "decide", lambda *given: seen.append(given[0]) or decide(*given)
    )
    monkeypatch.setattr(challenger, "read_predictor", lambda _: worse)
    request_baseline(world)
    execute("run-1", world.ports, world.settings)
    path, (found,) = world.settings.dataset_file, seen
    clean = hdf5.read_base(path, Split.TEST)
    rows = len(clean.labels)  # behind them are rows of val
    assert found.clean.challenger[:rows].tolist() == guesses(worse, clean.images)
    assert found.clean.champion[:rows].tolist() == guesses(model, clean.images)
    held_out = hdf5.read_corrections(path, Split.TEST)
    assert found.answers is not None
    compared = found.answers.guesses
    assert compared.challenger.tolist() == guesses(worse, held_out.images)
    assert compared.champion.tolist() == guesses(model, held_out.images)
    assert compared.players is not None
    known = read_provenance(path)
    of_test = known.players[known.splits == "test"].tolist()
    assert compared.players.astype(str).tolist() == of_test
    assert found.golden is not None
    assert found.golden.champion_right.all()
    assert found.since_baseline is None  # the champion is the old baseline itself


def guesses(model: Any, images: Any) -> list[int]:
    return list(model.probabilities(images).argmax(axis=1))


@pytest.mark.slow
def test_a_later_new_baseline_is_compared_with_the_old_baseline_too(
    world: Any, training: Training, promoting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert retrain(world, "run-0").version == "v1.0.1"
    seen: list[GateInputs] = []
    monkeypatch.setattr(
        judge.decide,
        "decide",
        lambda *given: seen.append(given[0]) or deciding(RunState.PROMOTED)(*given),
    )
    request_baseline(world)
    run = execute("run-1", world.ports, world.settings)
    assert (run.champion, run.version) == ("v1.0.1", "v1.1.0")
    # The new baseline computes what v1.0.0 does, so nothing differs from it.
    (found,) = seen
    assert found.since_baseline is not None
    assert not found.since_baseline.gains.any()


@pytest.mark.slow
def test_retrains_go_on_from_the_new_backbone_and_the_old_features_are_removed(
    world: Any, training: Training, promoting: None
) -> None:
    request_baseline(world)
    execute("run-1", world.ports, world.settings)
    assert cached_backbones(world) == 2
    run = retrain(world, "run-2")
    assert (run.state, run.champion, run.version) == (RunState.PROMOTED, "v1.1.0", "v1.1.1")
    assert world.ports.models.get("v1.1.1").baseline == "v1.1.0"
    assert backbone_of(world, "v1.1.1") == read_predictor(training.model).backbone_digest
    assert cached_backbones(world) == 1


@pytest.mark.slow
def test_after_a_rollback_retrains_go_on_from_the_old_backbone(
    world: Any, training: Training, promoting: None
) -> None:
    request_baseline(world)
    execute("run-1", world.ports, world.settings)
    world.ports.models.promote("v1.0.0", by="owner", why="it is better")
    run = retrain(world, "run-2")
    # The number is above all others; the field `baseline` says whose backbone it has.
    assert (run.state, run.champion, run.version) == (RunState.PROMOTED, "v1.0.0", "v1.1.1")
    assert world.ports.models.get("v1.1.1").baseline == "v1.0.0"
    assert backbone_of(world, "v1.1.1") == backbone_of(world, "v1.0.0")


def backbone_of(world: Any, version: str) -> str:
    path = f"models/production/{version}/quickdraw_{version}.h5"
    return read_predictor(world.ports.artefacts.objects[path]).backbone_digest


@pytest.mark.slow
def test_a_champion_that_has_learned_everything_can_be_followed_by_a_new_baseline_once(
    world: Any, training: Training, promoting: None
) -> None:
    assert retrain(world, "run-0").state is RunState.PROMOTED
    request_baseline(world)
    assert execute("run-1", world.ports, world.settings).state is RunState.PROMOTED
    world.ports.models.promote("v1.0.1", by="owner", why="it is better")
    request_baseline(world, "run-2")
    run = execute("run-2", world.ports, world.settings)
    assert run.state is RunState.SKIPPED
    assert "nothing to learn since run run-1" in str(run.reason)


def test_a_training_that_was_stopped_lets_the_run_wait_and_goes_on_when_it_is_repeated(
    world: Any, training: Training, promoting: None
) -> None:
    request_baseline(world)
    training.fault = TrainingStopped("killed")
    with pytest.raises(TrainingStopped):
        execute("run-1", world.ports, world.settings)
    waiting = world.ports.runs.get("run-1")
    assert (waiting.state, waiting.trouble.message) == (RunState.FITTING, "killed")
    with pytest.raises(RunPaused):
        execute("run-1", world.ports, world.settings)
    training.fault = None
    assert execute("run-1", world.ports, world.settings, early=True).state is RunState.PROMOTED
    assert training.jobs[0] == training.jobs[1]


def test_a_run_that_is_cancelled_while_it_trains_ends_and_publishes_nothing(
    world: Any, training: Training, promoting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancel_then_report(job: Any, on_progress: Any) -> Any:
        world.ports.runs.cancel("run-1", "ada")
        on_progress("epoch 1/2", 1, 2)
        raise AssertionError("it went on")

    monkeypatch.setattr("pipeline.runs.log.SECONDS_BETWEEN_WRITES", 0)
    monkeypatch.setattr(challenger, "train_apart", cancel_then_report)
    request_baseline(world)
    run = execute("run-1", world.ports, world.settings)
    assert (run.state, run.reason) == (RunState.CANCELLED, "cancelled by ada")
    assert [model.version for model in world.ports.models.list()] == ["v1.0.0"]
    assert "runs/run-1/challenger.h5" not in world.ports.artefacts.objects


def test_a_training_goes_on_while_its_progress_cannot_be_written(
    world: Any, training: Training, promoting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.runs.log.SECONDS_BETWEEN_WRITES", 0)
    record = world.ports.runs.record

    def lose_progress(lease: Any, changes: Any) -> Any:
        if "epoch 1/2" in str(changes.get("progress")):
            raise RunPaused("Firestore is away")
        return record(lease, changes)

    monkeypatch.setattr(world.ports.runs, "record", lose_progress)
    request_baseline(world)
    assert execute("run-1", world.ports, world.settings).state is RunState.PROMOTED


@pytest.mark.slow
def test_a_new_baseline_that_is_held_is_not_published_and_the_next_retrain_keeps_the_old_backbone(
    world: Any, training: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge.decide, "decide", deciding(RunState.HELD, "not sure"))
    request_baseline(world)
    run = execute("run-1", world.ports, world.settings)
    assert (run.state, run.version) == (RunState.HELD, None)
    assert cached_backbones(world) == 2
    monkeypatch.setattr(judge.decide, "decide", deciding(RunState.PROMOTED))
    assert retrain(world, "run-2").version == "v1.0.1"
    assert cached_backbones(world) == 1


def test_features_of_the_shuffled_backbone_are_those_of_the_first_in_another_order(
    world: Any, training: Training
) -> None:
    """What the other tests here rely on."""
    images = hdf5.read_base(world.settings.dataset_file, Split.TEST, 5).images
    first, shuffled = (
        read_predictor(data)
        for data in (
            world.ports.artefacts.objects["models/production/v1.0.0/quickdraw_v1.0.0.h5"],
            training.model,
        )
    )
    assert first.backbone_digest != shuffled.backbone_digest
    assert shuffled.features(images).shape == (5, FEATURES)
    assert np.allclose(first.probabilities(images), shuffled.probabilities(images), atol=1e-5)
