"""Arrays to the bytes of an .npz file and back."""

import io
from typing import Any

import numpy as np

from pipeline.errors import InvalidDataset


def stored_arrays(data: bytes, names: tuple[str, ...], remedy: str) -> dict[str, Any]:
    """These arrays of an .npz file. Raises InvalidDataset, ending in `remedy`, when the bytes are no such file."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            arrays = {name: np.array(stored[name]) for name in names}
    except Exception as fault:  # zipfile, zlib and NumPy have a dozen errors for damaged bytes
        raise InvalidDataset(
            f"what Storage holds of the data set is damaged ({fault}): {remedy}"
        ) from fault
    return arrays
