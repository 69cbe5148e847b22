"""Which labels the evidence contradicts: drawings and labels to doubts. Pure; no drawing is judged by what its player said.

The evidence is the referee's embedding under a head that learned from the other players of the harvest, and stayed near the
referee's own: where no other player helps, the referee alone speaks. What the champion guessed takes no part, since a
correction is by nature where the champion is wrong.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.categories import CATEGORIES
from pipeline.drawings import Images, Labels
from pipeline.fit.solver import fit_head
from pipeline.model.head import Floats, Head
from pipeline.progress import OnProgress, silent
from pipeline.screening.referee import Referee

FOLDS = 4
PULL = 5.0  # towards the referee's own head, against the sum of the losses of the rows: a few rows hardly move it
PLAUSIBLE = float(
    np.log(len(CATEGORIES))
)  # a label that is less likely than by chance teaches nobody, and only such are held
CAUGHT = 0.96  # of labels named at random are to be held
NEIGHBOURS = 5
BLOCK_ROWS = 1_024  # compared with all known drawings at once: 16 MB
TINY = 1e-6  # the length of what the referee sees nothing in


class LabelChecks(NamedTuple):
    """What speaks against each correction of a harvest; arrays of one length.

    doubts: float32, minus the logarithm of the label's probability. contradicted: bool, so doubtful that it should be held.
    instead: uint8, the likeliest class; sure: float32, its probability. no_class: bool, the drawing fits none, whatever the
    label says; what is contradicted may be both.
    """

    doubts: Floats
    contradicted: NDArray[np.bool_]
    instead: Labels
    sure: Floats
    no_class: NDArray[np.bool_]


def check_labels(
    images: Images,
    labels: Labels,
    players: NDArray[np.str_],
    referee: Referee,
    on_progress: OnProgress = silent,
) -> LabelChecks:
    """What speaks against each correction.

    How much doubt is too much is measured, not set: as much as leaves 96 % of wrong labels held, if they were named at random
    for the drawings of this harvest and for those that the referee keeps for small harvests.

    Args:
        images: uint8 `(n, 28, 28)`, n 0 or more, as `normalize_canvas` makes them.
        labels: `(n,)`, what the players say.
        players: `(n,)`, who says it.
        referee: of the base rows.
        on_progress: told while the referee looks, about 0.3 ms a drawing.
    """
    embedded = referee.embed(images, on_progress)
    alone = referee.head.log_probabilities(embedded)
    strange = neighbour_distance(embedded, referee.known) > referee.strange
    teaches = (label_losses(alone, labels) < PLAUSIBLE) & ~strange
    judged = _cross_fitted(embedded, labels, players, teaches, referee.head)
    doubts = label_losses(judged, labels)
    allowed = max(
        PLAUSIBLE,
        np.quantile(
            np.concatenate([referee.wrong_doubts, other_label_losses(judged, labels)]), 1 - CAUGHT
        ),
    )
    return LabelChecks(
        doubts=doubts,
        contradicted=doubts > allowed,
        instead=judged.argmax(1).astype(np.uint8),
        sure=np.exp(judged.max(axis=1, initial=-np.inf)),
        no_class=strange,
    )


def label_losses(said: Floats, labels: Labels) -> Floats:
    """float32 `(n,)`: how much log-probabilities `(n, classes)` speak against these labels."""
    doubts: Floats = -said[np.arange(len(labels)), labels]
    return doubts


def other_label_losses(said: Floats, labels: Labels) -> Floats:
    """float32 `(n * (classes - 1),)`: how much they would speak against every other label."""
    doubts: Floats = -said[np.arange(said.shape[1]) != labels[:, None]]
    return doubts


def neighbour_distance(embedded: Floats, known: Floats) -> Floats:
    """float32 `(n,)`: how far drawings are from those of all classes: 1 - the cosine of the angle to the fifth nearest, 0 to 1.

    Nearest neighbours tell what is foreign: Y. Sun and others, "Out-of-Distribution Detection with Deep Nearest Neighbors",
    ICML 2022.
    """
    nearest = min(NEIGHBOURS, len(known))
    strange = np.empty(len(embedded), np.float32)
    for at in range(0, len(embedded), BLOCK_ROWS):
        alike = normalize_length(embedded[at : at + BLOCK_ROWS]) @ known.T
        strange[at : at + BLOCK_ROWS] = 1 - np.partition(alike, -nearest, axis=1)[:, -nearest]
    return strange


def normalize_length(embedded: Floats) -> Floats:
    """The same directions, float32 `(n, 256)`, at length 1."""
    directions: Floats = embedded / np.maximum(
        np.linalg.norm(embedded, axis=1, keepdims=True), TINY
    )
    return directions


def _cross_fitted(
    embedded: Floats,
    labels: Labels,
    players: NDArray[np.str_],
    teaches: NDArray[np.bool_],
    head: Head,
) -> Floats:
    """Log-probabilities `(n, classes)`, those of each drawing by a head that saw no drawing of its player."""
    fold = np.unique(players, return_inverse=True)[1] % FOLDS
    judged = np.empty((len(labels), len(head.bias)), np.float32)
    for each in range(FOLDS):
        rows, own = teaches & (fold != each), fold == each
        count = int(rows.sum())
        if count and own.any():
            ones = np.ones(count, np.float32)
            fitted = fit_head(
                embedded[rows], labels[rows], ones, anchor=head, strength=PULL / count
            )
        else:
            fitted = head
        judged[own] = fitted.log_probabilities(embedded[own])
    return judged
