"""Write and read weights.bin and head.bin: plain little-endian float32, for redraw.js.

`weights.bin` holds all weights without a header, in C order, in Keras's order and layout:
`conv1/kernel` (3, 3, 1, 32), `conv1/bias` (32), `conv2/kernel` (3, 3, 32, 64), `conv2/bias` (64),
`dense/kernel` (1600, classes), `dense/bias` (classes), as the manifest's `model.layers` says.
`head.bin` holds the last two alone: a client that has the same backbone
(`Predictor.backbone_digest`) needs only this.
"""

import numpy as np

from pipeline.errors import InvalidModel
from pipeline.model.head import Head
from pipeline.model.keras_config import LAYERS
from pipeline.model.network import SHAPES, make_predictor
from pipeline.model.predict import FEATURES, Predictor

NUMBER = "<f4"
NUMBER_BYTES = 4


def dump_weights(model: Predictor) -> bytes:
    """Return weights.bin: 4 bytes for each parameter, 203,344 with 20 classes."""
    return b"".join(part.astype(NUMBER).tobytes() for part in model)


def dump_head(model: Predictor) -> bytes:
    """Return head.bin: 128,080 bytes with 20 classes."""
    return b"".join(part.astype(NUMBER).tobytes() for part in model.head)


def read_weights(data: bytes) -> Predictor:
    """Return the model of a weights.bin; the number of classes follows from its length.

    Raises:
        InvalidModel: no number of classes gives this length.
    """
    numbers = _read_numbers(data)
    backbone = sum(int(np.prod(shape)) for shape in SHAPES)
    head = _split_head(numbers[backbone:])
    arrays, start = [], 0
    for shape in SHAPES:
        end = start + int(np.prod(shape))
        arrays.append(numbers[start:end].reshape(shape))
        start = end
    return make_predictor(LAYERS, [*arrays, *head])


def read_head(data: bytes) -> Head:
    """Return the head of a head.bin.

    Raises:
        InvalidModel: no number of classes gives this length.
    """
    return _split_head(_read_numbers(data))


def _read_numbers(data: bytes) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    if len(data) % NUMBER_BYTES:
        raise InvalidModel(f"it has {len(data)} bytes, which are no float32 numbers: it is cut off")
    return np.frombuffer(data, NUMBER).astype(np.float32)


def _split_head(numbers: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> Head:
    classes, rest = divmod(len(numbers), FEATURES + 1)
    if rest or not classes:
        raise InvalidModel(
            f"it has {len(numbers)} numbers for the head, which fit no number of classes:"
            " it is cut off, or of another model"
        )
    return Head(numbers[: FEATURES * classes].reshape(FEATURES, classes), numbers[-classes:])
