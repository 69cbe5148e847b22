"""What the gate decides on, and what it decides by."""

from typing import NamedTuple, Self

from pipeline.model.answers import PairedGuesses
from pipeline.settings import Settings


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


class Rules(NamedTuple):
    """What the gate decides by: the settings `gate_...`, which say what each means."""

    margin: float
    drift: float
    class_margin: float
    golden_wrong: int
    confidence: float
    eagerness: float

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those of this Redraw."""
        return cls(**{name: getattr(settings, f"gate_{name}") for name in cls._fields})
