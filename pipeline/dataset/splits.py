"""Assign players, or corrections of players who share an id, to the splits of the data set."""

import hmac

import numpy as np
from numpy.typing import NDArray

from pipeline.records.dataset import Split


def player_split(player: str | bytes) -> Split:
    """Return the split of all of a player's drawings.

    One split for each player, so that a player known from training never appears in a holdout.
    Test gets a larger share than it has of Quick, Draw!: the gate decides on players' drawings,
    and they are few.

    Args:
        player: the hashed player id, hex. A hash is uniform, so its value modulo 10 gives 70 % of
            the players to train, 10 % to val and 20 % to test.
    """
    return _choose_split(player)


def correction_split(player: str, correction_id: str) -> Split:
    """Return the split of one correction of a shared player, see `find_shared_players`.

    Args:
        player: the hashed player id. It keys the hash, so a player cannot choose ids for a split.
        correction_id: of the correction.
    """
    return _choose_split(hmac.new(player.encode(), correction_id.encode(), "sha256").hexdigest())


def find_shared_players(
    players: NDArray[np.object_], splits: NDArray[np.object_]
) -> frozenset[str]:
    """Return the players whose corrections were shared out over the splits one by one.

    They are those with a row outside of their own split. The data set itself thus says who they
    are: a player who was shared once stays shared, whatever later harvests look like.

    Args:
        players: hashed, of each appended row, or of a part of the rows: the players of several
            parts are those of all of them together.
        splits: of each of these rows.
    """
    own: dict[str, Split] = {}
    return frozenset(
        player
        for player, split in zip(players.tolist(), splits.tolist(), strict=True)
        if split != own.setdefault(player, player_split(player))
    )


def _choose_split(digest: str | bytes) -> Split:
    tenth = int(digest[:16], 16) % 10
    return Split.TRAIN if tenth < 7 else Split.VAL if tenth == 7 else Split.TEST  # noqa: PLR2004
