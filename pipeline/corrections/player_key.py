"""Notice a changed REDRAW_PLAYER_KEY before it does harm.

The split of a player's drawings follows from the hash of the player's id under this key. Under
another key the same player may be in two splits, so a holdout would hold players that the model was
trained on. Storage keeps a fingerprint of the key that the data set was begun with, where every
machine finds it. The key cannot be computed from it.
"""

import logging
from contextlib import suppress
from pathlib import Path

from pipeline.corrections.key_fingerprint import (
    explain_other_key,
    fingerprint_key,
    read_fingerprint,
)
from pipeline.corrections.players import hash_player
from pipeline.dataset.additions import load_additions
from pipeline.dataset.hdf5 import describe
from pipeline.dataset.log import list_log
from pipeline.errors import InvalidDataset, InvalidSettings, NotFound, ObjectExists
from pipeline.ports import Ports
from pipeline.settings import Settings
from pipeline.storage_paths import PLAYER_KEY

logger = logging.getLogger(__name__)

MOST_COMPARED = 20
"""Merged corrections that are compared when no fingerprint is kept yet."""


def check_player_key(ports: Ports, settings: Settings) -> None:
    """Compare the player key with that of the data set; keep its fingerprint if none is kept.

    A data set of an older Redraw has none. Then the players of corrections that were merged last
    are hashed again: the key is right if one of them has the hash that the data set has.

    Args:
        ports: the project.
        settings: of this process.

    Raises:
        InvalidSettings: it is another key.
    """
    key, name = settings.player_key.get_secret_value(), settings.dataset_name
    kept, present = read_fingerprint(ports.artefacts, name), fingerprint_key(key)
    if kept is None:
        if _hashes_differ(ports, name, key.encode()):
            raise InvalidSettings(explain_other_key(name, present, None))
        with suppress(ObjectExists):
            ports.artefacts.create(PLAYER_KEY.fill(dataset=name), present.encode(), "text/plain")
        kept = read_fingerprint(ports.artefacts, name)  # another machine may have been first
    if kept != present:
        # Storage may have lost its revisions; then a file here shows that there were some.
        stored = list_log(ports.artefacts, name)
        merged = stored.last > 0 or _holds_corrections(settings.dataset_file)
        raise InvalidSettings(explain_other_key(name, present, kept, merged=merged))


def _holds_corrections(path: Path) -> bool:
    """Return whether the local file has corrections; True if it cannot be read."""
    try:
        return path.exists() and describe(path).revision > 0
    except InvalidDataset:
        return True


def _hashes_differ(ports: Ports, dataset: str, key: bytes) -> bool:
    """Return whether the key gives other hashes than those of the corrections merged last.

    False also if nothing is merged, or if the documents of what is merged are gone.
    """
    log = list_log(ports.artefacts, dataset)
    if log.last == 0:
        return False
    path = log.path(log.last)
    additions = load_additions(ports.artefacts.read(path), f"the additions {path}")
    compared = 0
    pairs = zip(additions.ids.tolist(), additions.players.tolist(), strict=True)
    for correction_id, player in [*pairs][:MOST_COMPARED]:
        with suppress(NotFound):
            user_id = ports.corrections.get(correction_id).fields.get("userId")
            if isinstance(user_id, str):
                if hash_player(user_id, key) == player:
                    return False
                compared += 1
    if not compared:
        logger.warning("the player key is taken as it is: no merged correction can be looked at")
    return compared > 0
