"""The label check: compare players' labels with what their drawings look like.

The referee turns each drawing into an embedding. A head on the embeddings then gives the class
probabilities. It learns from the other players' corrections in the harvest, so it knows how players
draw; but it stays close to the referee's own head, so a few players cannot teach it a lie. Where
the harvest has too few corrections to learn from, it is the referee's head.

The champion's guess is not used. Corrections are made where the champion is wrong, so it would
contradict nearly all of them.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings import Images, Labels
from pipeline.fit.solver import fit_head
from pipeline.model.head import Floats, Head
from pipeline.progress import OnProgress, silent
from pipeline.screening.limits import (
    compute_chance_loss,
    find_distance_limit,
    find_limits,
    label_losses,
    measure_lack,
    other_label_losses,
    sum_evidence,
)
from pipeline.screening.referee import Referee

FOLDS = 4
ANCHOR_STRENGTH = 5.0
"""Strength of the pull towards the referee's head, for the summed loss: few rows hardly move it."""
NEIGHBOURS = 5
BLOCK_ROWS = 1_024
"""Drawings that are compared with all known ones together: 16 MB."""
MIN_LENGTH = 1e-6
"""The smallest length by which an embedding is divided; one of zeros stays zeros."""


class LabelChecks(NamedTuple):
    """What the label check says about each correction of a harvest; arrays of one length n.

    losses: float32 `(n,)`, minus the logarithm of the label's probability.
    contradicted: bool `(n,)`, whether the loss is so high that the label may be wrong.
    likeliest: uint8 `(n,)`, the most probable class.
    probabilities: float32 `(n,)`, its probability.
    no_class: bool `(n,)`, whether the drawing resembles no class, whatever its label. A correction
    can be both contradicted and of no class.
    """

    losses: Floats
    contradicted: NDArray[np.bool_]
    likeliest: Labels
    probabilities: Floats
    no_class: NDArray[np.bool_]


def check_labels(
    images: Images,
    labels: Labels,
    guesses: Labels,
    players: NDArray[np.str_],
    referee: Referee,
    *,
    on_progress: OnProgress = silent,
) -> LabelChecks:
    """Check the labels of a harvest.

    Args:
        images: uint8 `(n, 28, 28)`, n 0 or more, as `normalize_canvas` returns them.
        labels: uint8 `(n,)`, the players' labels.
        guesses: uint8 `(n,)`, what was guessed; it is only asked whether it is the label.
        players: str `(n,)`, the hashed player of each drawing.
        referee: trained on the base rows.
        on_progress: called while embeddings are computed, about 0.3 ms a drawing.
    """
    embeddings = referee.embed(images, on_progress)
    referee_losses = label_losses(referee.head.log_probabilities(embeddings), labels)
    # Labels that the referee itself finds less likely than chance are not learned from.
    classes = len(referee.head.bias)
    plausible = referee_losses < compute_chance_loss(classes)
    lack = measure_lack(float(referee.rows) / classes)
    distances = neighbour_distance(embeddings, referee.known)
    no_class = distances > find_distance_limit(referee.distances, distances[plausible], lack)
    log_probabilities = _cross_fit(embeddings, labels, players, plausible & ~no_class, referee.head)
    losses = label_losses(log_probabilities, labels)
    # The losses of wrong labels are measured: for each drawing of the harvest all other labels
    # serve as wrong ones. The referee adds some from its training, which matter if the harvest is
    # small.
    wrong_losses = np.concatenate(
        [referee.wrong_doubts, other_label_losses(log_probabilities, labels)]
    )
    others = sum_evidence(losses, players, labels != guesses, classes)
    limits = find_limits(wrong_losses, others, classes, lack)
    return LabelChecks(
        losses=losses,
        contradicted=losses > limits,
        likeliest=log_probabilities.argmax(1).astype(np.uint8),
        probabilities=np.exp(log_probabilities.max(axis=1, initial=-np.inf)),
        no_class=no_class,
    )


def neighbour_distance(embeddings: Floats, known: Floats) -> Floats:
    """Return how far drawings are from the known drawings of all classes.

    The distance to the k-th nearest neighbour shows whether a drawing is of the same kind as the
    known ones: Y. Sun and others, "Out-of-Distribution Detection with Deep Nearest Neighbors", ICML
    2022. The fifth is used and not the first, as a single known drawing may be unusual itself.

    Args:
        embeddings: float32 `(n, 256)`, of any length.
        known: float32 `(m, 256)`, of length 1; m at least 1.

    Returns:
        float32 `(n,)`: 1 - the cosine similarity to the fifth nearest known drawing, 0 to 1.
    """
    nearest = min(NEIGHBOURS, len(known))
    distances = np.empty(len(embeddings), np.float32)
    for start in range(0, len(embeddings), BLOCK_ROWS):
        # Vectors of length 1: their dot products are cosines. `partition` puts the k-th largest in
        # its place without sorting the rest.
        cosines = normalize_length(embeddings[start : start + BLOCK_ROWS]) @ known.T
        kth_largest = np.partition(cosines, -nearest, axis=1)[:, -nearest]
        distances[start : start + BLOCK_ROWS] = 1 - kth_largest
    return distances


def normalize_length(embeddings: Floats) -> Floats:
    """Return embeddings float32 `(n, 256)` scaled to length 1."""
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    directions: Floats = embeddings / np.maximum(lengths, MIN_LENGTH)
    return directions


def _cross_fit(
    embeddings: Floats,
    labels: Labels,
    players: NDArray[np.str_],
    plausible: NDArray[np.bool_],
    anchor: Head,
) -> Floats:
    """Return log-probabilities that do not depend on the labels of the drawing's own player.

    Args:
        embeddings: float32 `(n, 256)`.
        labels: uint8 `(n,)`.
        players: str `(n,)`, hashed.
        plausible: bool `(n,)`, which rows to learn from.
        anchor: the referee's head.

    Returns:
        float32 `(n, classes)`.
    """
    # Cross-fitting over players: each player is in one fold with all drawings, and a fold's
    # drawings are scored by a head that was fitted to the other folds. Otherwise a player who
    # sends one wrong label many times would teach the head that it is right. Labels that the
    # referee finds less likely than chance are not learned from, so liars do not help each other.
    #
    # The solver's loss is a mean over the rows, so the strength is divided by their number: the
    # pull towards the anchor then counts against the sum of the losses.
    folds = np.unique(players, return_inverse=True)[1] % FOLDS
    log_probabilities = np.empty((len(labels), len(anchor.bias)), np.float32)
    for fold in range(FOLDS):
        own = folds == fold
        rows = plausible & ~own
        count = int(rows.sum())
        head = anchor
        if count and own.any():
            head = fit_head(
                embeddings[rows],
                labels[rows],
                np.ones(count, np.float32),
                anchor=anchor,
                strength=ANCHOR_STRENGTH / count,
            )
        log_probabilities[own] = head.log_probabilities(embeddings[own])
    return log_probabilities
