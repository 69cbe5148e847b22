"""What the gate decides on, and what it decides by."""

from typing import NamedTuple

from pipeline.model.answers import PairedGuesses


class GateInputs(NamedTuple):
    """Both models' answers on rows that the challenger did not learn from; of one kind each, None where there are none.

    base: the base's test split. players: corrections of held-out players. crossed: corrections of the others that the champion
    has not learned from, also those of runs that were held; each answered by a head fitted without its player. confirmations:
    drawings that had been guessed rightly, crossed too where their player's corrections were learned from. golden: see
    `gate.golden_rows`. first: the base's test split, with v1.0.0 in the champion's place.
    """

    base: PairedGuesses
    players: PairedGuesses | None = None
    crossed: PairedGuesses | None = None
    confirmations: PairedGuesses | None = None
    golden: PairedGuesses | None = None
    first: PairedGuesses | None = None
