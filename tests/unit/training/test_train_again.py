"""A training that is interrupted and started again ends with the weights of an undisturbed one."""

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

from pipeline.categories import CATEGORIES
from pipeline.dataset.preprocess import preprocess
from pipeline.progress import OnProgress
from pipeline.settings import RecipeName
from pipeline.training.recipes import RECIPES, TrainingConfig
from pipeline.training.train import remove_checkpoints
from tests.unit.training._precision import PRECISION, train

# 160 drawings are 4 steps of 40 in each epoch, and with 40 copies 5.
DRAWINGS = 10  # of each class; 8 of them are for training
BATCH = 40
TEACHER = TrainingConfig(epochs=2, batch_size=BATCH, learning_rate=4e-3, dropout=0.4, warped=True)
RECIPES_HERE = {
    name: replace(recipe, teacher=TEACHER if recipe.teacher else None).with_overrides(
        epochs=3, batch_size=BATCH, copies=min(recipe.copies, BATCH)
    )
    for name, recipe in RECIPES.items()
}
QUICK = RECIPES_HERE[RecipeName.FAST]

slow = pytest.mark.slow


@pytest.fixture(scope="module")
def small_base(random_raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Revision 0 with `DRAWINGS` of each class: not to be changed."""
    path = tmp_path_factory.mktemp("small-base") / "data.h5"
    preprocess(random_raw, path, categories=CATEGORIES, samples_per_class=DRAWINGS, seed=3)
    return path


class Interrupted(Exception):
    """Raised by a progress callback in the middle of a training."""


def interrupt_at(step: int) -> OnProgress:
    def listen(message: str, done: int = 0, total: int = 0) -> None:
        if done == step:
            raise Interrupted

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
    """Return model and curves by the name of a recipe, trained once, without an interruption."""
    return cache(lambda name: train(small_base, recipe=RECIPES_HERE[RecipeName(name)], seed=5))


# Step 6 lies in the second epoch, step 17 in the student's second
# epoch, after those of the teacher.
@pytest.mark.parametrize(
    ("name", "step"),
    [("fast", 2), ("fast", 6), ("fast", 12), ("plain", 10), ("best", 6), ("best", 17)],
)
@slow  # the default suite interrupts once, in the test of a full disk
def test_interrupted_and_started_again_it_ends_with_the_weights_of_an_undisturbed_one(
    name: str, step: int, undisturbed: Callable[[str], Any], small_base: Path, tmp_path: Path
) -> None:
    checkpoint = tmp_path / "model.checkpoint"
    recipe = RECIPES_HERE[RecipeName(name)]
    with pytest.raises(Interrupted):
        train(
            small_base,
            recipe=recipe,
            seed=5,
            checkpoint=checkpoint,
            on_progress=interrupt_at(step),
        )
    messages: list[str] = []
    model, history = train(
        small_base,
        recipe=recipe,
        seed=5,
        checkpoint=checkpoint,
        on_progress=lambda message, *_: messages.append(message),
    )
    expected, curves = undisturbed(name)
    assert bytes_of(model) == bytes_of(expected)
    assert {**history, "seconds": None} == {**curves, "seconds": None}
    assert any("going on after epoch" in message for message in messages) == (step > 4)


@slow
def test_a_finished_training_is_not_done_again_until_its_checkpoints_are_removed(
    undisturbed: Callable[[str], Any], small_base: Path, tmp_path: Path
) -> None:
    checkpoint, recipe = tmp_path / "model.checkpoint", RECIPES_HERE[RecipeName.BEST]
    train(small_base, recipe=recipe, seed=5, checkpoint=checkpoint)
    steps: list[int] = []
    model, _ = train(
        small_base,
        recipe=recipe,
        seed=5,
        checkpoint=checkpoint,
        on_progress=lambda message, done=0, *_: steps.append(done),
    )
    assert bytes_of(model) == bytes_of(undisturbed("best")[0])
    assert len(steps) < 6
    remove_checkpoints(checkpoint)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [pytest.param(case, marks=slow) for case in ("seed", "recipe", "copies", "data set", "damage")],
)
def test_a_checkpoint_of_another_training_or_a_damaged_one_is_not_used_and_reported(
    change: str,
    undisturbed: Callable[[str], Any],
    small_base: Path,
    random_raw: Path,
    tmp_path: Path,
) -> None:
    checkpoint, other = tmp_path / "model.checkpoint", tmp_path / "other.h5"
    recipe = QUICK.with_overrides(
        epochs=4 if change == "recipe" else None,
        batch_size=None,
        copies=39 if change == "copies" else None,
    )
    preprocess(random_raw, other, categories=CATEGORIES, samples_per_class=DRAWINGS, seed=4)
    with pytest.raises(Interrupted):
        train(
            other if change == "data set" else small_base,
            recipe=recipe,
            seed=6 if change == "seed" else 5,
            checkpoint=checkpoint,
            on_progress=interrupt_at(6),
        )
    if change == "damage":
        checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
    messages: list[str] = []
    model, _ = train(
        small_base,
        recipe=QUICK,
        seed=5,
        checkpoint=checkpoint,
        on_progress=lambda message, *_: messages.append(message),
    )
    assert bytes_of(model) == bytes_of(undisturbed("fast")[0])
    assert any("from the beginning" in message for message in messages)


@pytest.mark.slow
def test_a_full_disk_stops_it_with_one_line_and_the_next_call_goes_on(
    undisturbed: Callable[[str], Any], small_base: Path, tmp_path: Path
) -> None:
    checkpoint = tmp_path / "model.checkpoint"
    with pytest.raises(Interrupted):
        train(small_base, recipe=QUICK, seed=5, checkpoint=checkpoint, on_progress=interrupt_at(6))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(OSError, match="cannot write the training's checkpoint"):
            train(small_base, recipe=QUICK, seed=5, checkpoint=checkpoint)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    messages: list[str] = []
    model, history = train(
        small_base,
        recipe=QUICK,
        seed=5,
        checkpoint=checkpoint,
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
    if done == 6:
        os.kill(os.getpid(), signal.SIGKILL)

recipe = RECIPES[RecipeName.FAST].with_overrides(epochs=3, batch_size=40, copies=40)
train(
    Path(sys.argv[1]),
    recipe=recipe,
    seed=5,
    precision=sys.argv[3],
    checkpoint=Path(sys.argv[2]),
    on_progress=listen,
)
"""


@pytest.mark.slow
def test_killed_and_started_again_it_ends_with_the_weights_of_an_undisturbed_one(
    small_base: Path, tmp_path: Path
) -> None:
    tf.config.run_functions_eagerly(False)  # as the one that is killed
    expected, _ = train(small_base, recipe=QUICK, seed=5)
    checkpoint = tmp_path / "model.checkpoint"
    died = subprocess.run(
        [sys.executable, "-c", KILLED, str(small_base), str(checkpoint), PRECISION],
        check=False,
        timeout=200,
    )
    assert died.returncode == -signal.SIGKILL
    messages: list[str] = []
    model, _ = train(
        small_base,
        recipe=QUICK,
        seed=5,
        checkpoint=checkpoint,
        on_progress=lambda message, *_: messages.append(message),
    )
    tf.config.run_functions_eagerly(True)
    assert any("going on after epoch 1" in message for message in messages)
    assert bytes_of(model) == bytes_of(expected)
