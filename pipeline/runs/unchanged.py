"""Whether a run would see what an earlier one saw already, so that there is nothing to fit. Pure: digests and runs in."""

import hashlib
import json
from collections.abc import Sequence

from pipeline.records.runs import Run, RunState
from pipeline.settings import Settings

CONCLUDED = (RunState.PROMOTED, RunState.REJECTED, RunState.HELD)


def training_digest(dataset: str, champion: str, settings: Settings) -> str:
    """sha256 (hex) of all that decides how a run ends: digest of the data set's revision, champion's version, settings."""
    deciding = settings.model_dump(mode="json", include={"fit", "gate"})
    return hashlib.sha256(
        json.dumps([dataset, champion, deciding], sort_keys=True).encode()
    ).hexdigest()


def find_nothing_new(digest: str, runs: Sequence[Run]) -> str | None:
    """Why a fit would be in vain, in a line for the owner; None when it would not.

    Args:
        digest: of what the run would see.
        runs: earlier ones, the newest first. Compared is the last that was judged: one that failed found out nothing.
    """
    last = next((run for run in runs if run.training_digest and run.state in CONCLUDED), None)
    if last is None or last.training_digest != digest:
        return None
    return f"nothing to learn since run {last.id}, which was {last.state}: the same drawings, champion and settings"
