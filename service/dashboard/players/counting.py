"""The players as they were counted last, and one player as it is now."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pipeline.corrections.player_counts import OTHER_REASON, CountedPlayers, PlayerCounts
from pipeline.corrections.players import CONTRADICTED, Standing
from pipeline.reasons import MergedReason, QuarantineReason
from pipeline.records.corrections import CorrectionState
from service.backends.slow_result import StillWorking
from service.dashboard.frame.reading_all import Reading, describe_failure, estimate_reading
from service.dashboard.players.words import STANDINGS
from service.wiring import Wiring

PAGE_SIZE = 50
MOST_ANEW = 2_000
"""Corrections of a player who is counted anew for the page about them."""
_WORST_FIRST = list(STANDINGS)


class Counted(NamedTuple):
    """The players as far as they are counted.

    players: None if they never were. working: whether they are being counted now. is_old: whether
    it is time to count again. reading: what counting would read. failure: why the last try failed.
    """

    players: CountedPlayers | None
    working: bool
    is_old: bool
    reading: Reading
    failure: str | None = None


class PlayerPage(NamedTuple):
    """A part of the list. total: players of this standing. first: the place of the first one."""

    players: list[PlayerCounts]
    total: int
    first: int
    before: int | None
    after: int | None


def read_counted(wiring: Wiring) -> Counted:
    """Return the last count; of a small game, count where that is due.

    Raises:
        Exception: what such a count has failed with.
    """
    reading, kept = estimate_reading(wiring), wiring.players.glance()
    is_old = kept is None or is_due(kept, wiring.settings.answer.players_minutes)
    if is_old and reading.by_itself:
        try:
            kept = wiring.players.get()
            is_old = False
        except StillWorking:
            pass
    failure = describe_failure(wiring.players.failure)
    return Counted(kept, wiring.players.is_working, is_old, reading, failure)


def is_due(kept: CountedPlayers, minutes: float) -> bool:
    """Return whether a count is older than it may be."""
    return datetime.now(UTC) - kept.at > timedelta(minutes=minutes)


def arrange(kept: CountedPlayers, standing: Standing | None, page: int) -> PlayerPage:
    """Return a part of the players: the worst standing first, then who is contradicted most.

    Args:
        kept: all players.
        standing: only players of this one; None: all.
        page: the number of the part, from 1.
    """
    chosen = [each for each in kept.players if standing in {None, each.standing}]
    chosen.sort(key=_rank)
    first = (page - 1) * PAGE_SIZE
    shown = chosen[first : first + PAGE_SIZE]
    more = first + PAGE_SIZE < len(chosen)
    return PlayerPage(
        shown, len(chosen), first + 1, page - 1 if page > 1 else None, page + 1 if more else None
    )


def count_standings(kept: CountedPlayers) -> dict[Standing, int]:
    """Return how many players there are of each standing, the worst first."""
    found = [each.standing for each in kept.players]
    return {standing: found.count(standing) for standing in _WORST_FIRST}


def count_sent(player: PlayerCounts) -> int:
    """Return how many corrections a player has sent."""
    return player.pending + player.merged + sum(player.quarantined.values()) + player.refused


class OnePlayer(NamedTuple):
    """One player. total: corrections, as it is now.

    counts: None for a player with many corrections while the players were not counted. at: when it
    was counted; None: now.
    """

    total: int
    counts: PlayerCounts | None
    at: datetime | None


def read_one(wiring: Wiring, player: str, user: str) -> OnePlayer:
    """Return how one player's corrections fared: as it is now, or of many as it was counted last.

    Firestore finds what is the player's and is merged by walking through both, entry by entry: of
    tens of thousands that takes longer than a page may.

    Args:
        wiring: of this process.
        player: the hash.
        user: the id.
    """
    total = wiring.ports.corrections.count(None, player=user)
    if total <= MOST_ANEW:
        return OnePlayer(total, count_one(wiring, player, user), None)
    kept = wiring.players.glance()
    found = [each for each in kept.players if each.player == player] if kept else []
    return OnePlayer(total, found[0], kept.at) if kept and found else OnePlayer(total, None, None)


def count_one(wiring: Wiring, player: str, user: str) -> PlayerCounts:
    """Return the counts of one player as they are now: seven counts, so about as many reads.

    Of those that are quarantined, only the contradicted ones are told apart from the others.

    Args:
        wiring: of this process.
        player: the hash.
        user: the id.
    """

    def count(state: CorrectionState, reason: str | None = None) -> int:
        return wiring.ports.corrections.count(state, reason, player=user)

    states = {state: count(state) for state in CorrectionState}
    merged, held = states[CorrectionState.MERGED], states[CorrectionState.QUARANTINED]
    confirmations = count(CorrectionState.MERGED, MergedReason.CONFIRMATION) if merged else 0
    against = {kind: count(*kind) if states[kind[0]] else 0 for kind in CONTRADICTED}
    contradicted = sum(against.values())
    labels = sum(
        number for (state, _), number in against.items() if state is CorrectionState.QUARANTINED
    )
    return PlayerCounts(
        player,
        states[CorrectionState.PENDING],
        merged,
        confirmations,
        {str(QuarantineReason.CONTRADICTED_LABEL): labels, OTHER_REASON: held - labels},
        states[CorrectionState.REFUSED],
        contradicted,
        merged - confirmations + contradicted,
    )


def _rank(player: PlayerCounts) -> tuple[int, int, int, str]:
    worst = _WORST_FIRST.index(player.standing)
    return worst, -player.contradicted, -count_sent(player), player.player
