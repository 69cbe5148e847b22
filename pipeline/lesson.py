"""What the head is fitted to: features of base rows, corrections and their variants in one array, and what each counts."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.dataset import Labels
from pipeline.finetune import fit_head
from pipeline.model import Head
from pipeline.progress import OnProgress, silent


class Course(NamedTuple):
    """How the head is fitted. weight: of one correction against one base row. strength: of the pull towards the champion."""

    weight: float
    strength: float


class Lesson(NamedTuple):
    """Rows to learn from, base rows first.

    features: float32 `(n, 1600)`. labels: uint8 `(n,)`. source: int64 `(n,)`, which correction a row shows, -1 for base rows.
    corrections: how many there are. anchor: the champion's head.
    """

    features: NDArray[np.float32]
    labels: Labels
    source: NDArray[np.int64]
    corrections: int
    anchor: Head

    def solved(
        self,
        course: Course,
        *,
        without: NDArray[np.bool_] | None = None,
        start: Head | None = None,
        on_progress: OnProgress = silent,
    ) -> Head:
        """The one best head by this course; `without`, bool `(corrections,)`, leaves some corrections out.

        A correction's weight is shared by itself and its variants. With nothing to learn from it is the anchor.
        """
        counts = np.full(self.corrections, course.weight)
        if without is not None:
            counts[without] = 0
        if not counts.any():
            return self.anchor
        base = self.source < 0
        shown = max(1, (len(self.labels) - int(base.sum())) // max(1, self.corrections))
        weights = np.where(base, 1, np.append(counts, 0)[self.source] / shown).astype(np.float32)
        return fit_head(
            self.features,
            self.labels,
            weights,
            anchor=self.anchor,
            strength=course.strength,
            start=start,
            on_progress=on_progress,
        )


def lesson_of(
    base: tuple[NDArray[np.floating], Labels], played: tuple[list[NDArray[np.floating]], Labels], anchor: Head
) -> Lesson:
    """The lesson of base rows and corrections.

    Args:
        base: features `(m, 1600)` and labels.
        played: features of the corrections, and of as many variants of each as there are more arrays; and their labels.
        anchor: the champion's head.
    """
    (rows, labels), (shown, corrected) = base, played
    count, total = len(corrected), len(labels) + sum(map(len, shown))
    features = np.empty((total, rows.shape[1]), np.float32)
    at = 0
    for part in (rows, *shown):
        features[at : at + len(part)] = part
        at += len(part)
    return Lesson(
        features,
        np.concatenate([labels, *[corrected] * len(shown)]),
        np.concatenate([np.full(len(labels), -1), *[np.arange(count)] * len(shown)]),
        count,
        anchor,
    )
