"""Decide whether a run would see the same as an earlier one, so that there is nothing to fit.

This module only computes, from digests and runs.
"""

import hashlib
import json
from collections.abc import Sequence

from pipeline.records.runs import Run, RunState
from pipeline.settings import Settings

JUDGED = (RunState.PROMOTED, RunState.REJECTED, RunState.HELD)


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


def explain_unchanged(digest: str, runs: Sequence[Run]) -> str | None:
    """Return why a fit would give nothing new, in a line for the owner; None if it may.

    Args:
        digest: the `training_digest` of the run.
        runs: earlier ones, the newest first. Only the last one that the gate judged is compared,
            as any other gave no result.
    """
    last = next((run for run in runs if run.training_digest and run.state in JUDGED), None)
    if last is None or last.training_digest != digest:
        return None
    return (
        f"nothing to learn since run {last.id}, which was {last.state}: "
        "the same drawings, champion and settings"
    )
