"""The predictor computes what Keras computes, without loading Keras, and refuses other files."""

import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from emulator.players.sketches import sketch_rows
from pipeline.categories import CATEGORIES
from pipeline.drawings import centroid_crop, scale_pixels
from pipeline.errors import InvalidDrawing, InvalidModel
from pipeline.model.file import LAYERS, load_predictor, read_predictor
from pipeline.model.predict import BLOCK_DRAWINGS, Predictor
from tests.unit.model._keras_file import save_with_keras

ROOT = Path(__file__).parents[3]
ALONE = """
import sys
from pathlib import Path
import numpy as np
from pipeline.model.file import read_predictor
data = Path(sys.argv[1]).read_bytes()
answer = read_predictor(data).probabilities(np.zeros((28, 28), np.uint8))
loaded = {name.partition(".")[0] for name in sys.modules}
print(len(answer), *sorted(loaded & {"tensorflow", "keras", "jax", "torch"}))
"""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def random_model(seed: int, classes: int = 20) -> Any:
    """Return the CNN with weights and biases as large as trained ones."""
    import keras

    from pipeline.model.cnn import build_model

    keras.utils.set_random_seed(seed)
    model = build_model(classes)
    rng = np.random.default_rng(seed)
    model.set_weights(
        [
            weights + rng.normal(0, 0.1, weights.shape).astype(np.float32)
            for weights in model.get_weights()
        ]
    )
    return model


@pytest.fixture(scope="module")
def data() -> bytes:
    from pipeline.model.cnn import dump_model

    return dump_model(random_model(1))


@pytest.fixture
def predictor(data: bytes) -> Predictor:
    return read_predictor(data)


def hdf5(**arrays: Any) -> bytes:
    """Return an HDF5 file with the weights of layers, one array for each layer."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs["model_config"] = json.dumps(
            {"config": {"layers": [{"class_name": name} for name in LAYERS]}}
        )
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = list(arrays)
        for name, array in arrays.items():
            group.create_group(name).attrs["weight_names"] = ["it"]
            group[name]["it"] = array
    return buffer.getvalue()


def test_another_sha256_is_refused_before_anything_is_read(data: bytes) -> None:
    with pytest.raises(InvalidModel, match="damaged or foreign"):
        load_predictor(b"no model", sha256(data))


@pytest.mark.parametrize(
    "foreign",
    [
        b"",
        b"no HDF5",
        hdf5()[:1000],
        hdf5(),
        hdf5(head=np.zeros((1600, 20))),
        hdf5(scalar=np.float32(1)),
        hdf5(text="weights"),
    ],
    ids=["empty", "no HDF5", "cut", "no layers", "one array", "a number", "a text"],
)
def test_a_file_without_our_weights_is_refused(foreign: bytes) -> None:
    with pytest.raises(InvalidModel, match="promote another version"):
        read_predictor(foreign)


def test_an_hdf5_file_that_is_no_model_is_refused(pristine_base: Path) -> None:
    foreign = pristine_base.read_bytes()
    with pytest.raises(InvalidModel, match="cannot be read"):
        read_predictor(foreign)


@pytest.mark.parametrize("layer", ["Dense", "Softmax"])
def test_a_model_with_one_layer_more_is_refused(layer: str) -> None:
    import keras

    from pipeline.model.cnn import build_model

    more = (
        keras.layers.Dense(20) if layer == "Dense" else keras.layers.Softmax()
    )  # with weights, and without
    model = keras.Sequential([keras.layers.Input((28, 28, 1)), *build_model(20).layers, more])
    foreign = save_with_keras(model)
    with pytest.raises(InvalidModel, match="other layers than this version of Redraw expects"):
        read_predictor(foreign)


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((28, 28), np.float32),
        np.zeros((28, 28), np.int8),
        np.zeros((2, 28, 28, 1), np.uint8),
        np.zeros(784, np.uint8),
        np.zeros((28, 27), np.uint8),
    ],
)
def test_an_array_that_is_no_drawing_is_refused(images: Any, predictor: Predictor) -> None:
    with pytest.raises(InvalidDrawing, match=r"uint8 \(28, 28\)"):
        predictor.probabilities(images)


def test_neither_tensorflow_nor_keras_is_loaded(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "model.h5").write_bytes(data)
    command = [sys.executable, "-c", ALONE, str(tmp_path / "model.h5")]
    assert subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    ).stdout.split() == ["20"]


@pytest.mark.parametrize(("seed", "classes"), [(2, 20), (3, 20), (6, 7)])
def test_probabilities_are_those_of_keras(seed: int, classes: int) -> None:
    import keras

    from pipeline.model.cnn import dump_model

    model = random_model(seed, classes)
    data = dump_model(model)
    sketches = np.concatenate([sketch_rows(name, 5, seed) for name in CATEGORIES]).reshape(
        -1, 28, 28
    )
    noise = np.random.default_rng(seed).integers(0, 256, (50, 28, 28), np.uint8)
    drawings = np.concatenate(
        [sketches, centroid_crop(sketches), noise, np.zeros((1, 28, 28), np.uint8)]
    )

    answers = read_predictor(data).probabilities(drawings)

    expected = keras.ops.convert_to_numpy(model(scale_pixels(drawings)[..., None]))
    assert (answers.dtype, answers.shape) == (np.float32, expected.shape)
    assert np.abs(answers - expected).max() < 1e-5
    # A model that gives one answer to every drawing would prove nothing.
    assert len(set(expected.argmax(axis=1).tolist())) > 1


@pytest.mark.parametrize("count", [0, 1, BLOCK_DRAWINGS, 2 * BLOCK_DRAWINGS + 1])
def test_many_drawings_get_the_answers_that_each_gets_alone(
    count: int, predictor: Predictor
) -> None:
    drawings = np.random.default_rng(count).integers(0, 256, (count, 28, 28), np.uint8)
    answers = predictor.probabilities(drawings)
    assert answers.shape == (count, 20)
    for answer, drawing in zip(answers, drawings, strict=True):
        alone = predictor.probabilities(drawing)
        assert alone.shape == (20,)
        assert np.allclose(answer, alone, rtol=0, atol=1e-6)


def test_probabilities_sum_up_to_1(predictor: Predictor) -> None:
    drawings = np.random.default_rng(0).integers(0, 256, (20, 28, 28), np.uint8)
    assert np.allclose(predictor.probabilities(drawings).sum(axis=1), 1, atol=1e-6)


def test_the_drawing_is_left_alone(predictor: Predictor) -> None:
    drawing = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
    before = drawing.copy()
    predictor.probabilities(drawing)
    assert np.array_equal(drawing, before)
