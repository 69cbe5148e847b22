"""Assign players to the splits of the data set."""

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
    tenth = int(player[:16], 16) % 10
    return Split.TRAIN if tenth < 7 else Split.VAL if tenth == 7 else Split.TEST  # noqa: PLR2004
