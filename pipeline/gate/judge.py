"""What the gate decides on, gathered: base test rows, held-out players' drawings, and what the fit says of those it crossed."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.dataset import hdf5
from pipeline.fit.challenger import FittedHead
from pipeline.fit.feature_cache import FeatureCache, base_features, correction_features
from pipeline.gate import decide
from pipeline.gate.evidence import GateInputs
from pipeline.model.answers import PairedGuesses, PairedProbabilities, predict_both
from pipeline.model.head import Head
from pipeline.model.metrics import measure
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import Split
from pipeline.records.metrics import Comparison
from pipeline.records.runs import Decision
from pipeline.settings import Settings


class CompetingHeads(NamedTuple):
    """Heads on one backbone. first: that of the baseline which both others come from; None where that is the champion."""

    champion: Head
    challenger: Head
    first: Head | None


def judge(
    contest: CompetingHeads,
    fitted: FittedHead,
    cache: FeatureCache,
    path: Path,
    settings: Settings,
    *,
    on_progress: OnProgress = silent,
) -> Decision:
    """The gate's decision; each row is looked at once, by all heads.

    Args:
        contest: the heads.
        fitted: the challenger's fit, with what it says about new corrections and confirmations.
        cache: of the features of their backbone.
        path: the data set.
        settings: the gate's rules.
        on_progress: told of each step.
    """
    seen = base_features(cache, path, Split.TEST, on_progress=on_progress)
    labels = hdf5.read_labels(path, Split.TEST, len(seen))
    clean = predict_both(seen, labels, contest.champion, contest.challenger)
    first = (
        clean
        if contest.first is None
        else predict_both(seen, labels, contest.first, contest.challenger)
    )
    golden = decide.choose_golden_rows(first.champion, labels)
    played, players = _held_out(contest, cache, path, on_progress)
    return decide.decide(
        GateInputs(
            base=PairedGuesses.of(*clean),
            players=PairedGuesses.of(*played, players),
            crossed=fitted.crossed,
            confirmations=fitted.confirmations,
            golden=PairedGuesses.of(*first.rows(golden)),
            first=None if contest.first is None else PairedGuesses.of(*first),
        ),
        settings.gate,
        decide.ComparisonMetrics(_figures(clean), _figures(played) if len(played.labels) else None),
    )


def _held_out(
    contest: CompetingHeads, cache: FeatureCache, path: Path, on_progress: OnProgress
) -> tuple[PairedProbabilities, NDArray[np.str_]]:
    rows, known = hdf5.read_corrections(path, Split.TEST), hdf5.read_provenance(path)
    seen = correction_features(cache, Split.TEST, rows.images, on_progress)
    players = known.players[known.splits == str(Split.TEST)].astype(np.str_)
    return predict_both(seen, rows.labels, contest.champion, contest.challenger), players


def _figures(said: PairedProbabilities) -> Comparison:
    return Comparison(
        champion=measure(said.champion, said.labels),
        challenger=measure(said.challenger, said.labels),
    )
