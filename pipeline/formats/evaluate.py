"""Compute with the files of a model's formats, each by the runtime of its clients if it is here.

LiteRT and ONNX Runtime are installed for tests alone. Without them a .tflite file is computed by
`tflite_run`, and an .onnx file by the reference of the package onnx.
"""

import numpy as np

from pipeline.drawings import Images, scale_pixels
from pipeline.formats.tflite_run import run_tflite
from pipeline.formats.weights import read_head, read_weights
from pipeline.model.head import Floats
from pipeline.model.predict import Predictor

INPUT = "drawing"


def evaluate_weights(data: bytes, _: Predictor, images: Images) -> Floats:
    """Return the probabilities of weights.bin, float32 `(n, classes)`."""
    return read_weights(data).probabilities(images)


def evaluate_head(data: bytes, model: Predictor, images: Images) -> Floats:
    """Return the probabilities of head.bin on the backbone of `model`, float32 `(n, classes)`."""
    return Predictor(*model[:-2], *read_head(data)).probabilities(images)


def evaluate_tflite(data: bytes, _: Predictor, images: Images) -> Floats:
    """Return the probabilities of a .tflite file, float32 `(n, classes)`."""
    # First in any case: a runtime in C++ may crash on a file that this names as damaged.
    probabilities = run_tflite(data, images)
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        return probabilities
    runner = Interpreter(model_content=data).get_signature_runner()
    answers = [runner(**{INPUT: image[None]}) for image in scale_pixels(images[..., None])]
    return np.concatenate([next(iter(answer.values())) for answer in answers])


def evaluate_onnx(data: bytes, _: Predictor, images: Images) -> Floats:
    """Return the probabilities of an .onnx file, float32 `(n, classes)`."""
    import onnx

    onnx.checker.check_model(data, full_check=True)
    drawings = scale_pixels(images[..., None])
    try:
        from onnxruntime import InferenceSession, SessionOptions
    except ImportError:
        from onnx.reference import ReferenceEvaluator

        evaluator = ReferenceEvaluator(onnx.load_from_string(data))
        return np.asarray(evaluator.run(None, {INPUT: drawings})[0], np.float32)
    options = SessionOptions()
    options.intra_op_num_threads = 1  # more would wait for each other
    session = InferenceSession(data, options, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {INPUT: drawings})[0], np.float32)
