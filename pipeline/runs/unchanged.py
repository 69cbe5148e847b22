"""Decide whether a run would see the same as an earlier one, so that there is nothing to fit.

This module only computes, from digests and runs.
"""

import hashlib
import json

from pipeline.records.runs import Run, RunState
from pipeline.settings import Settings

JUDGED = (RunState.PROMOTED, RunState.REJECTED, RunState.HELD)
"""The states of a run whose fit has a result. The same digest would give the same result again."""


def training_digest(dataset: str, champion: str, settings: Settings) -> str:
    """Return the sha256 (hex) of everything that decides how a run ends.

    Args:
        dataset: the digest of the data set's revision.
        champion: the champion's version.
        settings: those of the fit and of the gate count.
    """
    deciding = settings.model_dump(mode="json", include={"fit", "gate"})
    return hashlib.sha256(
        json.dumps([dataset, champion, deciding], sort_keys=True).encode()
    ).hexdigest()


def explain_unchanged(judged: Run) -> str:
    """Return why a fit would give nothing new, in a line for the owner.

    Args:
        judged: a run with the same `training_digest` that the gate judged.
    """
    return (
        f"nothing to learn since run {judged.id}, which was {judged.state}: "
        "the same drawings, champion and settings"
    )
