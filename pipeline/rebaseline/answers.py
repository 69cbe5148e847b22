"""Read the answers that a new baseline learns from, and decide how much each counts."""

import numpy as np

from pipeline.dataset import hdf5
from pipeline.dataset.origins import read_split_origins
from pipeline.fit.stored_answers import LEAST_CHANCE
from pipeline.rebaseline.job import TrainingJob
from pipeline.records.dataset import Split
from pipeline.sampling.ratio import estimate_ratio
from pipeline.sampling.reading import join_answers
from pipeline.sampling.weights import weigh_answers
from pipeline.training.answers import Answers

HEAVIEST = 20.0
"""No answer counts more than so many base rows, on average: a few would be learned by heart."""


def read_answers(job: TrainingJob) -> Answers | None:
    """Read players' answers of the train split, with their weights; None if there are none.

    Those of val and test are left out: they choose, and judge.
    """
    rows = hdf5.read_corrections(job.dataset, Split.TRAIN)
    if not len(rows.labels):
        return None
    answers = join_answers(read_split_origins(job.dataset, Split.TRAIN), rows.labels)
    ratio = estimate_ratio(answers, eagerness=job.eagerness, accuracy=job.possible)
    weights = weigh_answers(answers, ratio.likely, LEAST_CHANCE)
    base_rows = hdf5.read_base_counts(job.dataset)[Split.TRAIN]
    mean = choose_mean_weight(base_rows, len(weights), job.answer_share)
    return Answers(rows.images, rows.labels, (weights * mean).astype(np.float32))


def choose_mean_weight(base_rows: int, answers: int, share: float) -> float:
    """Return how much an answer counts on average, where a base row counts 1.

    At least as much as a base row, and more where answers are so few that together they would have
    less than `share` of all weight.

    Args:
        base_rows: their number.
        answers: their number, at least one.
        share: from 0 to below 1.
    """
    wanted = share / (1 - share) * base_rows / answers
    return min(max(1.0, wanted), HEAVIEST)
