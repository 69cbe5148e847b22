"""A baseline and a run with 50 classes, named as Quick, Draw! names some of its 345."""

import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emulator.players.canvases import player_corrections
from pipeline.bootstrap import in_memory
from pipeline.model.cnn import count_parameters
from pipeline.model.file import read_model_categories, read_predictor
from pipeline.records.runs import Run, RunState
from pipeline.settings import Settings
from service.cli.demo import make_guesser
from tests._drawn_classes import draw_rows, name_classes
from tests.unit.conftest import put
from workers.execution import execute

CLASSES = int(os.environ.get("MANY_CLASSES", "50"))  # tried by hand with 100 and 255 too
DRAWINGS, PLAYERS, SENT = 60, 40, 300
NAMES = name_classes(CLASSES)


@pytest.mark.slow
def test_a_baseline_and_a_run_with_many_classes(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from pipeline.baseline import make_baseline

    raw = tmp_path / "raw"
    raw.mkdir()
    for name in NAMES:
        np.save(raw / f"{name}.npy", draw_rows(name, DRAWINGS, 0))
    ports: Any = in_memory()
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        categories=NAMES,
        data_dir=tmp_path / "data",
        samples_per_class=DRAWINGS,
        epochs=6,
        batch_size=32,
    )
    began = time.monotonic()
    baseline = make_baseline(raw, ports, settings)
    print(f"baseline {time.monotonic() - began:.1f} s, {baseline.metrics.accuracy:.1%}")
    assert settings.dataset_file.name == f"quickdraw_{CLASSES}cat.h5"
    assert len(baseline.metrics.recall) == CLASSES
    assert baseline.metrics.accuracy > 0.5

    guess = make_guesser(baseline.version, ports.artefacts, NAMES)
    rows = {name: draw_rows(name, 30, 1) for name in NAMES}
    for sent in player_corrections(
        rows, SENT, 0, "v1.0.0", players=PLAYERS, faulty=0, guess=guess, categories=NAMES
    ):
        put(ports, sent)
    ports.runs.request(Run(id="run-1", requested_at=datetime.now(UTC)))
    began = time.monotonic()
    run = execute("run-1", ports, settings)
    print(f"run {time.monotonic() - began:.1f} s: {run.state}, {run.seconds}")
    assert run.state in {RunState.PROMOTED, RunState.HELD, RunState.REJECTED}, run.reason
    assert run.counts.merged > SENT / 2

    challenger = ports.artefacts.read("runs/run-1/challenger.h5")
    assert read_model_categories(challenger) == NAMES
    predictor = read_predictor(challenger)
    assert sum(part.size for part in predictor) == count_parameters(CLASSES)
    metadata = json.loads(ports.artefacts.read("models/production/v1.0.0/metadata.json"))
    assert metadata["categories"] == list(NAMES)
    assert ports.models.release().categories == list(NAMES)
