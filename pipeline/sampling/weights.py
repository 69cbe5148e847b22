"""Weigh answers so that together they stand for all drawings that a game guessed.

A game asks about some drawings more readily than about others, and players send some answers
unasked, mostly where the guess is wrong. Weighted by 1 / chance, a sample with known chances
stands for all drawings (D. G. Horvitz and D. J. Thompson, "A generalization of sampling without
replacement from a finite universe", JASA 47, 1952).
"""

from math import fsum

import numpy as np
from numpy.typing import NDArray

from pipeline.sampling.rows import AnswerRows, Samples, divide_answers

LEAST_CHANCE = 0.01
"""Smaller chances count as this one, so no answer stands for more than a hundred drawings."""
MADE_UP = 0.5
"""Answers that are added to each kind where two samples are combined (Jeffreys' prior)."""


def weigh_answers(
    rows: AnswerRows, ratio: float, least_chance: float = LEAST_CHANCE
) -> NDArray[np.float32]:
    """Return what each answer stands for.

    Answers whose chance is known weigh 1 / chance. Answers that players gave unasked share the
    weight of the audit's answers of their kind (wrong guesses or right ones): the audit says how
    many drawings of a kind there are, and both are a sample of them.

    Where the game does not say how an answer came about, each correction weighs 1 and each
    confirmation `ratio`. These are another sample of the same drawings. Both samples say what
    share of the guesses was wrong, and the shares are combined by the samples' effective sizes.
    The same goes for the weights within each kind. So corrections that come without any
    confirmation, as many games send them, add to what is known about wrong guesses, and do not
    make the model look worse than the other sample says.

    Args:
        rows: the answers.
        ratio: how many times as readily players correct a wrong guess as they confirm a right one.
        least_chance: smaller chances count as this one.

    Returns:
        float32 `(n,)`, above 0, with a mean of 1. The order of the rows changes only the order.
    """
    samples, wrong = divide_answers(rows), ~rows.confirmed
    raw = np.where(wrong, 1.0, float(ratio))
    chosen = samples.chosen
    raw[chosen] = 1 / np.maximum(rows.chances[chosen].astype(np.float64), least_chance)
    known = ~samples.unknown
    for kind in (wrong, ~wrong):
        _share_with_unasked(raw, kind, samples)
    wrong_share = _share_of_corrections(raw, wrong, known)
    weights = np.zeros(len(raw))
    for kind, share in ((wrong, wrong_share), (~wrong, 1 - wrong_share)):
        parts = [kind & known, kind & samples.unknown]
        sizes = [effective_size(raw[part]) for part in parts]
        for part, size in zip(parts, sizes, strict=True):
            if size:
                weights[part] = raw[part] * (share * size / sum(sizes) / fsum(raw[part]))
    # A kind may be missing altogether, so the shares need not add up to 1.
    return (weights * (len(raw) / (fsum(weights) or 1))).astype(np.float32)


def effective_size(weights: NDArray[np.floating]) -> float:
    """Return how many answers of equal weight say as much: (sum of w)^2 / (sum of w^2).

    Source: L. Kish, "Survey Sampling", 1965. 0 if there are none.
    """
    squares = fsum(np.square(weights, dtype=np.float64))
    return fsum(weights) ** 2 / squares if squares else 0.0


def _share_with_unasked(
    raw: NDArray[np.float64], kind: NDArray[np.bool_], samples: Samples
) -> None:
    """Divide the weight of the audit's answers of a kind between them and those given unasked."""
    audited, unasked = kind & samples.audited, kind & samples.unasked
    others = np.count_nonzero(unasked)
    if not others:
        return
    if audited.any():
        total, size = fsum(raw[audited]), effective_size(raw[audited])
    else:
        total, size = MADE_UP * float(raw[samples.audited].mean()), 0.0
    raw[audited] *= size / (size + others)
    raw[unasked] = total / (size + others)


def _share_of_corrections(
    raw: NDArray[np.float64], wrong: NDArray[np.bool_], known: NDArray[np.bool_]
) -> float:
    """Return what share of all drawings was guessed wrong, by both samples.

    An unknown sample of corrections alone, or of confirmations alone, does not say.
    """
    if known.all() or not known.any():
        return fsum(raw[wrong]) / (fsum(raw) or 1)
    size = effective_size(raw[known])
    share = fsum(raw[wrong & known]) / fsum(raw[known])
    share = (share * size + MADE_UP) / (size + 2 * MADE_UP)
    unknown = ~known
    if not wrong[unknown].any() or wrong[unknown].all():
        return share
    other, other_size = (
        fsum(raw[wrong & unknown]) / fsum(raw[unknown]),
        effective_size(raw[unknown]),
    )
    return (share * size + other * other_size) / (size + other_size)
