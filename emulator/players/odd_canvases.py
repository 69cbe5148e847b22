"""Canvases of every kind that browsers, phones and players have been seen to make, or may make."""

from collections.abc import Mapping

import numpy as np

from emulator.players.odd_base import Paint, Picture, lay_ink
from emulator.players.odd_edges import EDGES
from emulator.players.odd_files import FILES, NOT_CANVASES
from emulator.players.odd_inks import INKS
from emulator.players.odd_papers import PAPERS

ODD_KINDS: Mapping[str, Paint] = {**INKS, **EDGES, **PAPERS, **FILES, **NOT_CANVASES}
"""By name. Those of NOT_CANVASES are to be refused."""


def odd_canvas(kind: str, row: Picture, rng: np.random.Generator) -> bytes:
    """Return the file of a canvas of this kind with a drawing.

    Args:
        kind: a name of ODD_KINDS.
        row: uint8 (28, 28), white on black.
        rng: chooses size, place, pen, and what the kind leaves to chance.
    """
    return ODD_KINDS[kind](lay_ink(row, rng), rng)
