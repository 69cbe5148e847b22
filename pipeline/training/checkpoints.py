"""The checkpoint file of a training: its state after the last finished epoch."""

import io
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipeline.files import write_atomically


class TrainingState(NamedTuple):
    """A training between two epochs: all that the next epochs depend on.

    epochs: the number of finished epochs.
    curves: by name, one number for each epoch.
    arrays: the values of all variables of the network and its optimizer, in their order, then the
        best weights so far, if the training keeps them.
    """

    epochs: int
    curves: dict[str, list[float]]
    arrays: list[np.ndarray]


def write_checkpoint(path: Path, identity: dict[str, Any], state: TrainingState) -> None:
    """Replace the checkpoint atomically.

    Args:
        path: the checkpoint file.
        identity: the training that the state belongs to: data set, recipe, seed; for JSON.
        state: what to store.

    Raises:
        OSError: the disk is full, for example. The message names the file; the earlier checkpoint
            is still there.
    """
    header = {
        "training": identity,
        "epochs": state.epochs,
        "curves": state.curves,
        "arrays": len(state.arrays),
    }
    arrays = {f"array_{index}": array for index, array in enumerate(state.arrays)}
    packed = io.BytesIO()
    encoded = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez(packed, allow_pickle=False, header=encoded, **arrays)
    try:
        write_atomically(path, packed.getvalue())
    except OSError as fault:
        number = fault.errno or 0
        raise OSError(
            number, f"cannot write the training's checkpoint ({os.strerror(number)})", str(path)
        ) from fault


def read_checkpoint(path: Path, identity: dict[str, Any]) -> tuple[TrainingState | None, str]:
    """Read the checkpoint of the training with this identity.

    Returns:
        The state, or None where there is no usable checkpoint, and one line for the user that says
        what was done. The line is empty when there is no file.
    """
    if not path.exists():
        return None, ""
    try:
        with np.load(path, allow_pickle=False) as stored:
            header = json.loads(stored["header"].tobytes())
            arrays = [stored[f"array_{index}"] for index in range(header["arrays"])]
        state = TrainingState(header["epochs"], header["curves"], arrays)
        stored_identity = header["training"]
    except Exception as fault:  # noqa: BLE001  # damaged bytes raise a dozen different errors
        return None, f"the checkpoint {path} is damaged ({fault}): training from the beginning"
    if stored_identity != json.loads(json.dumps(identity)):  # JSON turns tuples into lists
        return None, f"the checkpoint {path} is of another training: training from the beginning"
    return state, f"going on after epoch {state.epochs} from the checkpoint {path}"
