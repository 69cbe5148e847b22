"""A training that was struck, killed or ran out of disk, begun again, ends with the weights of an undisturbed one."""

import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from pipeline.dataset.preprocess import preprocess
from pipeline.progress import OnProgress
from pipeline.settings import RecipeName
from pipeline.training.recipes import RECIPES, TrainingConfig
from pipeline.training.train import remove_checkpoints, train

# 160 drawings are 8 steps of 20, as 490 would be 8 of 64: as many places to stop at in less time.
BATCH = 20
DRAWINGS = 10  # of each class; 8 of them are for training
TEACHER = TrainingConfig(epochs=2, batch_size=BATCH, learning_rate=4e-3, dropout=0.4, warped=True)
RECIPES_HERE = {
    name: replace(recipe, teacher=TEACHER if recipe.teacher else None).with_course(
        epochs=3, batch_size=BATCH
    )
    for name, recipe in RECIPES.items()
}
QUICK = RECIPES_HERE[RecipeName.FAST]

slow = pytest.mark.slow


@pytest.fixture(scope="module")
def small_base(random_raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Revision 0 with `DRAWINGS` of each class: not to be changed."""
    path = tmp_path_factory.mktemp("small-base") / "data.h5"
    preprocess(random_raw, path, samples_per_class=DRAWINGS, seed=3)
    return path


class Struck(Exception):
    """Raised by a listener in the middle of a training."""


def struck_at(step: int) -> OnProgress:
    def listen(message: str, done: int = 0, total: int = 0) -> None:
        if done == step:
            raise Struck

    return listen


def bytes_of(model: Any) -> list[bytes]:
    return [weights.tobytes() for weights in model.get_weights()]


@pytest.fixture(scope="module", autouse=True)
def eagerly() -> Iterator[None]:
    """Tracing a graph takes longer than these few steps do."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture(scope="module")
def undisturbed(small_base: Path) -> Callable[[str], Any]:
    """By the name of a recipe: model and curves, trained in one go without a checkpoint, once."""
    return cache(lambda name: train(small_base, recipe=RECIPES_HERE[RecipeName(name)], seed=5))


# Step 12 lies in the second epoch, step 30 in the student's second, behind the teacher.
@pytest.mark.parametrize(
    ("name", "step"),
    [("fast", 3), ("fast", 12), ("fast", 24), ("plain", 20), ("best", 12), ("best", 30)],
)
@slow  # the default suite strikes once, in the test of a full disk
def test_struck_and_begun_again_it_ends_with_the_weights_of_an_undisturbed_one(
    name: str, step: int, undisturbed: Callable[[str], Any], small_base: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "model.checkpoint"
    recipe = RECIPES_HERE[RecipeName(name)]
    with pytest.raises(Struck):
        train(small_base, recipe=recipe, seed=5, checkpoint=kept, on_progress=struck_at(step))
    told: list[str] = []
    model, history = train(
        small_base,
        recipe=recipe,
        seed=5,
        checkpoint=kept,
        on_progress=lambda message, *_: told.append(message),
    )
    expected, curves = undisturbed(name)
    assert bytes_of(model) == bytes_of(expected)
    assert {**history, "seconds": None} == {**curves, "seconds": None}
    assert any("going on after epoch" in message for message in told) == (step > 8)


@slow
def test_a_finished_training_is_not_done_again_until_its_checkpoints_are_removed(
    undisturbed: Callable[[str], Any], small_base: Path, tmp_path: Path
) -> None:
    kept, recipe = tmp_path / "model.checkpoint", RECIPES_HERE[RecipeName.BEST]
    train(small_base, recipe=recipe, seed=5, checkpoint=kept)
    told: list[int] = []
    model, _ = train(
        small_base,
        recipe=recipe,
        seed=5,
        checkpoint=kept,
        on_progress=lambda message, done=0, *_: told.append(done),
    )
    assert bytes_of(model) == bytes_of(undisturbed("best")[0])
    assert len(told) < 6
    remove_checkpoints(kept)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "change", [pytest.param(each, marks=slow) for each in ("seed", "recipe", "data set", "damage")]
)
def test_a_checkpoint_of_another_training_or_a_damaged_one_is_not_taken_and_that_is_said(
    change: str,
    undisturbed: Callable[[str], Any],
    small_base: Path,
    random_raw: Path,
    tmp_path: Path,
) -> None:
    kept, other = tmp_path / "model.checkpoint", tmp_path / "other.h5"
    recipe = QUICK.with_course(epochs=4, batch_size=None) if change == "recipe" else QUICK
    preprocess(random_raw, other, samples_per_class=DRAWINGS, seed=4)
    with pytest.raises(Struck):
        train(
            other if change == "data set" else small_base,
            recipe=recipe,
            seed=6 if change == "seed" else 5,
            checkpoint=kept,
            on_progress=struck_at(12),
        )
    if change == "damage":
        kept.write_bytes(kept.read_bytes()[:1000])
    told: list[str] = []
    model, _ = train(
        small_base,
        recipe=QUICK,
        seed=5,
        checkpoint=kept,
        on_progress=lambda message, *_: told.append(message),
    )
    assert bytes_of(model) == bytes_of(undisturbed("fast")[0])
    assert any("from the beginning" in message for message in told)


def test_a_full_disk_stops_it_with_one_line_and_the_next_call_goes_on(
    undisturbed: Callable[[str], Any], small_base: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "model.checkpoint"
    with pytest.raises(Struck):
        train(small_base, recipe=QUICK, seed=5, checkpoint=kept, on_progress=struck_at(12))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(OSError, match="cannot write the training's checkpoint"):
            train(small_base, recipe=QUICK, seed=5, checkpoint=kept)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    messages: list[str] = []
    model, history = train(
        small_base,
        recipe=QUICK,
        seed=5,
        checkpoint=kept,
        on_progress=lambda message, *_: messages.append(message),
    )
    expected, curves = undisturbed("fast")
    assert bytes_of(model) == bytes_of(expected)
    assert {**history, "seconds": None} == {**curves, "seconds": None}
    assert any("going on after epoch" in message for message in messages)


KILLED = """
import os, signal, sys
from pathlib import Path
from pipeline.training.recipes import RECIPES
from pipeline.settings import RecipeName
from pipeline.training.train import train

def listen(message, done=0, total=0):
    if done == 12:
        os.kill(os.getpid(), signal.SIGKILL)

recipe = RECIPES[RecipeName.FAST].with_course(epochs=3, batch_size=20)
train(Path(sys.argv[1]), recipe=recipe, seed=5, checkpoint=Path(sys.argv[2]), on_progress=listen)
"""


@pytest.mark.slow
def test_killed_and_begun_again_it_ends_with_the_weights_of_an_undisturbed_one(
    small_base: Path, tmp_path: Path
) -> None:
    tf.config.run_functions_eagerly(False)  # as the one that is killed
    expected, _ = train(small_base, recipe=QUICK, seed=5)
    kept = tmp_path / "model.checkpoint"
    died = subprocess.run(
        [sys.executable, "-c", KILLED, str(small_base), str(kept)], check=False, timeout=200
    )
    assert died.returncode == -signal.SIGKILL
    told: list[str] = []
    model, _ = train(
        small_base,
        recipe=QUICK,
        seed=5,
        checkpoint=kept,
        on_progress=lambda message, *_: told.append(message),
    )
    tf.config.run_functions_eagerly(True)
    assert any("going on after epoch 1" in message for message in told)
    assert bytes_of(model) == bytes_of(expected)
