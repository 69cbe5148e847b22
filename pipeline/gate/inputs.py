"""The guesses that the gate decides on."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.model.answers import PairedGuesses


class Answers(NamedTuple):
    """Players' answers, with the guesses of both models, and what each answer stands for.

    Players correct a wrong guess more readily than they confirm a right one. So a confirmation
    stands for more drawings than a correction, where the chance of the answer is not known. The
    three weights are for three ratios of readiness, see `pipeline.sampling`.

    guesses: of both models, with the players.
    confirmed: bool `(n,)`, whether the player confirmed the guess that was shown.
    low, likely, high: float32 `(n,)`, for the lowest ratio, the likely one and the highest.
    """

    guesses: PairedGuesses
    confirmed: NDArray[np.bool_]
    low: NDArray[np.float32]
    likely: NDArray[np.float32]
    high: NDArray[np.float32]


class GateInputs(NamedTuple):
    """Guesses of champion and challenger on drawings that the challenger was not fitted to.

    clean: base rows of test, and those of val that nothing was chosen by.
    answers: all answers of held-out players, and those of other players that the champion has not
        learned from, among them those of earlier runs that were held. Of the latter the
        challenger's guesses are by heads that were fitted without the player. None: there are none.
    disagreements: answers that were asked for because these very models disagree; None: none. Of
        all drawings they show only those, so they have no weights among the others.
    golden: the golden set, see `decide.choose_golden_rows`; None: there is none.
    since_baseline: the drawings of `clean`, with the baseline in the champion's place; None if the
        champion is the baseline.
    shared: players whose id carried most of a harvest. Their answers are in all splits, so none of
        them is held out, and the id, which may be that of many people, counts as one player.
    """

    clean: PairedGuesses
    answers: Answers | None = None
    disagreements: PairedGuesses | None = None
    golden: PairedGuesses | None = None
    since_baseline: PairedGuesses | None = None
    shared: frozenset[str] = frozenset()
