"""What a harvest adds to the data set."""

import numpy as np
from numpy.typing import NDArray

from pipeline.corrections.collect import Harvest
from pipeline.dataset.merge import Additions
from pipeline.dataset.splits import player_split
from pipeline.records.dataset import DatasetRevision, Split

TAKEN = (
    "images",
    "labels",
    "ids",
    "players",
    "guesses",
    "confidences",
    "versions",
)  # as the harvest has them


def build_additions(
    harvest: Harvest, chosen: NDArray[np.bool_], held: DatasetRevision, run_id: str
) -> Additions:
    """The chosen part of a harvest, bool `(n,)`, as the revision after `held`."""
    part = {name: getattr(harvest, name)[chosen] for name in TAKEN}
    known = zip(
        part["players"].tolist(), part["labels"].tolist(), part["guesses"].tolist(), strict=True
    )
    # A confirmation is no mistake of the champion, so it says how the champion does on all that players draw.
    splits = [
        Split.CONTROL if label == guess else player_split(player) for player, label, guess in known
    ]
    return Additions(
        run_id=run_id,
        revision=held.revision + 1,
        parent=held.digest,
        splits=np.array([*map(str, splits)], np.str_),
        **part,
    )
