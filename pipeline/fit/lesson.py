"""What the head is fitted to: features of base rows and corrections in one array, and what each row counts for."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.dataset import Labels
from pipeline.finetune import fit_head
from pipeline.head import Head
from pipeline.progress import OnProgress, silent

# Base rows of train are those that the champion knows by heart, surer than drawings it never saw; so their features count half,
# about what dropout left of them when it was trained. Measured: docs/decisions/0011.
SOFTENED = 0.5


class Course(NamedTuple):
    """How the head is fitted. weight: of one correction against one base row. strength: of the pull towards the champion."""

    weight: float
    strength: float


class Lesson(NamedTuple):
    """Rows to learn from: features float32 `(n, 1600)`, labels uint8 `(n,)`; `base` softened base rows first, then corrections.

    anchor: the champion's head.
    """

    features: NDArray[np.float32]
    labels: Labels
    base: int
    anchor: Head

    @property
    def corrections(self) -> int:
        """How many there are."""
        return len(self.labels) - self.base

    def solved(
        self,
        course: Course,
        *,
        without: NDArray[np.bool_] | None = None,
        start: Head | None = None,
        on_progress: OnProgress = silent,
    ) -> Head:
        """The one best head by this course; with nothing to learn it is the anchor.

        Args:
            course: weight and strength.
            without: bool `(corrections,)`, which of them have no say.
            start: where the search starts; the anchor when it is None.
            on_progress: told after each iteration.
        """
        taught = np.full(self.corrections, course.weight, np.float32)
        if without is not None:
            taught[without] = 0
        if not taught.any():
            return self.anchor
        return fit_head(
            self.features,
            self.labels,
            np.concatenate([np.ones(self.base, np.float32), taught]),
            anchor=self.anchor,
            strength=course.strength,
            start=start,
            on_progress=on_progress,
        )


def lesson_of(base: tuple[NDArray[np.floating], Labels], played: tuple[NDArray[np.floating], Labels], anchor: Head) -> Lesson:
    """The lesson of base rows, softened, and corrections: features `(n, 1600)` and labels `(n,)` of each."""
    rows = len(base[1])
    features = np.empty((rows + len(played[1]), base[0].shape[1]), np.float32)
    features[:rows], features[rows:] = base[0], played[0]
    features[:rows] *= SOFTENED
    return Lesson(features, np.concatenate([base[1], played[1]]), rows, anchor)
