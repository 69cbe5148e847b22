"""Fit the challenger's head to the data set, and predict drawings that the gate can judge it by."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipeline.dataset import hdf5
from pipeline.dataset.origins import read_split_origins
from pipeline.fit.choice import Trial, Validation, choose_hyperparameters
from pipeline.fit.crossfit import LEARNED_BEFORE, assign_folds, cross_fit
from pipeline.fit.feature_cache import (
    FeatureCache,
    load_base_features,
    load_correction_features,
    open_cache,
)
from pipeline.fit.training_set import Hyperparameters, TrainingSet, build_training_set
from pipeline.model.answers import PairedGuesses
from pipeline.model.head import Head
from pipeline.model.predict import Predictor
from pipeline.npz import dump_arrays, load_arrays
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import Split
from pipeline.settings import Settings
from pipeline.versions.asking import MOST_ROWS

_NO_LABELS = np.empty(0, np.uint8)
_NO_GUESSES = PairedGuesses(_NO_LABELS, _NO_LABELS, _NO_LABELS, np.empty(0, "S64"))


class FittedHead(NamedTuple):
    """A challenger's head, how it was chosen, and guesses for the gate.

    head: the head.
    hyperparameters: those chosen; None for the plain recipe.
    trials: all that were tried, in their order; none for the plain recipe.
    cross_fitted: guesses of the new answers of train, corrections and confirmations, in their
        order, each by a head that was fitted without its player; none for the plain recipe.
    """

    head: Head
    hyperparameters: Hyperparameters | None
    trials: list[Trial]
    cross_fitted: PairedGuesses


def fit_challenger(
    cache: FeatureCache,
    path: Path,
    settings: Settings,
    *,
    since: int,
    on_progress: OnProgress = silent,
) -> FittedHead:
    """Fit the head to base rows and to all corrections merged so far.

    Args:
        cache: the champion's feature cache.
        path: the data set.
        settings: the method, the default hyperparameters, and the number of base rows.
        since: the revision that the champion learned from. Corrections merged later are new.
        on_progress: called after each step.
    """
    if settings.fit.method == "keras":
        head = _fit_plain_head(cache, path, settings, on_progress)
        return FittedHead(head, None, [], _NO_GUESSES)
    training_set = load_training_set(cache, path, settings.fit.base_rows, on_progress)
    default = Hyperparameters(settings.fit.correction_weight, settings.fit.anchor_strength)
    head, hyperparameters, trials = choose_hyperparameters(
        training_set, default, load_validation(cache, path, on_progress), on_progress
    )
    # The origins are in order of merging, and so are the corrections of the training set.
    origins = read_split_origins(path, Split.TRAIN)
    is_new = origins.revisions > since
    players = origins.players[is_new]
    # The gate judges by new corrections only. The champion has learned from the older ones, so
    # they would favour it, and each fold's head may learn from them too.
    folds = np.full(len(is_new), LEARNED_BEFORE, np.int64)
    folds[is_new] = assign_folds(players)
    predicted = cross_fit(training_set, hyperparameters, head, folds, on_progress=on_progress)
    return FittedHead(
        head,
        hyperparameters,
        trials,
        PairedGuesses.from_probabilities(*predicted, players),
    )


def _fit_plain_head(
    cache: FeatureCache, path: Path, settings: Settings, on_progress: OnProgress
) -> Head:
    from pipeline.fit.plain_finetune import fit_plain_head  # loads TensorFlow

    return fit_plain_head(
        cache.model,
        hdf5.read_base(path, Split.TRAIN),
        hdf5.read_corrections(path, Split.TRAIN),
        seed=settings.seed,
        on_progress=on_progress,
    )


def load_training_set(
    cache: FeatureCache, path: Path, base_rows: int, on_progress: OnProgress = silent
) -> TrainingSet:
    """Load at most `base_rows` base rows of train, and all its corrections."""
    features = load_base_features(cache, path, Split.TRAIN, base_rows, on_progress)
    labels = hdf5.read_labels(path, Split.TRAIN, len(features))
    corrections = (
        load_correction_features(cache, path, Split.TRAIN, on_progress),
        hdf5.read_correction_labels(path, Split.TRAIN),
    )
    return build_training_set((features, labels), corrections, cache.model.head)


def load_validation(
    cache: FeatureCache, path: Path, on_progress: OnProgress = silent
) -> Validation:
    """Load base rows of val, at most as many as the asking policy uses, and its corrections."""
    features = load_base_features(cache, path, Split.VAL, MOST_ROWS, on_progress)
    labels = hdf5.read_labels(path, Split.VAL, len(features))
    corrections = (
        load_correction_features(cache, path, Split.VAL, on_progress),
        hdf5.read_correction_labels(path, Split.VAL),
    )
    return Validation((features, labels), corrections)


_ARRAY_FIELDS: dict[str, Any] = {
    "head": Head,
    "cross_fitted": PairedGuesses,
}
"""The fields of a FittedHead that are stored as arrays, and their types."""


def dump_fitted(fitted: FittedHead) -> bytes:
    """Return the fit as an .npz file. The same fit gives the same bytes."""
    choice = {"hyperparameters": fitted.hyperparameters, "trials": fitted.trials}
    arrays = {
        f"{field}_{name}": array
        for field in _ARRAY_FIELDS
        for name, array in getattr(fitted, field)._asdict().items()
    }
    return dump_arrays({"choice": np.array(json.dumps(choice)), **arrays})


def load_fitted(data: bytes) -> FittedHead:
    """Read a fit that `dump_fitted` wrote.

    Raises:
        InvalidDataset: the bytes are not such a file.
    """
    names = [f"{field}_{name}" for field, kind in _ARRAY_FIELDS.items() for name in kind._fields]
    arrays = load_arrays(
        data, ("choice", *names), "the fitted head of the run", "request another run"
    )
    choice = json.loads(str(arrays["choice"]))
    head, cross_fitted = (
        kind(*(arrays[f"{field}_{name}"] for name in kind._fields))
        for field, kind in _ARRAY_FIELDS.items()
    )
    chosen = choice["hyperparameters"]
    return FittedHead(
        head,
        Hyperparameters(*chosen) if chosen else None,
        [Trial(Hyperparameters(*tried), *results) for tried, *results in choice["trials"]],
        cross_fitted,
    )


def open_champion_cache(settings: Settings, model: Predictor) -> FeatureCache:
    """Open the feature cache for the champion's model and the base of this data set."""
    return open_cache(settings.features_dir, model, hdf5.read_base_digest(settings.dataset_file))
