"""What the gate sees, and what follows from its decision."""

import io
from collections import Counter
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipeline.categories import CATEGORIES
from pipeline.dataset import hdf5
from pipeline.dataset.hdf5 import read_correction_labels
from pipeline.dataset.origins import read_split_origins
from pipeline.gate import judge
from pipeline.gate.inputs import GateInputs
from pipeline.records.dataset import Split
from pipeline.records.runs import Decision, RunState
from pipeline.screening import screen
from pipeline.screening.label_check import LabelChecks
from tests._provenance import read_provenance
from tests.unit.retrain._gate import deciding
from workers.execution import execute


def test_what_the_gate_does_not_promote_is_not_published_and_its_corrections_are_moved_on(
    world: Any, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge.decide, "decide", deciding(RunState.REJECTED, "worse", "much"))
    world.request()
    run = execute("run-1", world.ports, world.settings)
    assert (run.state, run.reason, run.version) == (RunState.REJECTED, "worse; much", None)
    assert [model.version for model in world.ports.models.list()] == ["v1.0.0"]
    assert world.ports.corrections.count_pending() == 0


def test_a_release_made_by_a_person_during_the_run_is_left_alone(
    world: Any, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def owner_releases(*given: Any) -> Decision:
        fence = world.ports.models._release["fence"] + 1
        world.ports.models._release |= {"fence": fence, "versionFence": fence}
        return deciding(RunState.PROMOTED, "better")(*given)

    monkeypatch.setattr(judge.decide, "decide", owner_releases)
    world.request()
    run = execute("run-1", world.ports, world.settings)
    assert (run.state, run.version) == (RunState.HELD, "v1.0.1")
    assert world.ports.models.release().version == "v1.0.0"


@pytest.mark.slow
def test_the_gate_sees_every_kind_of_drawing_that_there_is(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[GateInputs] = []
    decide = judge.decide.decide
    monkeypatch.setattr(
        judge.decide, "decide", lambda *given: seen.append(given[0]) or decide(*given)
    )
    world.request()
    execute("run-1", world.ports, world.settings)
    known, (found,) = read_provenance(world.settings.dataset_file), seen
    counts = Counter(known.splits.tolist())
    base = hdf5.read_base_counts(world.settings.dataset_file)
    assert found.clean.rows == base["test"] + base["val"] // 2  # the other half chose
    players = found.answers.guesses.players.astype(str)
    assert sorted(players) == sorted(known.players[known.splits != "val"])
    assert len(players) == counts["test"] + counts["train"]
    path = world.settings.dataset_file
    confirmed = sum(
        int((read_split_origins(path, split).guesses == read_correction_labels(path, split)).sum())
        for split in (Split.TRAIN, Split.TEST)
    )
    assert found.answers.confirmed.sum() == confirmed
    assert found.golden.champion_right.all()
    assert found.since_baseline is None  # the champion is the first itself


@pytest.mark.slow
def test_a_later_challenger_is_compared_with_the_first_version_too(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge.decide, "decide", deciding(RunState.PROMOTED))
    world.request()
    execute("run-1", world.ports, world.settings)
    resend(world)
    seen: list[GateInputs] = []
    monkeypatch.setattr(
        judge.decide,
        "decide",
        lambda *given: seen.append(given[0]) or deciding(RunState.PROMOTED, "better")(*given),
    )
    world.request("run-2")
    run = execute("run-2", world.ports, world.settings)
    assert (run.champion, run.version) == ("v1.0.1", "v1.0.2"), run.reason
    assert seen[0].since_baseline is not None
    assert not np.array_equal(seen[0].since_baseline.champion, seen[0].clean.champion)
    assert np.array_equal(seen[0].since_baseline.challenger, seen[0].clean.challenger)


def resend(world: Any) -> None:
    """One merged drawing once more, turned, so that it is another."""
    merged = next(
        fields
        for fields in world.ports.corrections.documents.values()
        if fields["status"] == "merged"
    )
    path = merged["imageStoragePath"]
    with Image.open(io.BytesIO(world.ports.artefacts.objects[path])) as canvas:
        turned = io.BytesIO()
        canvas.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(turned, "PNG")
    world.ports.artefacts.objects["drawings/corrections/turned.png"] = turned.getvalue()
    fields = {name: value for name, value in merged.items() if name != "retraining"}
    again = {
        "status": "pending",
        "drawingId": "turned",
        "imageStoragePath": "drawings/corrections/turned.png",
    }
    world.ports.corrections.documents["turned"] = fields | again


@pytest.mark.slow
def test_a_challenger_that_learned_lies_is_not_promoted_though_screening_let_them_through(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing_against(images: Any, labels: Any, *_: Any, **__: Any) -> LabelChecks:
        none = np.zeros(len(images), bool)
        return LabelChecks(none.astype(np.float32), none, labels, none.astype(np.float32), none)

    for fields in world.ports.corrections.documents.values():
        if fields["correctedLabel"] in CATEGORIES:
            fields["correctedLabel"] = CATEGORIES[
                (CATEGORIES.index(fields["correctedLabel"]) + 1) % len(CATEGORIES)
            ]
    monkeypatch.setattr(screen, "check_labels", nothing_against)
    world.request()
    run = execute("run-1", world.ports, world.settings.with_changes(fit={"answer_weight": 50.0}))
    assert run.counts.merged >= 30
    assert run.state in {RunState.REJECTED, RunState.HELD}, run.reason
    assert world.ports.models.release().version == "v1.0.0"
