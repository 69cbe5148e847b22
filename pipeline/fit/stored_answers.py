"""The answers of players in the data set, with features, origins, and what each stands for."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.dataset import hdf5
from pipeline.dataset.origins import SplitOrigins, read_split_origins
from pipeline.drawings import Labels
from pipeline.fit.feature_cache import FeatureCache, load_correction_features
from pipeline.fit.feature_rows import FeatureRows
from pipeline.fit.training_set import Answers
from pipeline.progress import OnProgress, silent
from pipeline.records.dataset import Split
from pipeline.sampling.accuracy import bound_accuracy
from pipeline.sampling.ratio import estimate_ratio
from pipeline.sampling.rows import AnswerRows
from pipeline.sampling.weights import weigh_answers

# To learn from, no answer stands for more than ten drawings asked about for sure. With the hundred
# that a rare audit's answer stands for, a few answers would decide: see docs/decisions/0014.
LEAST_CHANCE = 0.1


class StoredAnswers(NamedTuple):
    """Answers of one split in order of merging, corrections and confirmations.

    features: `(n, 1600)`, read in slices. labels: uint8 `(n,)`. origins: of the same rows.
    """

    features: FeatureRows
    labels: Labels
    origins: SplitOrigins

    def select(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "StoredAnswers":
        """Return some of the answers: a mask, or positions in ascending order."""
        return StoredAnswers(
            self.features.select(rows), self.labels[rows], self.origins.select(rows)
        )

    def newest(self, most: int) -> "StoredAnswers":
        """Return the `most` answers that were merged last, or all."""
        return self.select(np.arange(max(0, len(self.labels) - most), len(self.labels)))

    def weigh(
        self,
        clean_accuracy: float,
        eagerness: float,
        possible: tuple[float, float] | None = None,
    ) -> Answers:
        """Weigh the answers so that together they stand for all drawings that were guessed.

        Args:
            clean_accuracy: the champion's on clean drawings, 0 to 1, see `bound_accuracy`.
            eagerness: the highest ratio of readiness, see `estimate_ratio`.
            possible: between what the champion's accuracy on players' drawings can be, 0 to 1, if
                more is known than its accuracy on clean ones.
        """
        origins = self.origins
        confirmed = self.labels == origins.guesses
        rows = AnswerRows(confirmed, origins.chances, origins.asked, origins.players)
        return Answers(self.features, self.labels, weigh(rows, clean_accuracy, eagerness, possible))


def weigh(
    rows: AnswerRows,
    clean_accuracy: float,
    eagerness: float,
    possible: tuple[float, float] | None = None,
) -> NDArray[np.float32]:
    """Return what each answer stands for in a fit: float32 `(n,)`, with a mean of 1.

    Args:
        rows: the answers.
        clean_accuracy: see `StoredAnswers.weigh`.
        eagerness: see there.
        possible: see there.
    """
    accuracy = possible or bound_accuracy(clean_accuracy)
    ratio = estimate_ratio(rows, eagerness=eagerness, accuracy=accuracy)
    return weigh_answers(rows, ratio.likely, LEAST_CHANCE)


def load_answers(
    cache: FeatureCache,
    path: Path,
    split: Split,
    *,
    most: int,
    since: int | None = None,
    on_progress: OnProgress = silent,
) -> StoredAnswers:
    """Load the newest answers of a split: `most` of them, and all that are newer than `since`.

    The features of older answers are neither computed nor kept, so that the time and the disk that
    a run needs do not grow with all answers ever.

    Args:
        cache: the champion's feature cache.
        path: the data set.
        split: the split.
        most: how many older answers may be among them.
        since: a revision; None: no answer is needed just because it is new.
        on_progress: called after each portion of features.
    """
    origins = read_split_origins(path, split)
    rows = len(origins.revisions)
    # In order of merging, so the new ones are the last ones.
    new = 0 if since is None else int(np.count_nonzero(origins.revisions > since))
    first = rows - min(rows, max(most, new))
    return StoredAnswers(
        load_correction_features(cache, path, split, on_progress, first=first),
        hdf5.read_correction_labels(path, split)[first:],
        origins.select(slice(first, None)),
    )
