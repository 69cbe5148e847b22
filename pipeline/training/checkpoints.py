"""The checkpoint file of a training: its state after the last finished epoch."""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipeline.errors import InvalidDataset
from pipeline.files import write_atomically
from pipeline.npz import dump_arrays, load_arrays


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
    encoded = np.frombuffer(json.dumps(header).encode(), np.uint8)
    try:
        write_atomically(path, dump_arrays({"header": encoded, **arrays}, compressed=False))
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
    what, advice = f"the checkpoint {path}", "training from the beginning"
    try:
        data = path.read_bytes()
        header = json.loads(load_arrays(data, ("header",), what, advice)["header"].tobytes())
        names = [f"array_{index}" for index in range(header["arrays"])]
        arrays = list(load_arrays(data, names, what, advice).values())
        state = TrainingState(header["epochs"], header["curves"], arrays)
        stored_identity = header["training"]
    except InvalidDataset as fault:
        return None, str(fault)
    except Exception as fault:  # noqa: BLE001  # the text of a foreign file may hold anything
        return None, f"the checkpoint {path} is damaged ({fault}): training from the beginning"
    if stored_identity != json.loads(json.dumps(identity)):  # JSON turns tuples into lists
        return None, f"the checkpoint {path} is of another training: training from the beginning"
    return state, f"going on after epoch {state.epochs} from the checkpoint {path}"
