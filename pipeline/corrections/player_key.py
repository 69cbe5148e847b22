"""Notice a changed REDRAW_PLAYER_KEY before it does harm.

The split of a player's drawings follows from the hash of the player's id under this key. Under
another key the same player may be in two splits, so a holdout would hold players that the model was
trained on. Storage keeps a fingerprint of the key that the data set was begun with, where every
machine finds it. The key cannot be computed from it.
"""

import hmac
import logging
from contextlib import suppress
from pathlib import Path

from pipeline.corrections.players import hash_player
from pipeline.dataset.additions import load_additions
from pipeline.dataset.hdf5 import describe
from pipeline.dataset.log import list_log
from pipeline.errors import InvalidDataset, InvalidSettings, NotFound, ObjectExists, ObjectMissing
from pipeline.ports import ArtefactStore, Ports
from pipeline.settings import DEVELOPMENT_PLAYER_KEY, Settings
from pipeline.storage_paths import PLAYER_KEY

logger = logging.getLogger(__name__)

MOST_COMPARED = 20
"""Merged corrections that are compared when no fingerprint is kept yet."""
_TEXT = b"Redraw: fingerprint of the player key"
_DIGITS = 16


def fingerprint_key(key: str) -> str:
    """Return 16 hex digits that tell keys apart and do not reveal them.

    It is an HMAC (RFC 2104) of a fixed text, cut off, as it only has to tell keys apart.
    """
    return hmac.new(key.encode(), _TEXT, "sha256").hexdigest()[:_DIGITS]


def read_fingerprint(artefacts: ArtefactStore, dataset: str) -> str | None:
    """Return the fingerprint of the key that a data set was begun with; None if none is kept.

    Args:
        artefacts: Storage.
        dataset: the name of the data set.
    """
    try:
        return (
            artefacts.read(PLAYER_KEY.fill(dataset=dataset), 1024).decode(errors="replace").strip()
        )
    except ObjectMissing:
        return None


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


def explain_other_key(dataset: str, present: str, kept: str | None, *, merged: bool = True) -> str:
    """Return what is wrong and what to do.

    Args:
        dataset: the name of the data set.
        present: the fingerprint of the key that is set.
        kept: that of the key that the data set was begun with; None if it is unknown.
        merged: whether the data set has corrections.
    """
    known = f" (fingerprint {kept}, not {present})" if kept else ""
    if kept == fingerprint_key(DEVELOPMENT_PLAYER_KEY):
        known = " (that was the default of development)"
    anew = (
        "to start anew with another key, set an empty REDRAW_DATA_DIR and another REDRAW_BUCKET"
        if merged
        else f"or, as nothing is merged yet, delete {PLAYER_KEY.fill(dataset=dataset)} in Storage "
        "to use this one"
    )
    return (
        f"REDRAW_PLAYER_KEY is not the key that this data set was begun with{known}: set the old "
        f"one again, or players would be in two splits; {anew}"
    )


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
