"""List the formats that a version's model has, how each is written, and how far off it may be."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from pipeline.drawings import Images
from pipeline.formats.evaluate import (
    evaluate_head,
    evaluate_onnx,
    evaluate_tflite,
    evaluate_weights,
)
from pipeline.formats.onnx_file import write_onnx
from pipeline.formats.quantise import restore_quantised
from pipeline.formats.tflite_write import write_int8_tflite, write_tflite
from pipeline.formats.weights import dump_head, dump_weights
from pipeline.model.file import read_model_categories, read_predictor
from pipeline.model.head import Floats
from pipeline.model.predict import Predictor

MODEL_NAME = "quickdraw_{version}.h5"
"""The Keras file, which all other formats are made from and compared with."""

Write: TypeAlias = Callable[[Predictor, Sequence[str]], bytes]
"""Makes a file from the weights and the names of the classes: the same bytes each time."""
Evaluate: TypeAlias = Callable[[bytes, Predictor, Images], Floats]
"""Returns the probabilities that a file computes; head.bin needs the model's backbone."""


class Format(NamedTuple):
    """A format of the model.

    name: the file's, where `{version}` stands for the version's number.
    meant: returns the weights that clients of the file compute with. For int8 they are rounded, and
        the gate decides whether such guesses are good enough (`pipeline.gate.int8`).
    optional: whether a version may lack it.
    """

    name: str
    write: Write
    evaluate: Evaluate
    meant: Callable[[Predictor], Predictor] = lambda model: model
    optional: bool = False

    def matches(self, name: str) -> bool:
        """Return whether a file of any version has this format's name."""
        pattern = re.escape(self.name).replace(re.escape("{version}"), r"v[0-9.]+")
        return re.fullmatch(pattern, name) is not None


INT8 = Format(
    "quickdraw_{version}_int8.tflite", write_int8_tflite, evaluate_tflite, restore_quantised, True
)
FORMATS = (
    Format("weights.bin", lambda model, _: dump_weights(model), evaluate_weights),
    Format("head.bin", lambda model, _: dump_head(model), evaluate_head),
    Format("quickdraw_{version}.onnx", write_onnx, evaluate_onnx),
    Format("quickdraw_{version}.tflite", write_tflite, evaluate_tflite),
    INT8,
)
ALLOWED = 1e-5
"""The largest difference of a probability from what is meant: sums are in another order.

`python -m benchmarks.formats` measures it: 2e-6."""


def write_formats(model: bytes, *, int8: bool) -> dict[str, bytes]:
    """Return the files of a model in every format but the .h5, by their names with `{version}`.

    Args:
        model: the .h5 file.
        int8: whether the int8 file is among them.

    Raises:
        InvalidModel: the .h5 file is not the CNN's.
    """
    predictor, categories = read_predictor(model), read_model_categories(model) or ()
    return {
        kind.name: kind.write(predictor, categories) for kind in FORMATS if int8 or kind is not INT8
    }
