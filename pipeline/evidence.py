"""Which labels the evidence contradicts: drawings and labels to doubts. Pure; no drawing is judged by what its player said.

The evidence is the referee's embedding under a head that learned from the other players of the harvest, and stayed near the
referee's own: where no other player helps, the referee alone speaks. What the champion guessed takes no part, since a correction
is by nature where the champion is wrong.
"""

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from pipeline.dataset import Labels
from pipeline.finetune import fit_head
from pipeline.head import Head
from pipeline.progress import OnProgress, silent
from pipeline.referee import Floats, Referee

FOLDS = 4
PULL = 1e-3  # towards the referee's own head
PLAUSIBLE = 3.0  # a label that the referee doubts more teaches nobody: e^-3 is what chance gives one of twenty
CAUGHT = 0.97  # of labels named at random are to be held
STRANGE = 0.995  # of drawings that fit a class are less strange


class Evidence(NamedTuple):
    """What speaks against each correction of a harvest; arrays of one length.

    doubts: float32, minus the logarithm of the label's probability. contradicted: bool, the label is held against it.
    instead: uint8, the likeliest class; sure: float32, its probability. no_class: bool, the drawing fits none.
    """

    doubts: Floats
    contradicted: NDArray[np.bool_]
    instead: Labels
    sure: Floats
    no_class: NDArray[np.bool_]
