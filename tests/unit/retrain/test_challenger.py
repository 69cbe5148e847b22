"""The challenger: the champion's backbone, thresholds of its own, and the same bytes each time."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.fit import champion
from pipeline.gate import judge
from pipeline.model.file import read_predictor
from pipeline.records.runs import RunState
from tests.unit.retrain._gate import deciding
from tests.unit.retrain._watched import ended
from workers.execution import execute


def test_the_backbone_of_the_challenger_is_the_champions_byte_for_byte(world: Any) -> None:
    world.request()
    execute("run-1", world.ports, world.settings)
    objects = world.ports.artefacts.objects
    models = [
        objects["models/production/v1.0.0/quickdraw_v1.0.0.h5"],
        objects["runs/run-1/challenger.h5"],
    ]
    champion, challenger = (read_predictor(data) for data in models)
    assert champion.backbone_digest == challenger.backbone_digest
    assert not np.array_equal(champion.head.weights, challenger.head.weights)


def test_when_to_ask_is_calibrated_for_the_challenger_and_not_for_its_parent(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge.decide, "decide", deciding(RunState.PROMOTED))
    world.request()
    run = execute("run-1", world.ports, world.settings)
    assert run.state is RunState.PROMOTED, run.reason
    read = world.ports.artefacts.objects
    parent, child = (
        json.loads(read[f"models/production/{name}/asking.json"])
        for name in ("v1.0.0", run.version)
    )
    assert (child["version"], child["budget"], child["rows"]) == (
        run.version,
        world.settings.ask.budget,
        parent["rows"],
    )
    assert child["thresholds"] != parent["thresholds"]


@pytest.mark.slow
def test_the_same_corrections_give_the_same_challenger_to_the_byte(
    world: Any, copy_ports: Any, tmp_path: Path
) -> None:
    other = type(world)(
        copy_ports(world.ports),
        world.settings.model_copy(update={"data_dir": tmp_path / "elsewhere"}),
    )
    for each in (world, other):
        each.request()
        execute("run-1", each.ports, each.settings)
    assert ended(world) == ended(other)


def test_a_run_on_an_empty_machine_fetches_the_data_set_and_ends_the_same(
    fresh_world: Callable[[], Any],
) -> None:
    local, empty = fresh_world(), fresh_world()
    shutil.rmtree(empty.settings.data_dir)
    for world in (local, empty):
        execute("run-1", world.ports, world.settings)
    assert ended(empty) == ended(local)


def test_a_backbone_that_moved_is_never_published(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(data: bytes) -> Any:
        model = read_predictor(data)
        return model._replace(bias_1=np.nextafter(model.bias_1, np.float32(9)))

    monkeypatch.setattr(champion, "read_predictor", careless)
    world.request()
    run = execute("run-1", world.ports, world.settings)
    assert run.state is RunState.FAILED
    assert "convolution weight changed" in (run.reason or "")
    assert world.ports.models.release().version == "v1.0.0"


def test_a_damaged_champion_is_never_loaded(world: Any) -> None:
    world.ports.artefacts.objects["models/production/v1.0.0/quickdraw_v1.0.0.h5"] += b"\0"
    world.request()
    run = execute("run-1", world.ports, world.settings)
    assert run.state is RunState.FAILED
    assert "damaged or foreign" in (run.reason or "")
