"""Hash players, count how their corrections fared in earlier runs, and say what that means.

Runs and the data set store only the hash of a player, never the id.
"""

import hmac
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc

from pipeline.reasons import QuarantineReason, RefusalReason
from pipeline.records.corrections import CorrectionState

CONTRADICTED = (
    (CorrectionState.QUARANTINED, QuarantineReason.CONTRADICTED_LABEL),
    (CorrectionState.REFUSED, RefusalReason.OWNER),
)
"""States and reasons of corrections that count against their player.

What the owner accepted is merged in the end, so it does not count.
"""


MIN_DOMINANT = 20
DOMINANT_SHARE = 0.5
"""One id that carries at least half of a harvest, and at least 20 corrections of it, dominates."""

MIN_CORRECTIONS = 6
DISTRUSTED_SHARE = 0.5
"""A player is distrusted if at least this share of at least so many corrections is contradicted."""
HONEST_SHARE = 0.15
HONEST_CHANCE = 0.0005
"""And if that many would hardly ever be contradicted by bad luck.

The label check contradicts about 15 % of honest corrections, as these are of hard drawings.
"""
WATCHED_CHANCE = 0.05
"""Of honest players no more than this share have so many contradicted corrections as one that is
watched."""


class Standing(StrEnum):
    """What a player's record says."""

    GOOD = "good"
    """No more is contradicted than happens to honest players."""
    WATCHED = "watched"
    """More than happens to one in twenty honest players; nothing follows from it yet."""
    PLAYER_RECORD = str(QuarantineReason.PLAYER_RECORD)
    """So much that the next run quarantines what the player sends, for this reason."""


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


def find_standing(record: PlayerRecord) -> Standing:
    """Return what a player's record says, by the chance that an honest player has such a one.

    That is the upper tail of the binomial distribution with HONEST_SHARE.
    """
    total, contradicted = record
    if not contradicted:
        return Standing.GOOD
    chance = bdtrc(contradicted - 1, total, HONEST_SHARE)
    is_half = total >= MIN_CORRECTIONS and contradicted >= DISTRUSTED_SHARE * total
    if is_half and chance < HONEST_CHANCE:
        return Standing.PLAYER_RECORD
    return Standing.WATCHED if chance < WATCHED_CHANCE else Standing.GOOD


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
    names, counts = np.unique(players, return_counts=True)
    most = int(np.argmax(counts))
    number, share = int(counts[most]), float(counts[most] / len(players))
    if number < MIN_DOMINANT or share < DOMINANT_SHARE:
        return None
    return DominantPlayer(str(names[most]), share)


def build_player_records(
    players: Iterable[str], contradicted: Iterable[int], merged: Mapping[str, int]
) -> dict[str, PlayerRecord]:
    """Return the records of the players of a harvest, by hash.

    Args:
        players: the hashed player of each correction of the harvest.
        contradicted: how many earlier corrections of that player were contradicted.
        merged: how many corrections of each player were merged, by hash; 0 for those left out.
    """
    return {
        player: PlayerRecord(merged.get(player, 0) + count, count)
        for player, count in zip(players, contradicted, strict=True)
    }
