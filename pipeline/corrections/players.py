"""Players as Redraw knows them: by a keyed hash alone, and by what became of their corrections in earlier runs."""

import hmac
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pipeline.ports import CorrectionSource
from pipeline.records.corrections import CorrectionDocument, CorrectionState

PAGE = 300  # documents asked for at a time
AGAINST = ((CorrectionState.QUARANTINED, "contradicted_label"), (CorrectionState.REFUSED, "owner"))


class PlayerRecord(NamedTuple):
    """What is known of a player from earlier runs: corrections that were judged, and how many of them were contradicted."""

    judged: int = 0
    contradicted: int = 0


def player_hash(user_id: str, key: bytes) -> str:
    """What stands for a player, 64 hex digits: neither runs nor data set name anybody."""
    return hmac.new(key, user_id.encode(), "sha256").hexdigest()


def player_records(
    corrections: CorrectionSource, merged: Iterable[str], key: bytes
) -> dict[str, PlayerRecord]:
    """Every player's record, by hash.

    Contradicted is what waits in quarantine for its label, or was refused by the owner; what the owner accepted is not.

    Args:
        corrections: where those lie.
        merged: the hashed player of each merged correction.
        key: of the hash.
    """
    contradicted = Counter(
        player_hash(user_id, key)
        for state, reason in AGAINST
        for found in _all(corrections, state, reason)
        if isinstance(user_id := found.fields.get("userId"), str)
    )
    judged = Counter(merged) + contradicted
    return {player: PlayerRecord(judged[player], contradicted[player]) for player in judged}


def _all(
    corrections: CorrectionSource, state: CorrectionState, reason: str
) -> Iterator[CorrectionDocument]:
    after = None
    while page := corrections.find(state, reason=reason, after=after, limit=PAGE):
        yield from page
        after = page[-1].id
