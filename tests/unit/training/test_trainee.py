"""The trainee, folded, is the contract's CNN: the same answers, and 50,836 parameters."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from pipeline.model.cnn import build_model
from pipeline.training.processor import choose_precision
from pipeline.training.teacher import TEACHER_WEIGHT, build_teacher, teacher_targets
from pipeline.training.trainee import FirstBlock, build_trainee, fold, fold_into


@pytest.fixture(scope="module")
def drawings() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (40, 28, 28, 1)).astype(np.uint8)


def take_steps(network: Any, drawings: np.ndarray) -> Any:
    """Train a few steps, so that normalizations and biases leave their initial values."""
    network.compile(
        keras.optimizers.Adam(0.05), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    for _ in range(5):
        network.train_on_batch(drawings, np.arange(40) % 20)
    return network


@pytest.fixture(scope="module")
def trainee(drawings: np.ndarray) -> Any:
    keras.utils.set_random_seed(3)
    return take_steps(build_trainee(0.3, "float32", 20), drawings)


def test_folded_it_is_the_contract_s_cnn_with_its_50836_parameters(trainee: Any) -> None:
    model = fold(trainee)
    assert model.count_params() == 50_836
    assert [layer.name for layer in model.layers] == [
        layer.name for layer in build_model(20).layers
    ]


def test_folded_it_gives_the_same_answers(trainee: Any, drawings: np.ndarray) -> None:
    answers = keras.ops.convert_to_numpy(keras.ops.softmax(trainee(drawings, training=False)))
    model = keras.ops.convert_to_numpy(fold(trainee)((drawings / 255).astype(np.float32)))
    assert np.abs(model - answers).max() < 1e-5
    assert answers.max() > 0.1  # no uniform guesses, which would agree whatever the weights


@pytest.mark.slow
def test_folding_again_replaces_the_weights_and_leaves_the_trainee(
    trainee: Any, drawings: np.ndarray
) -> None:
    before = [weights.tobytes() for weights in trainee.get_weights()]
    model = build_model(20)
    fold_into(trainee, model)
    assert [weights.tobytes() for weights in trainee.get_weights()] == before
    assert [weights.tobytes() for weights in model.get_weights()] == [
        weights.tobytes() for weights in fold(trainee).get_weights()
    ]


def test_the_first_block_is_the_convolution_and_its_pool(drawings: np.ndarray) -> None:
    block, model = FirstBlock(32), build_model(20)
    scaled = (drawings / 255).astype(np.float32)
    block.build(scaled.shape)
    block.set_weights(model.layers[0].get_weights()[:1])
    # Pool and ReLU commute. The CNN's map is one row and column larger, which nothing reads.
    expected = keras.ops.convert_to_numpy(
        keras.Model(model.inputs[0], model.layers[1].output)(scaled)
    )[:, :12, :12]
    assert np.maximum(block(scaled), 0) == pytest.approx(expected, abs=1e-5)


@pytest.mark.slow
def test_bfloat16_calculates_nearly_the_same_with_weights_of_float32(
    trainee: Any, drawings: np.ndarray
) -> None:
    half = build_trainee(0.3, "mixed_bfloat16", 20)
    half.set_weights(trainee.get_weights())
    assert {weights.dtype for weights in half.get_weights()} == {np.dtype(np.float32)}
    exact, rough = (
        keras.ops.convert_to_numpy(network(drawings, training=False)) for network in (trainee, half)
    )
    assert rough.dtype == np.float32
    assert 0 < np.abs(rough - exact).max() < 0.03 * np.abs(exact).max()


FLAGS = "processor\t: 0\nflags\t\t: fpu avx512f {} sse\nbugs\t\t: avx512_bf16\n"


@pytest.mark.parametrize(
    ("flag", "precision"),
    [("", "float32"), ("avx512_bf16", "mixed_bfloat16"), ("amx_bf16", "mixed_bfloat16")],
)
def test_bfloat16_is_for_processors_that_have_it(flag: str, precision: str, tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(FLAGS.format(flag))
    assert choose_precision("auto", cpuinfo) == precision


@pytest.mark.parametrize("flag", ["", "avx512_bf16"])
def test_either_precision_can_be_forced(flag: str, tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(FLAGS.format(flag))
    assert choose_precision("float32", cpuinfo) == "float32"
    assert choose_precision("bfloat16", cpuinfo) == "mixed_bfloat16"


def test_where_the_processor_is_unknown_it_is_float32(tmp_path: Path) -> None:
    assert choose_precision("auto", tmp_path / "none") == "float32"


def test_a_teacher_s_targets_are_shares_of_its_guess_and_the_label(drawings: np.ndarray) -> None:
    teacher = build_teacher(0.1, "float32", 20)
    labels = (np.arange(40) % 20).astype(np.uint8)
    targets = teacher_targets(teacher)(drawings[..., 0], labels)
    guess = keras.ops.convert_to_numpy(keras.ops.softmax(teacher(drawings)))
    assert targets.sum(1) == pytest.approx(np.ones(40), abs=1e-5)
    assert (targets - TEACHER_WEIGHT * guess)[np.arange(40), labels] == pytest.approx(
        np.full(40, 1 - TEACHER_WEIGHT), abs=1e-5
    )
