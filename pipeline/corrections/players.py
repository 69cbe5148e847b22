"""Hash players, and count how their corrections fared in earlier runs.

Runs and the data set store only the hash of a player, never the id.
"""

import hmac
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.corrections.fields import read_player_id
from pipeline.ports import CorrectionSource
from pipeline.records.corrections import CorrectionDocument, CorrectionState

PAGE_SIZE = 300
"""Documents that one query returns."""
CONTRADICTED = (
    (CorrectionState.QUARANTINED, "contradicted_label"),
    (CorrectionState.REFUSED, "owner"),
)
"""States and reasons of corrections that count against their player.

What the owner accepted is merged in the end, so it does not count.
"""


MIN_DOMINANT = 20
DOMINANT_SHARE = 0.5
"""One id that carries at least half of a harvest, and at least 20 corrections of it, dominates."""


class DominantPlayer(NamedTuple):
    """The player whose id carries most of a harvest, and its share of the corrections, 0 to 1."""

    player: str
    share: float


class PlayerRecord(NamedTuple):
    """A player's corrections in earlier runs.

    corrections: how many were merged or contradicted. contradicted: how many of these are in
    quarantine because of their label, or were refused by the owner.
    """

    corrections: int = 0
    contradicted: int = 0


def hash_player(user_id: str, key: bytes) -> str:
    """Return the HMAC-SHA256 of a player's id, 64 hex digits.

    Without the key, the hashes of guessed ids cannot be computed and compared.
    """
    return hmac.new(key, user_id.encode(), "sha256").hexdigest()


def find_dominant_player(players: NDArray[np.str_]) -> DominantPlayer | None:
    """Return the player who dominates a harvest, if there is one.

    Often that is no player: the game writes one id, such as "guest", for all of them. If all
    corrections of such an id went to one split, nothing could be learned from them or judged by
    them. So they are shared out over the splits one by one.

    Args:
        players: hashed, of each usable correction.
    """
    if not len(players):
        return None
    player, number = Counter(players.tolist()).most_common(1)[0]
    share = number / len(players)
    if number < MIN_DOMINANT or share < DOMINANT_SHARE:
        return None
    return DominantPlayer(player, share)


def read_player_records(
    corrections: CorrectionSource, merged: Iterable[str], key: bytes
) -> dict[str, PlayerRecord]:
    """Return the record of every player who has one, by hash.

    Args:
        corrections: where to read the contradicted corrections.
        merged: the hashed player of each merged correction.
        key: the key of the hash.
    """
    contradicted = Counter(
        hash_player(user_id, key)
        for state, reason in CONTRADICTED
        for document in _read_all(corrections, state, reason)
        if (user_id := read_player_id(document.fields.get("userId")))
    )
    total = Counter(merged) + contradicted
    return {player: PlayerRecord(total[player], contradicted[player]) for player in total}


def _read_all(
    corrections: CorrectionSource, state: CorrectionState, reason: str
) -> Iterator[CorrectionDocument]:
    """Yield every correction in this state for this reason, page by page."""
    after = None
    while page := corrections.find(state, reason=reason, after=after, limit=PAGE_SIZE):
        yield from page
        after = page[-1].id
