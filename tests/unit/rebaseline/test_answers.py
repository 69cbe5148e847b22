"""What an answer counts when all layers are trained."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pipeline.dataset import hdf5
from pipeline.dataset.additions import Additions
from pipeline.dataset.merge import merge
from pipeline.dataset.origins import read_split_origins
from pipeline.rebaseline.answers import HEAVIEST, choose_mean_weight, read_answers
from pipeline.rebaseline.job import TrainingJob
from pipeline.records.corrections import NOT_SAID
from pipeline.records.dataset import Split


@pytest.fixture
def answered(
    base_file: Path, job: TrainingJob, make_additions: Callable[..., Additions]
) -> TrainingJob:
    """A job over a data set with 120 answers of which the game says no more; a third confirms."""
    additions = make_additions(hdf5.describe(base_file), 120)
    confirmed = np.arange(120) % 3 == 0
    guesses = np.where(confirmed, additions.labels, (additions.labels + 1) % 20).astype(np.uint8)
    unknown = {
        "asked": np.full(120, NOT_SAID, np.uint8),
        "chances": np.full(120, np.nan, np.float32),
    }
    merge(base_file, additions._replace(guesses=guesses, **unknown))
    return job.model_copy(update={"dataset": base_file})


def test_answers_of_train_are_read_and_no_others(answered: TrainingJob) -> None:
    answers, rows = (
        read_answers(answered),
        hdf5.read_corrections(answered.dataset, Split.TRAIN),
    )
    assert answers is not None
    assert 0 < len(answers.labels) < 120
    assert np.array_equal(answers.images, rows.images)
    assert np.array_equal(answers.labels, rows.labels)


def test_without_answers_there_is_nothing_to_add(base_file: Path, job: TrainingJob) -> None:
    assert read_answers(job.model_copy(update={"dataset": base_file})) is None


def test_a_confirmation_stands_for_more_drawings_than_a_correction(answered: TrainingJob) -> None:
    answers = read_answers(answered)
    assert answers is not None
    confirmed = answers.labels == read_split_origins(answered.dataset, Split.TRAIN).guesses
    assert answers.weights[confirmed].min() > answers.weights[~confirmed].max()


def test_the_mean_of_the_weights_is_what_was_chosen(answered: TrainingJob) -> None:
    heavy = answered.model_copy(update={"answer_share": 0.6})
    answers = read_answers(heavy)
    base = hdf5.read_base_counts(heavy.dataset)[Split.TRAIN]
    assert answers is not None
    wanted = choose_mean_weight(base, len(answers.labels), 0.6)
    assert wanted > 1
    assert np.isclose(answers.weights.mean(), wanted, atol=1e-5)


@pytest.mark.parametrize(
    ("base", "answers", "share", "weight"),
    [
        (1000, 1000, 0.25, 1.0),
        (1000, 333, 0.25, 1.0),
        (9000, 1000, 0.5, 9.0),
        (9000, 1000, 0.0, 1.0),
        (1_000_000, 10, 0.5, HEAVIEST),
    ],
)
def test_few_answers_count_more_each_up_to_a_limit_and_many_as_base_rows_do(
    base: int, answers: int, share: float, weight: float
) -> None:
    assert choose_mean_weight(base, answers, share) == pytest.approx(weight, abs=0.01)
