"""Judge a new baseline by the gate's rules, on drawings that it was not trained on.

Champion and challenger have different backbones, so each predicts from its own features. Nothing is
crossed, which would take five trainings: only answers of held-out players speak for it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pipeline.dataset import hdf5
from pipeline.dataset.origins import read_shared_players, read_split_origins
from pipeline.dataset.splits import player_split
from pipeline.fit.champion import Challenger, Champion
from pipeline.fit.feature_cache import (
    FeatureCache,
    load_base_features,
    load_correction_features,
)
from pipeline.gate import decide
from pipeline.gate.inputs import GateInputs
from pipeline.model.answers import (
    PairedGuesses,
    PairedProbabilities,
    predict,
)
from pipeline.model.head import Floats, Head
from pipeline.model.metrics import measure
from pipeline.progress import OnProgress
from pipeline.records.dataset import Split
from pipeline.records.metrics import Comparison
from pipeline.records.runs import Decision
from pipeline.runs.context import RunContext


class Contender(NamedTuple):
    """A head, and the feature cache of the backbone that it stands on."""

    head: Head
    cache: FeatureCache


class Pair(NamedTuple):
    """Who is compared: the version in production, and the new baseline."""

    champion: Contender
    challenger: Contender


def judge_baseline(
    champion: Champion, challenger: Challenger, old_head: Head | None, context: RunContext
) -> Decision:
    """Return the gate's decision on a new baseline.

    Args:
        champion: the version in production.
        challenger: the new baseline.
        old_head: of the baseline that the champion comes from; None if that is the champion.
        context: the run.
    """
    old = Contender(champion.model.head if old_head is None else old_head, champion.cache)
    pair = Pair(
        Contender(champion.model.head, champion.cache),
        Contender(challenger.model.head, challenger.cache),
    )
    path, on_progress = context.open_dataset(), context.log.progress
    labels = hdf5.read_labels(path, Split.TEST, hdf5.read_base_counts(path)[Split.TEST])
    champion_guesses, challenger_guesses = (
        _predict_clean(contender, path, on_progress) for contender in pair
    )
    clean = PairedProbabilities(labels, champion_guesses, challenger_guesses)
    before = champion_guesses if old_head is None else _predict_clean(old, path, on_progress)
    since_baseline = PairedProbabilities(labels, before, challenger_guesses)
    # Here the "champion" of the pair is the old baseline, which the golden set is chosen by.
    golden = decide.choose_golden_rows(since_baseline.champion, labels)
    shared = read_shared_players(path)
    held_out = _predict_answers(pair, path, Split.TEST, shared, on_progress)
    confirmations = _predict_answers(pair, path, Split.CONTROL, shared, on_progress)
    inputs = GateInputs(
        clean=PairedGuesses.from_probabilities(*clean),
        held_out=held_out.guesses,
        confirmations=confirmations.guesses,
        golden=PairedGuesses.from_probabilities(*since_baseline.select(golden)),
        since_baseline=(
            None if old_head is None else PairedGuesses.from_probabilities(*since_baseline)
        ),
        shared=shared,
    )
    categories = hdf5.describe(path).categories
    metrics = decide.ComparisonMetrics(
        _measure_both(clean, categories),
        _measure_both(held_out.probabilities, categories) if held_out.guesses.rows else None,
    )
    return decide.decide(inputs, context.settings.gate, metrics, categories)


class _Answers(NamedTuple):
    """What both models say to answers of held-out players."""

    probabilities: PairedProbabilities
    guesses: PairedGuesses


def _predict_clean(contender: Contender, path: Path, on_progress: OnProgress) -> Floats:
    features = load_base_features(contender.cache, path, Split.TEST, on_progress=on_progress)
    return predict(features, contender.head)


def _predict_answers(
    pair: Pair, path: Path, split: Split, shared: frozenset[str], on_progress: OnProgress
) -> _Answers:
    """Predict the answers in a split of players that neither model learned from."""
    players = read_split_origins(path, split).players
    rows = np.array(
        [
            player_split(player) is Split.TEST and player.decode() not in shared
            for player in players.tolist()
        ],
        bool,
    )
    labels = hdf5.read_correction_labels(path, split)[rows]
    champion, challenger = (
        predict(
            load_correction_features(contender.cache, path, split, on_progress).select(rows),
            contender.head,
        )
        for contender in pair
    )
    predicted = PairedProbabilities(labels, champion, challenger)
    return _Answers(predicted, PairedGuesses.from_probabilities(*predicted, players[rows]))


def _measure_both(predicted: PairedProbabilities, categories: Sequence[str]) -> Comparison:
    return Comparison(
        champion=measure(predicted.champion, predicted.labels, categories),
        challenger=measure(predicted.challenger, predicted.labels, categories),
    )
