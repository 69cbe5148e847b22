"""Compare two versions by what they guess of the same clean drawings."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings import Labels
from pipeline.formatting import format_percent, format_points
from pipeline.gate.paired import (
    ConfidenceInterval,
    difference_interval,
    holm_rejections,
    mcnemar_p_value,
    sum_by_player,
)
from pipeline.gate.words import describe_interval
from pipeline.model.answers import PairedGuesses
from pipeline.versions.guesses import Guesses

CONFIDENCE = 0.975
"""Each bound of the difference holds with this probability: both together with 95 %."""
ERROR = 0.05
"""The chance that any class is said to be surely better or worse, and is not."""


class ClassChange(NamedTuple):
    """How the recall of a class changed.

    name: of the class. label: its index. drawings: how many clean drawings it has.
    before, after: the share of them that is recognised, 0 to 1.
    gained, lost: how many of them only the later version recognises, and only the earlier one.
    sure: whether the change is more than chance, with all classes looked at together.
    """

    name: str
    label: int
    drawings: int
    before: float
    after: float
    gained: int
    lost: int
    sure: bool

    @property
    def change(self) -> float:
        """The difference of the recalls, -1 to 1."""
        return self.after - self.before


class Comparison(NamedTuple):
    """What changes from one version to another, on clean drawings that neither learned from.

    rows: how many drawings. before, after: the share of them that each recognises, 0 to 1.
    difference: `after` less `before`, with bounds.
    gained, lost: int64, the rows that only the later version recognises, and only the earlier one.
    other: int64, the rows that both mistake, for different classes.
    matrix: int64 `(classes, classes)`: by how much the number of guesses rose, a row for each class
        drawn, a column for each class guessed. Each row sums up to 0.
    moved: int64 `(classes, classes)`: how many drawings came into the cell, or left it.
    classes: by label.
    """

    rows: int
    before: float
    after: float
    difference: ConfidenceInterval
    gained: NDArray[np.int64]
    lost: NDArray[np.int64]
    other: NDArray[np.int64]
    matrix: NDArray[np.int64]
    moved: NDArray[np.int64]
    classes: list[ClassChange]


def explain_incomparable(before: Guesses, after: Guesses) -> str | None:
    """Return why the guesses of two versions cannot be compared; None: they can."""
    if before.base != after.base:
        return (
            "They were measured on different drawings: the data set was built again in between, so"
            " no drawing has a guess of both."
        )
    if not np.array_equal(before.labels, after.labels):
        return "Their files tell different drawings, although they name the same data set."
    if not len(before.labels):
        return "The data set keeps no drawings for a comparison."
    return None


def compare_guesses(before: Guesses, after: Guesses, categories: Sequence[str]) -> Comparison:
    """Compare the guesses of two versions, which `explain_incomparable` has nothing against.

    Args:
        before: of the version to compare with.
        after: of the version that is compared.
        categories: the names of the classes.
    """
    pairs = PairedGuesses(before.labels, before.guesses, after.guesses)
    changed = pairs.champion != pairs.challenger
    gains = pairs.gains
    counts = [_count(before.labels, guesses, len(categories)) for guesses in pairs[1:3]]
    left, came = (
        _count(before.labels[changed], guesses[changed], len(categories)) for guesses in pairs[1:3]
    )
    return Comparison(
        rows=pairs.rows,
        before=float(pairs.champion_right.mean()),
        after=float(pairs.challenger_right.mean()),
        difference=difference_interval(sum_by_player(pairs), CONFIDENCE),
        gained=np.flatnonzero(gains > 0),
        lost=np.flatnonzero(gains < 0),
        other=np.flatnonzero(changed & (gains == 0)),
        matrix=counts[1] - counts[0],
        moved=came + left,
        classes=_list_classes(pairs, categories),
    )


def find_moved(
    before: Guesses, after: Guesses, truth: int, guess: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows that came into a cell of the matrix, and those that left it.

    Args:
        before: of the version to compare with.
        after: of the version that is compared.
        truth: the label of what was drawn.
        guess: the label of what is guessed.
    """
    drawn = before.labels == truth
    was, is_now = before.guesses == guess, after.guesses == guess
    return np.flatnonzero(drawn & is_now & ~was), np.flatnonzero(drawn & was & ~is_now)


def describe_comparison(comparison: Comparison, before: str, after: str) -> tuple[str, str]:
    """Return which version is better, and how sure that is: a short sentence, and a longer one.

    Args:
        comparison: of the two.
        before: the name of the version to compare with.
        after: the name of the version that is compared.
    """
    if not len(comparison.gained) and not len(comparison.lost):
        return f"{after} and {before} recognise the same drawings", (
            f"Of {comparison.rows:,} clean drawings both recognise the same"
            f" {format_percent(comparison.after)}."
        )
    low, high = comparison.difference.low, comparison.difference.high
    if low > 0:
        short = f"{after} is better than {before} on clean drawings"
    elif high < 0:
        short = f"{after} is worse than {before} on clean drawings"
    else:
        short = f"On clean drawings, {after} is about as good as {before}"
    estimate = comparison.difference.estimate
    change = format_points(abs(estimate))
    told = f"{change} {'more' if estimate >= 0 else 'fewer'}"
    return short, (
        f"It recognises {told}: {format_percent(comparison.before)} before,"
        f" {format_percent(comparison.after)} now, of {comparison.rows:,} drawings that neither has"
        f" learned from. Surely {describe_interval(comparison.difference)}."
    )


def _count(labels: Labels, guesses: Labels, classes: int) -> NDArray[np.int64]:
    """Count the guesses of each class for each label: int64 `(classes, classes)`."""
    cells = labels.astype(np.int64) * classes + guesses
    counted: NDArray[np.int64] = np.bincount(cells, minlength=classes * classes)
    return counted.reshape(classes, classes)


def _list_classes(pairs: PairedGuesses, categories: Sequence[str]) -> list[ClassChange]:
    def count(rows: NDArray[np.bool_] | slice) -> list[int]:
        counts: list[int] = np.bincount(pairs.labels[rows], minlength=len(categories)).tolist()
        return counts

    drawings, gained, lost = count(slice(None)), count(pairs.gains > 0), count(pairs.gains < 0)
    before, after = count(pairs.champion_right), count(pairs.challenger_right)
    changes = [
        ClassChange(
            name,
            label,
            drawings[label],
            before[label] / max(1, drawings[label]),
            after[label] / max(1, drawings[label]),
            gained[label],
            lost[label],
            sure=False,
        )
        for label, name in enumerate(categories)
    ]
    sure = holm_rejections([_test_change(*each) for each in zip(gained, lost, strict=True)], ERROR)
    return [change._replace(sure=each) for change, each in zip(changes, sure, strict=True)]


def _test_change(gained: int, lost: int) -> float:
    """Return the p-value of McNemar's exact test on both sides: is the change chance?"""
    gains = np.repeat([1.0, -1.0], [gained, lost])
    # Of both directions the likelier one, and twice its chance.
    return min(1.0, 2 * min(mcnemar_p_value(gains), mcnemar_p_value(-gains)))
