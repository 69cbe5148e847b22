"""Count how each player's corrections fared, for the owner. No player is named, only hashed."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple

from pipeline.corrections.decisions import read_reason, read_state
from pipeline.corrections.fields import read_player_id
from pipeline.corrections.game_schema import UNKNOWN_PLAYER
from pipeline.corrections.key_fingerprint import (
    explain_other_key,
    fingerprint_key,
    read_fingerprint,
)
from pipeline.corrections.players import (
    CONTRADICTED,
    PlayerRecord,
    Standing,
    find_standing,
    hash_player,
)
from pipeline.errors import InvalidSettings
from pipeline.ports import Ports
from pipeline.reasons import CORRECTION_REASONS, MergedReason
from pipeline.records.corrections import CorrectionState
from pipeline.settings import Settings

OTHER_REASON = "other"
"""Stands for a reason that Redraw never writes: a person or another program wrote it."""


class PlayerCounts(NamedTuple):
    """How one player's corrections fared.

    player: hashed, as in the data set.
    merged: all that are in the data set; confirmations: those of them whose label is the guess.
    quarantined: by reason. contradicted: those that count against the player.
    corrections: how many the share is of: merged corrections, and contradicted ones.
    """

    player: str
    pending: int
    merged: int
    confirmations: int
    quarantined: dict[str, int]
    refused: int
    contradicted: int
    corrections: int

    @property
    def standing(self) -> Standing:
        """What the record says."""
        return find_standing(PlayerRecord(self.corrections, self.contradicted))


class CountedPlayers(NamedTuple):
    """All players, in order of hash.

    at: when the counting began. documents: how many were read; complete: whether these are all.
    without_player: documents that do not say whose they are. unsettled: those that have no status,
    or one that Redraw does not know; they are in no player's counts.
    samples: a correction of each player, by hash. Who wants the id of a player reads it there: so
    no id is kept, also of players who are forgotten meanwhile.
    """

    players: list[PlayerCounts]
    at: datetime
    documents: int
    complete: bool
    without_player: int
    unsettled: int
    samples: Mapping[str, str]


def count_players(ports: Ports, settings: Settings) -> CountedPlayers:
    """Read every correction, without its drawing, and count by player.

    Args:
        ports: the project.
        settings: the player key, and how many corrections are read at most.

    Raises:
        InvalidSettings: another key hashed the players of the data set.
    """
    key = settings.player_key.get_secret_value()
    name, present = settings.dataset_name, fingerprint_key(key)
    kept = read_fingerprint(ports.artefacts, name)
    if kept not in {None, present}:
        raise InvalidSettings(explain_other_key(name, present, kept))
    at, most = datetime.now(UTC), settings.answer.players_most
    counts: dict[str, Counter[tuple[CorrectionState, str]]] = {}
    samples: dict[str, str] = {}
    documents = without_player = unsettled = 0
    for document in islice(ports.corrections.fates(), most + 1):
        documents += 1
        if documents > most:
            break
        user, state = read_player_id(document.fields.get("userId")), read_state(document.fields)
        if not user or user.startswith(UNKNOWN_PLAYER):
            without_player += 1
        elif state is None:
            unsettled += 1
        else:
            if user not in counts:
                counts[user], samples[user] = Counter(), document.id
            counts[user][state, _read_reason(document.fields)] += 1
    hashes = {user: hash_player(user, key.encode()) for user in counts}
    return CountedPlayers(
        sorted(_sum_up(hashes[user], found) for user, found in counts.items()),
        at,
        min(documents, most),
        documents <= most,
        without_player,
        unsettled,
        {hashes[user]: sample for user, sample in samples.items()},
    )


def _read_reason(fields: dict[str, object]) -> str:
    reason = read_reason(fields)
    return reason if reason in CORRECTION_REASONS else OTHER_REASON


def _sum_up(player: str, found: Counter[tuple[CorrectionState, str]]) -> PlayerCounts:
    states: Counter[CorrectionState] = Counter()
    for (state, _), number in found.items():
        states[state] += number
    merged = states[CorrectionState.MERGED]
    confirmations = found[CorrectionState.MERGED, MergedReason.CONFIRMATION]
    contradicted = sum(found[kind] for kind in CONTRADICTED)
    return PlayerCounts(
        player,
        states[CorrectionState.PENDING],
        merged,
        confirmations,
        {
            reason: number
            for (state, reason), number in sorted(found.items())
            if state is CorrectionState.QUARANTINED
        },
        states[CorrectionState.REFUSED],
        contradicted,
        merged - confirmations + contradicted,
    )
