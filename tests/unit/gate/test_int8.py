"""A version has an int8 file only if its guesses pass the gate's checks."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.dataset import hdf5
from pipeline.gate import int8
from pipeline.gate.int8 import judge_int8
from pipeline.model.head import Head
from pipeline.model.predict import Predictor
from pipeline.records.dataset import Split
from pipeline.settings import Settings


@pytest.fixture(scope="module")
def model(pristine_base: Path) -> Predictor:
    """A model that guesses all base rows of test right: its head is fitted to them alone."""
    rng = np.random.default_rng(4)
    shapes = ((9, 32), (32,), (288, 64), (64,))
    backbone = [rng.normal(0, 0.1, shape).astype(np.float32) for shape in shapes]
    empty = Head(np.zeros((1600, 20), np.float32), np.zeros(20, np.float32))
    rows = hdf5.read_base(pristine_base, Split.TEST)
    features = Predictor(*backbone, *empty).features(rows.images)
    wanted = 20 * np.eye(20, dtype=np.float32)[rows.labels]
    weights = np.linalg.lstsq(features, wanted, rcond=None)[0].astype(np.float32)
    return Predictor(*backbone, weights, empty.bias)


def spoil(monkeypatch: pytest.MonkeyPatch, share: float) -> None:
    """Let the int8 file forget the head of so many classes."""

    def restore(model: Predictor) -> Predictor:
        weights = model.head_weights.copy()
        weights[:, : round(20 * share)] = 0
        return model._replace(head_weights=weights)

    monkeypatch.setattr(int8, "restore_quantised", restore)


def test_an_int8_file_that_guesses_alike_is_allowed(
    model: Predictor, pristine_base: Path, settings: Settings
) -> None:
    decision = judge_int8(model, pristine_base, settings)
    rows = hdf5.read_base_counts(pristine_base)[Split.TEST]
    assert (decision.allowed, decision.rows, decision.differing) == (True, rows, 0)
    assert 0 < decision.difference < 0.2
    assert [reason.partition(":")[0] for reason in decision.reasons] == [
        "clean drawings", "classes", "golden set", "guesses",
    ]  # fmt: skip


def test_one_that_loses_accuracy_is_not_allowed_and_the_reasons_say_why(
    model: Predictor, pristine_base: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(monkeypatch, 0.5)
    decision = judge_int8(model, pristine_base, settings)
    assert not decision.allowed
    said = {reason.partition(":")[0] for reason in decision.reasons}
    assert {"clean drawings", "golden set", "guesses"} <= said


def test_how_many_guesses_may_differ_is_a_setting(
    model: Predictor, pristine_base: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(monkeypatch, 0.05)
    generous: dict[str, Any] = {
        "gate": {"margin": 1, "baseline_margin": 1, "class_margin": 1, "golden_wrong": 1000},
    }
    strict = settings.with_changes(**generous, int8={"differing": 0.0})
    decision = judge_int8(model, pristine_base, strict)
    assert (decision.allowed, decision.differing > 0) == (False, True)
    lax = settings.with_changes(**generous, int8={"differing": 1.0})
    assert judge_int8(model, pristine_base, lax).allowed


def test_none_is_made_where_none_is_wanted(
    model: Predictor, pristine_base: Path, settings: Settings
) -> None:
    decision = judge_int8(model, pristine_base, settings.with_changes(int8={"when": "never"}))
    assert not decision.allowed
    assert "REDRAW_INT8_WHEN" in decision.reasons[0]
