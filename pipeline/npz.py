"""Write NumPy arrays as the bytes of an .npz file, and read them back."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from pipeline.errors import InvalidDataset


def dump_arrays(arrays: Mapping[str, Any], *, compressed: bool = True) -> bytes:
    """Return the arrays as an .npz file. The same arrays in the same order give the same bytes.

    Args:
        arrays: arrays, or values that NumPy turns into arrays, by name. No object arrays.
        compressed: whether to deflate them. Float weights hardly shrink, so they are stored plain.

    Raises:
        ValueError: an array holds Python objects, which only pickle could store.
    """
    buffer = io.BytesIO()
    save = np.savez_compressed if compressed else np.savez
    save(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def load_arrays(
    data: bytes,
    names: Iterable[str],
    what: str,
    advice: str,
    *,
    defaults: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """Read the named arrays from the bytes of an .npz file.

    Args:
        data: the content of the file.
        names: the arrays to read. Others in the file are ignored.
        what: what the file is, for the error message: "the referee of the data set".
        advice: what to do about a damaged file, for the error message: "request another run".
        defaults: what holds for arrays that older files lack, by name.

    Returns:
        The arrays by name, in the order of `names`.

    Raises:
        InvalidDataset: the bytes are not an .npz file with these arrays.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            return {
                name: np.asarray(
                    defaults[name] if name in defaults and name not in stored else stored[name]
                )
                for name in names
            }
    except Exception as fault:
        # zipfile, zlib and NumPy raise a dozen types of error for damaged bytes. Their texts are
        # not repeated: NumPy's advises to load the file unsafely.
        raise InvalidDataset(
            f"cannot read {what}, the file is damaged ({_describe_damage(fault)}): {advice}"
        ) from fault


def _describe_damage(fault: Exception) -> str:
    """Return a few words on what is wrong with the file."""
    match fault:
        case KeyError():
            return "an array is missing"
        case zipfile.BadZipFile() | EOFError() | TypeError() | ValueError():
            return "it is not an .npz file, or was cut off or changed"
        case _:
            return "its arrays cannot be unpacked"
