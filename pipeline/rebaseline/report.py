"""The report of a new baseline: how good it is on clean drawings, and how its training went."""

import json
from pathlib import Path
from typing import Any

from pipeline.dataset import hdf5
from pipeline.fit.champion import Challenger
from pipeline.fit.feature_cache import load_base_features
from pipeline.model.answers import predict
from pipeline.model.metrics import find_wrong_guesses
from pipeline.pages.report import Evaluation, render_report
from pipeline.records.dataset import DatasetRevision, Split
from pipeline.records.runs import Decision
from pipeline.runs.context import RunContext
from pipeline.storage_paths import TRAINING


def report_baseline(
    challenger: Challenger, revision: DatasetRevision, decision: Decision, context: RunContext
) -> str | None:
    """Return the report as an HTML page, the same text each time; None for a retrained head."""
    if challenger.fit is not None:
        return None
    training = json.loads(context.ports.artefacts.read(context.path(TRAINING)))
    return render_training(challenger, revision, decision, context.open_dataset(), training)


def render_training(
    challenger: Challenger,
    revision: DatasetRevision,
    decision: Decision,
    path: Path,
    training: dict[str, Any],
) -> str:
    """Return the report on a new baseline.

    It shows base rows of the test split alone, never a player's drawing.

    Args:
        challenger: the new baseline.
        revision: of the data set that it was trained on.
        decision: the gate's, with the metrics.
        path: the data set.
        training: its recipe, and `history`, the curves of its epochs.
    """
    rows = hdf5.read_base(path, Split.TEST)
    features = load_base_features(challenger.cache, path, Split.TEST)
    return render_report(
        Evaluation(
            metrics=decision.base.challenger,
            images=rows.images,
            wrong=find_wrong_guesses(predict(features, challenger.model.head), rows.labels),
            history=training["history"],
            training_rows=revision.rows[Split.TRAIN],
            categories=tuple(revision.categories),
        )
    )
