"""Models with different backbones are judged by drawings that nothing was chosen by."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.dataset import hdf5
from pipeline.dataset.merge import merge
from pipeline.dataset.origins import read_split_origins
from pipeline.fit.challenger import count_choosing_rows
from pipeline.fit.feature_cache import FeatureCache
from pipeline.gate import decide, judge
from pipeline.gate.inputs import GateInputs
from pipeline.gate.predicting import Competitor, Competitors, join_clean, predict_test, predict_val
from pipeline.model.answers import PairedGuesses
from pipeline.model.predict import FEATURES, Predictor
from pipeline.progress import silent
from pipeline.records.dataset import Split
from pipeline.settings import Settings


def make_competitor(folder: Path, seed: int) -> Competitor:
    """Make a random model with features of its own."""
    rng = np.random.default_rng(seed)
    shapes = ((9, 32), (32,), (288, 64), (64,), (FEATURES, 20), (20,))
    weights = (rng.normal(scale=0.05, size=shape).astype(np.float32) for shape in shapes)
    model = Predictor(*weights)
    return Competitor(model.head, FeatureCache(folder / str(seed), model))


@pytest.fixture
def competitors(tmp_path: Path) -> Competitors:
    return Competitors(*(make_competitor(tmp_path, seed) for seed in (1, 2, 3)))


def nothing_crossed() -> PairedGuesses:
    none = np.empty(0, np.uint8)
    return PairedGuesses(none, none, none, np.empty(0, "S64"))


def test_each_model_guesses_from_the_features_of_its_own_backbone(
    competitors: Competitors, base_file: Path
) -> None:
    test = predict_test(competitors, base_file, silent)
    images = hdf5.read_base(base_file, Split.TEST).images
    for competitor, probabilities in zip(competitors, test[1:], strict=True):
        assert competitor is not None
        expected = competitor.cache.model.probabilities(images)
        assert np.allclose(probabilities, expected, atol=1e-3)


def test_without_a_baseline_the_champion_stands_for_it(
    competitors: Competitors, base_file: Path
) -> None:
    test = predict_test(competitors._replace(baseline=None), base_file, silent)
    assert test.baseline is test.champion


def test_clean_drawings_are_those_of_test_and_those_of_val_that_chose_nothing(
    competitors: Competitors, base_file: Path
) -> None:
    test, val = (predict(competitors, base_file, silent) for predict in (predict_test, predict_val))
    clean = join_clean(test, val)
    labels = [hdf5.read_base(base_file, split).labels for split in (Split.TEST, Split.VAL)]
    half = count_choosing_rows(base_file)
    assert half == (len(labels[1]) + 1) // 2
    assert np.array_equal(clean.labels, np.append(labels[0], labels[1][half:]))
    since = join_clean(test, val, baseline=True)
    assert np.array_equal(since.challenger, clean.challenger)
    assert not np.array_equal(since.champion, clean.champion)


@pytest.mark.parametrize("crossed", [True, False])
def test_answers_that_the_challenger_was_fitted_to_count_only_if_they_are_crossed(
    competitors: Competitors,
    base_file: Path,
    make_additions: Callable[..., Any],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    *,
    crossed: bool,
) -> None:
    for number in range(2):
        additions = make_additions(hdf5.describe(base_file), 60, "ab"[number], seed=number)
        merge(base_file, additions._replace(asked=np.full(60, 255, np.uint8)))
    train, held_out = (read_split_origins(base_file, split) for split in (Split.TRAIN, Split.TEST))
    is_new = train.revisions > 1
    labels = hdf5.read_correction_labels(base_file, Split.TRAIN)[is_new]
    guesses = PairedGuesses(labels, labels, labels, train.players[is_new])
    seen: list[GateInputs] = []
    original = decide.decide
    monkeypatch.setattr(decide, "decide", lambda *given: seen.append(given[0]) or original(*given))
    judge.judge(
        competitors,
        judge.CrossedGuesses(guesses if crossed else nothing_crossed(), since=1),
        base_file,
        settings,
    )
    assert seen[0].answers is not None
    expected = [*held_out.players, *(train.players[is_new] if crossed else [])]
    assert seen[0].answers.guesses.players is not None
    assert sorted(seen[0].answers.guesses.players) == sorted(expected)
