"""Add the drawings of a harvest to the data set, as a new revision."""

from collections.abc import Collection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.corrections.collect import Harvest
from pipeline.corrections.players import find_dominant_player
from pipeline.dataset import origins, revisions
from pipeline.dataset.additions import Additions
from pipeline.dataset.splits import correction_split, player_split
from pipeline.drawings import image_digest
from pipeline.drawings.rule import RULE_VERSION
from pipeline.records.dataset import DatasetRevision
from pipeline.runs.context import RunContext

COLUMNS = (
    "images", "labels", "ids", "players", "guesses", "confidences", "versions", "asked", "chances",
)  # fmt: skip
"""Columns that additions take from a harvest unchanged."""


def build_additions(
    harvest: Harvest,
    chosen: NDArray[np.bool_],
    parent: DatasetRevision,
    run_id: str,
    shared: Collection[str] = (),
) -> Additions:
    """Return the chosen drawings of a harvest as the revision that follows `parent`.

    Args:
        harvest: n usable corrections.
        chosen: bool `(n,)`, which of them to add.
        parent: the present revision of the data set.
        run_id: the run that adds them.
        shared: players whose corrections are shared out over the splits one by one.
    """
    columns = {name: getattr(harvest, name)[chosen] for name in COLUMNS}
    splits = [
        correction_split(player, correction_id) if player in shared else player_split(player)
        for player, correction_id in zip(
            columns["players"].tolist(), columns["ids"].tolist(), strict=True
        )
    ]
    return Additions(
        run_id=run_id,
        revision=parent.revision + 1,
        parent=parent.digest,
        splits=np.array([*map(str, splits)], np.str_),
        rule=RULE_VERSION,
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
    # What the harvest says comes from its own batches, so a repeated run says the same.
    dominant = find_dominant_player(harvest.players)
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
        shared = origins.read_shared_players(path)
        if dominant is not None:
            shared |= {dominant.player}
        additions = build_additions(harvest, new, present, log.run.id, shared)
        revisions.store_additions(
            artefacts, additions, categories=categories, edition=present.edition
        )


def _find_new(harvest: Harvest, not_merged: Collection[str], path: Path) -> NDArray[np.bool_]:
    """Return bool `(n,)`: which drawings to add, as neither they nor a copy are there already."""
    ids, digests = harvest.ids.tolist(), [image_digest(image) for image in harvest.images]
    excluded_ids = {*origins.find_origins(path, ids), *not_merged}
    merged_digests = origins.find_digests(path, digests)
    return np.array(
        [
            correction_id not in excluded_ids and digest not in merged_digests
            for correction_id, digest in zip(ids, digests, strict=True)
        ],
        bool,
    )
