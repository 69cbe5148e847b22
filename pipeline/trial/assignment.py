"""Assign players to a trial: the one rule that every client follows.

In JavaScript:

    async function isInTrial(trial, playerId) {
      const text = new TextEncoder().encode(`${trial.salt}:${playerId}`);
      const hash = new DataView(await crypto.subtle.digest("SHA-256", text));
      return hash.getUint32(0) < trial.share * 2 ** 32;
    }
"""

import hashlib

DIGITS = 8
NUMBERS: int = 16**DIGITS


def is_in_trial(player_id: str, salt: str, share: float) -> bool:
    """Return whether a player is in the trial with this salt.

    A player stays in or out while the trial lasts. Other salts divide the players anew, whatever
    trials there were before. The hash has another input than the data set's splits, so both groups
    have players of every split.

    Args:
        player_id: as the game knows the player, not hashed.
        salt: of the trial.
        share: of the players who are in it, 0 to 1.
    """
    return place_player(player_id, salt) < share * NUMBERS


def place_player(player_id: str, salt: str) -> int:
    """Return the player's number in a trial, 0 to 2^32 - 1, uniform over players.

    It is the number in the first 8 hex digits of the SHA-256 of `salt:playerId`, in UTF-8.
    """
    return int(hashlib.sha256(f"{salt}:{player_id}".encode()).hexdigest()[:DIGITS], 16)
