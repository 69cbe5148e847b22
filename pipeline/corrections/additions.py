"""Add the drawings of a harvest to the data set, as a new revision."""

from collections.abc import Collection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.corrections.collect import Harvest
from pipeline.dataset import hdf5, revisions
from pipeline.dataset.merge import Additions
from pipeline.dataset.splits import player_split
from pipeline.drawings import image_digest
from pipeline.records.dataset import DatasetRevision, Split
from pipeline.runs.context import RunContext

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


def merge_harvest(harvest: Harvest, held: Collection[str], context: RunContext) -> DatasetRevision:
    """Add the drawings of a harvest to the data set; return the revision that holds them.

    `held` are the ids of corrections that are not to be merged. The present revision is returned
    if nothing is new.
    """
    artefacts, path, log = context.ports.artefacts, context.settings.dataset_file, context.log
    while True:
        present = revisions.bring_up_to_date(artefacts, path, log.progress)
        new = _find_new(harvest, held, path)
        if not new.any():
            log.note(revision=present.revision)
            return present
        log.note()  # proves the lease: a replaced worker must not add a revision
        # If another run has taken this revision's number, the loop chooses again on top of it.
        additions = build_additions(harvest, new, present, log.run.id)
        revisions.store_additions(artefacts, additions)


def _find_new(harvest: Harvest, held: Collection[str], path: Path) -> NDArray[np.bool_]:
    """Return bool `(n,)`: which drawings are neither quarantined nor in the data set already."""
    known = hdf5.read_provenance(path)
    ids, digests = {*known.ids.tolist(), *held}, set(known.digests.tolist())
    names, images = harvest.ids.tolist(), harvest.images
    return np.array(
        [
            name not in ids and image_digest(image) not in digests
            for name, image in zip(names, images, strict=True)
        ],
        bool,
    )
