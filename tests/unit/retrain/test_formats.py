"""Every version has its model in all formats: the baseline, and what a run publishes."""

import json
from typing import Any

import pytest

from pipeline.formats.compare import compare_files
from pipeline.model.file import read_predictor
from pipeline.records.formats import Int8Decision
from pipeline.records.runs import RunState
from pipeline.records.versions import ModelVersion
from pipeline.storage_paths import RUN_INT8
from tests.unit.formats._models import random_drawings
from tests.unit.retrain import _trial


def contents_of(world: Any, version: str) -> dict[str, bytes]:
    model: ModelVersion = world.ports.models.get(version)
    return {
        file.path.rpartition("/")[2]: world.ports.artefacts.read(file.path) for file in model.files
    }


@pytest.mark.parametrize("version", ["v1.0.0", "v1.0.1"])
def test_a_baseline_and_a_retrain_have_every_format_and_all_agree(
    released: Any, version: str
) -> None:
    contents = contents_of(released, version)
    expected = {f"quickdraw_{version}.{kind}" for kind in ("h5", "tflite", "onnx")}
    assert {*expected, "weights.bin", "head.bin"} <= set(contents)
    assert compare_files(contents, random_drawings(2)) == []


def test_a_retrain_has_the_backbone_of_its_parent_so_head_bin_is_enough(released: Any) -> None:
    parent, child = (contents_of(released, version) for version in ("v1.0.0", "v1.0.1"))
    digests = {
        read_predictor(files[f"quickdraw_{version}.h5"]).backbone_digest
        for version, files in (("v1.0.0", parent), ("v1.0.1", child))
    }
    assert len(digests) == 1
    size = len(parent["head.bin"])
    assert parent["weights.bin"][:-size] + child["head.bin"] == child["weights.bin"]
    assert child["head.bin"] != parent["head.bin"]


def test_the_int8_file_is_there_if_and_only_if_it_was_allowed(released: Any) -> None:
    for version in ("v1.0.0", "v1.0.1"):
        contents = contents_of(released, version)
        decided = Int8Decision.model_validate(json.loads(contents["metadata.json"])["int8"])
        assert (f"quickdraw_{version}_int8.tflite" in contents) is decided.allowed
        assert decided.reasons
        assert decided.rows > 0


@pytest.mark.parametrize("allowed", [True, False])
def test_whether_there_is_an_int8_file_is_decided_once_for_a_run(
    world: Any, quick: None, monkeypatch: pytest.MonkeyPatch, allowed: bool
) -> None:
    _trial.fix_gate(monkeypatch, RunState.PROMOTED)
    decided = Int8Decision(allowed=allowed, reasons=["an earlier attempt has decided"])
    world.ports.artefacts.create(RUN_INT8.fill(run_id="run-1"), decided.model_dump_json().encode())
    run = _trial.run_once(world)
    assert run.state is RunState.PROMOTED, run.reason
    assert ("quickdraw_v1.0.1_int8.tflite" in contents_of(world, "v1.0.1")) is allowed
