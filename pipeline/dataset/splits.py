"""Which split a player's drawings go to."""

from pipeline.records.dataset import Split


def player_split(player: str) -> Split:
    """Where a player's drawings go, all of them: a player known from training never appears in a holdout.

    `player` is hex and evenly spread, so its value modulo 10 shares players out: 7 to train, 1 to val, 2 to test. Test gets
    more than of Quick, Draw!, because players' drawings are few and the gate's evidence.
    """
    tenth = int(player[:16], 16) % 10
    return Split.TRAIN if tenth < 7 else Split.VAL if tenth == 7 else Split.TEST  # noqa: PLR2004
