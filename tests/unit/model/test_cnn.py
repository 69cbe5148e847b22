"""The CNN has the contract's layers; its file is reproducible; other files are refused."""

import hashlib
from typing import Any

import pytest

from pipeline.errors import InvalidModel
from pipeline.model.cnn import build_model, count_parameters, dump_model, load_model
from pipeline.model.file import read_predictor
from tests.unit.model._keras_file import save_with_keras


@pytest.fixture(scope="module")
def model() -> Any:
    import keras

    keras.utils.set_random_seed(1)
    return build_model(20)


@pytest.fixture(scope="module")
def saved(model: Any) -> bytes:
    return dump_model(model)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def loaded(data: bytes) -> Any:
    return load_model(data, sha256(data))


def bytes_of(model: Any) -> list[bytes]:
    return [weights.tobytes() for weights in model.get_weights()]


def test_another_sha256_is_refused_before_anything_is_loaded(
    saved: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    monkeypatch.delattr(keras.models, "load_model")
    with pytest.raises(InvalidModel, match="damaged or foreign"):
        load_model(saved, sha256(saved + b"\0"))


def test_one_flipped_bit_is_refused(saved: bytes) -> None:
    damaged = bytearray(saved)
    damaged[len(damaged) // 2] ^= 1
    with pytest.raises(InvalidModel):
        load_model(bytes(damaged), sha256(saved))


def test_a_model_of_other_layers_is_refused() -> None:
    import keras

    other = keras.Sequential(
        [keras.layers.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(20)]
    )
    with pytest.raises(InvalidModel, match="other layers"):
        loaded(save_with_keras(other))


def test_a_model_of_other_layers_is_not_written() -> None:
    import keras

    other = keras.Sequential(
        [keras.layers.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(20)]
    )
    with pytest.raises(InvalidModel, match="other layers"):
        dump_model(other)


def test_it_has_exactly_50836_parameters(model: Any) -> None:
    assert model.count_params() == count_parameters(20) == 50_836


def test_its_layers_have_the_contract_s_parameters(model: Any) -> None:
    assert [layer.count_params() for layer in model.layers if layer.count_params()] == [
        320,
        18_496,
        32_020,
    ]


def test_input_and_output_are_the_contract_s(model: Any) -> None:
    assert (model.input_shape, model.output_shape) == ((None, 28, 28, 1), (None, 20))


def test_saved_twice_the_bytes_are_identical(model: Any, saved: bytes) -> None:
    assert dump_model(model) == saved


def test_saved_after_loading_the_bytes_are_identical(saved: bytes) -> None:
    assert dump_model(loaded(saved)) == saved


def test_loading_gives_back_every_weight(model: Any, saved: bytes) -> None:
    assert bytes_of(loaded(saved)) == bytes_of(model)


def test_a_file_that_keras_itself_wrote_is_read_too(model: Any) -> None:
    written = save_with_keras(model)
    assert bytes_of(loaded(written)) == bytes_of(model)
    assert (
        read_predictor(written).backbone_digest == read_predictor(dump_model(model)).backbone_digest
    )


def test_the_file_describes_the_layers_that_are_built(model: Any, saved: bytes) -> None:
    def describe(network: Any) -> list[dict[str, Any]]:
        return [layer.get_config() for layer in network.layers]

    assert describe(loaded(saved)) == describe(model)
