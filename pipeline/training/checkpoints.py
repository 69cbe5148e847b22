"""Where a training stands, on disk after each epoch: all that the epochs to come hang on, and whose training it is."""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipeline.errors import InvalidDataset
from pipeline.files import write_atomically
from pipeline.npz import dump_arrays, load_arrays


class TrainingState(NamedTuple):
    """A training between two epochs.

    epochs: how many are done.
    curves: one number an epoch by name.
    arrays: every variable of the network and of its optimizer, and the best weights so far, in their order.
    """

    epochs: int
    curves: dict[str, list[float]]
    arrays: list[np.ndarray]


def write_checkpoint(path: Path, training: dict[str, Any], standing: TrainingState) -> None:
    """Puts the standing in place of the one before, whole or not at all; `training` says what it belongs to.

    Raises OSError, with a message that names the checkpoint, when the disk is full; the one before stays.
    """
    told = {
        "training": training,
        "epochs": standing.epochs,
        "curves": standing.curves,
        "arrays": len(standing.arrays),
    }
    arrays = {f"array_{at}": array for at, array in enumerate(standing.arrays)}
    text = np.frombuffer(json.dumps(told).encode(), np.uint8)
    try:
        write_atomically(path, dump_arrays({"told": text, **arrays}, compressed=False))
    except OSError as fault:
        number = fault.errno or 0
        raise OSError(
            number, f"cannot write the training's checkpoint ({os.strerror(number)})", str(path)
        ) from fault


def read_checkpoint(path: Path, training: dict[str, Any]) -> tuple[TrainingState | None, str]:
    """The standing of this very training, or None; and one line that says which, empty when there is no file."""
    if not path.exists():
        return None, ""
    what, advice = f"the checkpoint {path}", "training from the beginning"
    try:
        data = path.read_bytes()
        told = json.loads(load_arrays(data, ("told",), what, advice)["told"].tobytes())
        names = [f"array_{at}" for at in range(told["arrays"])]
        arrays = list(load_arrays(data, names, what, advice).values())
        belongs, standing = told["training"], TrainingState(told["epochs"], told["curves"], arrays)
    except InvalidDataset as fault:
        return None, str(fault)
    except Exception as fault:  # noqa: BLE001  # what its text holds may be anything
        return None, f"the checkpoint {path} is damaged ({fault}): training from the beginning"
    if belongs != json.loads(json.dumps(training)):
        return None, f"the checkpoint {path} is of another training: training from the beginning"
    return standing, f"going on after epoch {standing.epochs} from the checkpoint {path}"
