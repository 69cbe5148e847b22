"""The fingerprint of the player key, which Storage keeps; no file is read for it."""

import hmac

from pipeline.errors import ObjectMissing
from pipeline.ports import ArtefactStore
from pipeline.settings import DEVELOPMENT_PLAYER_KEY
from pipeline.storage_paths import PLAYER_KEY

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
