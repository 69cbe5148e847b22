"""Find what documents say is a player's: corrections, and the canvases that they name."""

import hashlib
from array import array
from collections.abc import Collection
from contextlib import suppress
from typing import Any, NamedTuple

from pipeline.corrections.canvas_paths import CanvasPlace, OtherBucketError, read_canvas_path
from pipeline.corrections.fields import read_player_id
from pipeline.ports import CorrectionSource


class Belongings(NamedTuple):
    """What documents say is a player's.

    ids: of the corrections. canvases: their paths in the game's folder.
    shared: paths that documents of others name too. documents: how many were looked at.
    """

    ids: list[str]
    canvases: list[str]
    shared: list[str]
    documents: int


def find_belongings(
    player: str, corrections: CorrectionSource, place: CanvasPlace, also: Collection[str] = ()
) -> Belongings:
    """Look at every correction, and return what is the player's.

    A player writes into a document which canvas it is about, so it may be another player's. What
    another player's document names too is not theirs alone, and is left.

    Args:
        player: the id.
        corrections: the game's.
        place: where its canvases are.
        also: paths of further canvases of the player.
    """
    ids, canvases, documents = list[str](), {*also}, 0
    others = array("Q")  # 8 bytes for each canvas of the others, as there may be very many
    for document in corrections.owners():
        documents += 1
        path = _read_path(document.fields.get("imageStoragePath"), place)
        if read_player_id(document.fields.get("userId")) == player:
            ids.append(document.id)
            canvases.update([path] if path else [])
        elif path:
            others.append(_shorten(path))
    taken = {*others} & {_shorten(path) for path in canvases} if canvases else set()
    shared = {path for path in canvases if _shorten(path) in taken}
    return Belongings(ids, sorted(canvases - shared), sorted(shared), documents)


def _read_path(value: Any, place: CanvasPlace) -> str | None:
    if isinstance(value, str):
        with suppress(OtherBucketError):
            return read_canvas_path(value.strip(), place)
    return None


def _shorten(path: str) -> int:
    return int.from_bytes(hashlib.sha256(path.encode(errors="replace")).digest()[:8])
