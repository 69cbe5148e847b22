"""Request a run that forgets a player."""

import secrets
from datetime import UTC, datetime

from pipeline.corrections.fields import read_player_id
from pipeline.errors import InvalidPlayer
from pipeline.ports import RunStore
from pipeline.records.runs import Run, RunKind, Trigger

MOST_CHARACTERS = 1500
"""Of a player's id; Firestore indexes no longer texts."""


def request_forgetting(runs: RunStore, player: str, requested_by: str) -> Run:
    """Record a run that forgets a player, and return it. Its id says nothing about the player.

    The run keeps no idempotency key, as it does not say whom it forgets: with a key that was used
    for another player, that run would be returned. To forget a player twice does no harm.

    Args:
        runs: where runs are recorded.
        player: the id of the player, as the game writes it.
        requested_by: who asks.

    Raises:
        InvalidPlayer: it is no id.
        RunInProgress: another run holds the slot.
    """
    now = datetime.now(UTC)
    run = Run(
        id=f"run-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}",
        kind=RunKind.FORGET,
        trigger=Trigger.PERSON,
        requested_at=now,
        requested_by=requested_by,
    )
    return runs.request(run, check_player(player))


def check_player(player: str) -> str:
    """Return the id of a player as `pipeline.corrections.fields.read_player_id` reads it.

    Raises:
        InvalidPlayer: it is empty, or too long.
    """
    read = read_player_id(player)
    if not read or len(read) > MOST_CHARACTERS or "\0" in read:
        raise InvalidPlayer(
            f"this is no id of a player: write the userId of the corrections, 1 to "
            f"{MOST_CHARACTERS} characters"
        )
    return read
