"""What pages say about players: their standing, and what follows from it."""

from collections.abc import Mapping
from typing import NamedTuple

from pipeline.corrections.players import Standing

SHOWN_HASH = 10
"""Characters of a hash that are shown; the whole is in the link."""


class StandingWords(NamedTuple):
    """A standing in a word, the kind of its chip, and what it means."""

    word: str
    kind: str
    meaning: str


STANDINGS: Mapping[Standing, StandingWords] = {
    Standing.PLAYER_RECORD: StandingWords(
        "distrusted",
        "bad",
        "Half or more of what this player sent is contradicted, more than bad luck explains. The"
        " next run quarantines what the player sends, until you have decided about it.",
    ),
    Standing.WATCHED: StandingWords(
        "watched",
        "busy",
        "More of what this player sent is contradicted than happens to one in twenty honest"
        " players. Nothing follows from it yet.",
    ),
    Standing.GOOD: StandingWords(
        "trusted",
        "good",
        "No more of what this player sent is contradicted than happens to honest players.",
    ),
}
"""The standings, the worst first."""
