"""Whether TensorFlow is there: it comes with the extra `baseline`, and most needs none."""

import importlib.util

from pipeline.errors import TensorFlowMissing

MODULES = ("tensorflow", "keras")


def has_tensorflow() -> bool:
    """Return whether TensorFlow and Keras are installed, without loading them."""
    return all(importlib.util.find_spec(name) is not None for name in MODULES)


def require_tensorflow(purpose: str) -> None:
    """Do nothing where TensorFlow is installed.

    Args:
        purpose: what needs it, as the subject of a sentence.

    Raises:
        TensorFlowMissing: it is not installed.
    """
    if not has_tensorflow():
        raise TensorFlowMissing(
            f"{purpose} needs TensorFlow, which is not installed here: use the image"
            " redraw-baseline, or install requirements-baseline.lock (the extra `baseline`)"
        )
