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

COLUMNS = ("images", "labels", "ids", "players", "guesses", "confidences", "versions")
"""Columns that additions take from a harvest unchanged."""


def build_additions(
    harvest: Harvest, chosen: NDArray[np.bool_], parent: DatasetRevision, run_id: str
) -> Additions:
    """Return the chosen drawings of a harvest as the revision that follows `parent`.

    Args:
        harvest: n usable corrections.
        chosen: bool `(n,)`, which of them to add.
        parent: the present revision of the data set.
        run_id: the run that adds them.
    """
    columns = {name: getattr(harvest, name)[chosen] for name in COLUMNS}
    answers = zip(
        columns["players"].tolist(),
        columns["labels"].tolist(),
        columns["guesses"].tolist(),
        strict=True,
    )
    # Corrections alone would be a sample of the champion's mistakes. A confirmation shows how the
    # champion does on everything that players draw, so it is kept apart and never trained on.
    splits = [
        Split.CONTROL if label == guess else player_split(player)
        for player, label, guess in answers
    ]
    return Additions(
        run_id=run_id,
        revision=parent.revision + 1,
        parent=parent.digest,
        splits=np.array([*map(str, splits)], np.str_),
        **columns,
    )


def merge_harvest(
    harvest: Harvest, not_merged: Collection[str], context: RunContext
) -> DatasetRevision:
    """Add the drawings of a harvest to the data set; return the revision that holds them.

    The present revision is returned if nothing is new.

    Args:
        harvest: the usable corrections.
        not_merged: ids of those to leave out: quarantined, or refused by the owner.
        context: the run.

    Raises:
        LeaseLost: another worker has taken the run over; nothing is added.
    """
    artefacts, path, log = context.ports.artefacts, context.settings.dataset_file, context.log
    categories = context.settings.categories
    while True:
        present = revisions.bring_up_to_date(artefacts, path, log.progress, categories=categories)
        new = _find_new(harvest, not_merged, path)
        if not new.any():
            log.note(revision=present.revision)
            return present
        log.note()  # proves the lease: a replaced worker must not add a revision
        # Additions are created under the number of their revision. If another run has taken this
        # number, its additions are kept and ours are not stored; the loop then reads them and
        # chooses again on top of them. After success it finds nothing new, and returns.
        additions = build_additions(harvest, new, present, log.run.id)
        revisions.store_additions(artefacts, additions, categories=categories)


def _find_new(harvest: Harvest, not_merged: Collection[str], path: Path) -> NDArray[np.bool_]:
    """Return bool `(n,)`: which drawings to add, as neither they nor a copy are there already."""
    provenance = hdf5.read_provenance(path)
    excluded_ids = {*provenance.ids.tolist(), *not_merged}
    merged_digests = set(provenance.digests.tolist())
    return np.array(
        [
            correction_id not in excluded_ids and image_digest(image) not in merged_digests
            for correction_id, image in zip(harvest.ids.tolist(), harvest.images, strict=True)
        ],
        bool,
    )
