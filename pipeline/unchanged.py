"""Whether a fit would see what an earlier one saw already, so that there is nothing to fit. Pure: rows and runs in."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.dataset import Labels
from pipeline.records import Run, RunState

CONCLUDED = (RunState.PROMOTED, RunState.REJECTED, RunState.HELD)


class TrainingInput(NamedTuple):
    """All that decides what a fit comes to.

    base: digest of revision 0. champion: the version it starts from. digests: str `(n,)`, of the merged corrections that it
    trains on, with labels `(n,)` and weights `(n,)`. method: its name. settings: those of the settings that it reads.
    """

    base: str
    champion: str
    digests: NDArray[np.object_]
    labels: Labels
    weights: NDArray[np.float32]
    method: str
    settings: Mapping[str, Any]


def training_digest(given: TrainingInput) -> str:
    """sha256 (hex) of what a fit would see; the same in whatever order the corrections come, as the fit is the same too."""
    rows = sorted(zip(given.digests.tolist(), given.labels.tolist(), given.weights.astype(np.float32).tolist(), strict=True))
    state = given._replace(digests=None, labels=None, weights=None)._asdict()  # type: ignore[arg-type]
    text = json.dumps([state | {"settings": dict(given.settings)}, rows], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def nothing_new(digest: str, revision: int, runs: Sequence[Run]) -> str | None:
    """Why a fit would be in vain, in a line for the owner; None when it would not.

    Args:
        digest: what the fit would see.
        revision: of the data set; a run that was held for want of evidence is judged again once there are more drawings.
        runs: earlier ones, the newest first. Compared is the last that fitted and was judged: one that failed taught nothing.
    """
    last = next((run for run in runs if run.training_digest and run.state in CONCLUDED), None)
    if last is None or last.training_digest != digest:
        return None
    if last.state is RunState.HELD and last.revision != revision:
        return None
    return f"nothing to learn since run {last.id}, which was {last.state}: the same drawings, champion and settings"
