"""What a version guesses on clean drawings, published with it: so any two versions are compared.

To compare them otherwise, both models would have to be loaded, and predict all drawings again.
"""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings import Labels
from pipeline.errors import InvalidModel, RedrawError
from pipeline.model.head import Floats
from pipeline.npz import dump_arrays, load_arrays

GUESSES = "guesses.npz"
"""The name of the file."""
SURE = 255
"""The certainty that stands for a probability of 1."""


class Guesses(NamedTuple):
    """The guesses of a version on all base rows of test, in their order.

    base: the digest of the data set's base: rows of another one cannot be compared.
    labels: uint8 `(n,)`, what was drawn.
    guesses: uint8 `(n,)`, the likeliest class.
    certainties: uint8 `(n,)`, its probability, 0 to 1 as 0 to 255.
    """

    base: str
    labels: Labels
    guesses: Labels
    certainties: NDArray[np.uint8]

    @classmethod
    def from_probabilities(cls, base: str, labels: Labels, probabilities: Floats) -> Self:
        """Return the guesses of a model by its probabilities, float32 `(n, classes)`."""
        certainties = np.rint(probabilities.max(axis=1) * SURE).astype(np.uint8)
        return cls(base, labels, probabilities.argmax(axis=1).astype(np.uint8), certainties)


def dump_guesses(guesses: Guesses) -> bytes:
    """Return the guesses as the bytes of an .npz file: three bytes a drawing.

    They are not deflated: another zlib would write other bytes, and a rebuild compares them.
    """
    return dump_arrays(guesses._asdict(), compressed=False)


def load_guesses(data: bytes, version: str) -> Guesses:
    """Return the guesses that `dump_guesses` wrote.

    Args:
        data: the content of the file.
        version: for the error.

    Raises:
        InvalidModel: the bytes are anything else.
    """
    what, advice = f"the guesses of {version}", "restore the file from a backup"
    try:
        arrays = load_arrays(data, Guesses._fields, what, advice)
    except RedrawError as fault:
        raise InvalidModel(str(fault)) from fault
    rows = [arrays[name] for name in Guesses._fields[1:]]
    if any(each.dtype != np.uint8 or each.shape != (each.size,) for each in rows) or (
        len({each.size for each in rows}) > 1
    ):
        raise InvalidModel(f"{what} are not as Redraw writes them: {advice}")
    return Guesses(str(arrays["base"]), *rows)
