"""The guesses that the gate decides on."""

from typing import NamedTuple

from pipeline.model.answers import PairedGuesses


class GateInputs(NamedTuple):
    """Guesses of champion and challenger on drawings that the challenger was not fitted to.

    Each part is None where there are no such drawings.

    clean: the base's test split.
    held_out: corrections of held-out players.
    cross_fitted: corrections of other players that the champion has not learned from, among them
        those of earlier runs that were held. The challenger's guesses are by heads that were
        fitted without the player.
    confirmations: drawings whose player confirmed the guess, selected as the corrections are; by
        such heads too where corrections of their players were learned from.
    golden: the golden set, see `decide.choose_golden_rows`.
    since_baseline: the base's test split, with v1.0.0 in the champion's place; None if v1.0.0 is
        the champion.
    shared: players whose id carried most of a harvest. Their corrections are in all splits, so none
        of them is held out, and the id, which may be that of many people, counts as one player.
    """

    clean: PairedGuesses
    held_out: PairedGuesses | None = None
    cross_fitted: PairedGuesses | None = None
    confirmations: PairedGuesses | None = None
    golden: PairedGuesses | None = None
    since_baseline: PairedGuesses | None = None
    shared: frozenset[str] = frozenset()
