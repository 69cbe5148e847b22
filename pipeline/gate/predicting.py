"""Let the models that are compared guess the same drawings."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pipeline.dataset import hdf5
from pipeline.dataset.origins import read_split_origins
from pipeline.drawings import Labels
from pipeline.fit.challenger import count_choosing_rows
from pipeline.fit.feature_cache import (
    FeatureCache,
    load_base_features,
    load_correction_features,
)
from pipeline.model.answers import FeatureSource, PairedGuesses, predict
from pipeline.model.head import Floats, Head
from pipeline.progress import OnProgress
from pipeline.records.dataset import Split


class Competitor(NamedTuple):
    """A model that is compared: its head, and the feature cache of its backbone."""

    head: Head
    cache: FeatureCache


class Competitors(NamedTuple):
    """The models to compare, which may have different backbones.

    champion: the one in production.
    challenger: the one just fitted.
    baseline: the baseline that the champion comes from; None if that is the champion.
    """

    champion: Competitor
    challenger: Competitor
    baseline: Competitor | None


class Predictions(NamedTuple):
    """Labels, and each model's probabilities, float32 `(n, classes)`.

    baseline: the champion's, if that is the baseline.
    """

    labels: Labels
    champion: Floats
    challenger: Floats
    baseline: Floats


def predict_test(competitors: Competitors, path: Path, on_progress: OnProgress) -> Predictions:
    """Predict the base rows of test."""

    def load(cache: FeatureCache) -> FeatureSource:
        return load_base_features(cache, path, Split.TEST, on_progress=on_progress)

    labels = hdf5.read_labels(path, Split.TEST, hdf5.read_base_counts(path)[Split.TEST])
    return _predict(competitors, labels, load)


def predict_val(competitors: Competitors, path: Path, on_progress: OnProgress) -> Predictions:
    """Predict the base rows of val that no hyperparameters were chosen by."""
    rows, first = hdf5.read_base_counts(path)[Split.VAL], count_choosing_rows(path)

    def load(cache: FeatureCache) -> FeatureSource:
        return load_base_features(cache, path, Split.VAL, on_progress=on_progress)[first:]

    return _predict(competitors, hdf5.read_labels(path, Split.VAL, rows)[first:], load)


def guess_held_out(competitors: Competitors, path: Path, on_progress: OnProgress) -> PairedGuesses:
    """Guess all answers of the test split, in order of merging."""

    def load(cache: FeatureCache) -> FeatureSource:
        return load_correction_features(cache, path, Split.TEST, on_progress)

    both = competitors._replace(baseline=None)
    predicted = _predict(both, hdf5.read_correction_labels(path, Split.TEST), load)
    return PairedGuesses.from_probabilities(
        predicted.labels,
        predicted.champion,
        predicted.challenger,
        read_split_origins(path, Split.TEST).players,
    )


def _predict(
    competitors: Competitors, labels: Labels, load: Callable[[FeatureCache], FeatureSource]
) -> Predictions:
    """Predict with each model; the features of a backbone are loaded once."""
    loaded: dict[Path, FeatureSource] = {}

    def predict_with(competitor: Competitor) -> Floats:
        folder = competitor.cache.folder
        if folder not in loaded:
            loaded[folder] = load(competitor.cache)
        return predict(loaded[folder], competitor.head)

    champion = predict_with(competitors.champion)
    challenger = predict_with(competitors.challenger)
    baseline = competitors.baseline
    return Predictions(
        labels, champion, challenger, champion if baseline is None else predict_with(baseline)
    )


def join_clean(test: Predictions, val: Predictions, *, baseline: bool = False) -> PairedGuesses:
    """Return the guesses of all clean drawings by champion, or baseline, and challenger."""
    first, second = (
        PairedGuesses.from_probabilities(
            part.labels, part.baseline if baseline else part.champion, part.challenger
        )
        for part in (test, val)
    )
    return PairedGuesses(
        np.append(first.labels, second.labels),
        np.append(first.champion, second.champion),
        np.append(first.challenger, second.challenger),
    )
