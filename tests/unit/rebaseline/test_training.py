"""All layers are trained on base rows and answers, and a stopped training ends the same."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
import tensorflow as tf

from pipeline.dataset import hdf5
from pipeline.dataset.additions import Additions
from pipeline.dataset.merge import merge
from pipeline.errors import DatasetMoved
from pipeline.model.file import read_model_categories, read_predictor
from pipeline.progress import silent
from pipeline.rebaseline.job import TrainingJob
from pipeline.rebaseline.training import train_all_layers


@pytest.fixture(autouse=True)
def eagerly() -> Iterator[None]:
    """Run without graphs, whose tracing takes longer than these few steps."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture
def answered(
    base_file: Path, job: TrainingJob, make_additions: Callable[..., Additions]
) -> TrainingJob:
    """A job of two epochs over a data set with 60 answers."""
    merge(base_file, make_additions(hdf5.describe(base_file), 60))
    digest = hdf5.describe(base_file).digest
    few = {"epochs": 2, "batch_size": 256, "precision": "float32"}
    return job.model_copy(update={"dataset": base_file, "digest": digest, **few})


def in_folder(job: TrainingJob, name: str) -> TrainingJob:
    return job.model_copy(update={"folder": job.folder / name})


@pytest.mark.slow  # it trains three times, as the next one does
def test_a_training_that_was_stopped_goes_on_after_its_last_epoch_and_ends_the_same(
    answered: TrainingJob,
) -> None:
    def stop_in_second_epoch(message: str, done: int = 0, total: int = 0) -> None:
        if message.startswith("epoch 2"):
            raise KeyboardInterrupt

    said: list[str] = []
    undisturbed, curves = train_all_layers(in_folder(answered, "one"), silent)
    stopped = in_folder(answered, "two")
    with pytest.raises(KeyboardInterrupt):
        train_all_layers(stopped, stop_in_second_epoch)
    resumed, resumed_curves = train_all_layers(stopped, lambda message, *_: said.append(message))  # type: ignore[arg-type,misc]
    assert any(message.startswith("going on after epoch 1") for message in said)
    # Digests: pytest would look for the differences of a megabyte for many minutes.
    assert sha256(resumed).hexdigest() == sha256(undisturbed).hexdigest()
    assert resumed_curves["val_loss"] == curves["val_loss"]
    assert read_model_categories(resumed) == tuple(hdf5.describe(answered.dataset).categories)


@pytest.mark.slow
def test_answers_change_what_is_learned_and_so_does_their_share(
    answered: TrainingJob, pristine_base: Path
) -> None:
    base = {"dataset": pristine_base, "digest": hdf5.describe(pristine_base).digest}
    jobs = [
        answered,
        answered.model_copy(update={"answer_share": 0.8}),
        answered.model_copy(update=base),
    ]
    digests = {
        read_predictor(train_all_layers(in_folder(each, str(number)), silent)[0]).backbone_digest
        for number, each in enumerate(jobs)
    }
    assert len(digests) == 3


def test_a_data_set_that_another_process_has_changed_is_not_trained_on(
    answered: TrainingJob,
) -> None:
    with pytest.raises(DatasetMoved):
        train_all_layers(answered.model_copy(update={"digest": "another"}), silent)
