"""Decide whether a run would see the same as an earlier one, so that there is nothing to fit.

This module only computes, from digests and runs.
"""

import hashlib
import json
from typing import Any

from pipeline.records.runs import Run, RunKind, RunState
from pipeline.settings import Settings

JUDGED = (RunState.PROMOTED, RunState.REJECTED, RunState.HELD)
"""The states of a run whose fit has a result. The same digest would give the same result again."""


def training_digest(dataset: str, champion: str, run: Run, settings: Settings) -> str:
    """Return the sha256 (hex) of everything that decides how a run ends.

    Args:
        dataset: the digest of the data set's revision.
        champion: the champion's version.
        run: its kind counts, and the recipe of a new baseline.
        settings: those of the gate count, and those of the fit or of the training.
    """
    parts: list[Any] = [dataset, champion]
    if run.kind is RunKind.RETRAIN:
        parts.append(settings.model_dump(mode="json", include={"fit", "gate"}))
    else:
        trained = {"gate", "epochs", "batch_size", "seed", "precision"}
        recipe = run.recipe or settings.rebaseline.recipe
        parts.append(settings.model_dump(mode="json", include=trained))
        parts.append([run.kind, recipe, settings.rebaseline.answer_share])
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def explain_unchanged(judged: Run) -> str:
    """Return why a fit would give nothing new, in a line for the owner.

    Args:
        judged: a run with the same `training_digest` that the gate judged.
    """
    return (
        f"nothing to learn since run {judged.id}, which was {judged.state}: "
        "the same drawings, champion and settings"
    )
