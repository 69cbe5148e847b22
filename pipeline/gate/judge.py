"""Collect the guesses that the gate decides on, and decide."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.dataset import hdf5
from pipeline.dataset.origins import read_shared_players, read_split_origins
from pipeline.fit.challenger import FittedHead
from pipeline.fit.feature_cache import (
    FeatureCache,
    load_base_features,
    load_correction_features,
)
from pipeline.gate import decide
from pipeline.gate.inputs import GateInputs
from pipeline.gate.paired import concatenate_guesses, find_rows_of
from pipeline.model.answers import PairedGuesses, PairedProbabilities, predict_both
from pipeline.model.head import Head
from pipeline.model.metrics import measure
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import Split
from pipeline.records.metrics import Comparison
from pipeline.records.runs import Decision
from pipeline.settings import Settings


class CompetingHeads(NamedTuple):
    """Heads on one backbone.

    champion: the head in production.
    challenger: the head just fitted.
    baseline: the head of the baseline that both come from; None if that is the champion.
    """

    champion: Head
    challenger: Head
    baseline: Head | None


def judge(
    heads: CompetingHeads,
    fitted: FittedHead,
    cache: FeatureCache,
    path: Path,
    settings: Settings,
    *,
    on_progress: OnProgress = silent,
) -> Decision:
    """Return the gate's decision on a challenger.

    Args:
        heads: the heads to compare.
        fitted: the challenger's fit, with its guesses of new corrections and of confirmations.
        cache: the feature cache of the heads' backbone.
        path: the data set.
        settings: the gate's rules.
        on_progress: called after each step.
    """
    features = load_base_features(cache, path, Split.TEST, on_progress=on_progress)
    labels = hdf5.read_labels(path, Split.TEST, len(features))
    clean = predict_both(features, labels, heads.champion, heads.challenger)
    if heads.baseline is None:
        since_baseline = clean
    else:
        since_baseline = predict_both(features, labels, heads.baseline, heads.challenger)
    # Here the "champion" of the pair is v1.0.0, which the golden set is chosen by.
    golden = decide.choose_golden_rows(since_baseline.champion, labels)
    held_out, players = _predict_held_out(heads, cache, path, on_progress)
    shared = read_shared_players(path)
    unseen = ~find_rows_of(players, shared)
    groups = [
        (
            PairedGuesses.from_probabilities(*held_out.select(unseen), players[unseen]),
            read_split_origins(path, Split.TEST).guesses[unseen],
        ),
        (fitted.cross_fitted, _read_new_guesses(path, fitted.cross_fitted.rows)),
    ]
    corrections, confirmations = (
        [guesses.select((guesses.labels == answered) == confirmed) for guesses, answered in groups]
        for confirmed in (False, True)
    )
    inputs = GateInputs(
        clean=PairedGuesses.from_probabilities(*clean),
        held_out=corrections[0],
        cross_fitted=corrections[1],
        confirmations=concatenate_guesses(confirmations),
        golden=PairedGuesses.from_probabilities(*since_baseline.select(golden)),
        since_baseline=(
            None if heads.baseline is None else PairedGuesses.from_probabilities(*since_baseline)
        ),
        shared=shared,
    )
    categories = hdf5.describe(path).categories
    metrics = decide.ComparisonMetrics(
        _measure_both(clean, categories),
        _measure_both(held_out, categories) if len(held_out.labels) else None,
    )
    return decide.decide(inputs, settings.gate, metrics, categories)


def _read_new_guesses(path: Path, count: int) -> NDArray[np.uint8]:
    """Return the guesses that the last `count` answers of train are about."""
    guesses = read_split_origins(path, Split.TRAIN).guesses
    return guesses[len(guesses) - count :]


def _predict_held_out(
    heads: CompetingHeads, cache: FeatureCache, path: Path, on_progress: OnProgress
) -> tuple[PairedProbabilities, NDArray[np.bytes_]]:
    """Predict the corrections of held-out players; return the probabilities and the players."""
    features = load_correction_features(cache, path, Split.TEST, on_progress)
    labels = hdf5.read_correction_labels(path, Split.TEST)
    players = read_split_origins(path, Split.TEST).players
    return predict_both(features, labels, heads.champion, heads.challenger), players


def _measure_both(predicted: PairedProbabilities, categories: Sequence[str]) -> Comparison:
    return Comparison(
        champion=measure(predicted.champion, predicted.labels, categories),
        challenger=measure(predicted.challenger, predicted.labels, categories),
    )
