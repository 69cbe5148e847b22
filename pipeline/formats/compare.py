"""Compare the files of a model with its .h5 file: their bytes, and what they compute."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings import SIDE, Images
from pipeline.errors import InvalidModel
from pipeline.formats.kinds import ALLOWED, FORMATS, Format
from pipeline.model.file import read_model_categories, read_predictor
from pipeline.model.predict import Predictor

SUFFIX = ".h5"
MOST_GOLDEN, MOST_UNSURE = 100, 20
"""Drawings that are computed, at most: the reference of ONNX takes 25 ms for each."""


class Reference(NamedTuple):
    """What files are compared with: the model of the .h5 file, on these drawings."""

    model: Predictor
    categories: Sequence[str]
    drawings: Images


def compare_files(files: Mapping[str, bytes], golden: Images) -> list[str]:
    """Return what is wrong with the files of a model, one line each; see `check.check_files`.

    It does the work in this process; a file that makes a runtime crash ends it.
    """
    named = {PurePosixPath(path).name: data for path, data in files.items()}
    models = [name for name in named if name.endswith(SUFFIX)]
    if len(models) != 1:
        return [f"there are {len(models)} {SUFFIX} files to compare with, not one"]
    try:
        reference = _read_reference(named[models[0]], golden)
    except Exception as fault:  # noqa: BLE001 - h5py raises errors of many kinds for damaged files
        return [f"{models[0]}: {fault}"]
    return [
        f"{name}: {problem}"
        for kind in FORMATS
        for name, problem in _find_problems(kind, named, reference)
    ]


def _read_reference(data: bytes, golden: Images) -> Reference:
    return Reference(
        read_predictor(data), read_model_categories(data) or (), _choose_drawings(golden)
    )


def _choose_drawings(golden: Images) -> Images:
    """Return golden drawings, some that are laid over one another, and an empty one.

    A model is sure of golden drawings: their probabilities are 0 or 1 whatever is a little wrong.
    Of two drawings on one another it is not.
    """
    over_one_another = np.maximum(golden, np.roll(golden, 1, axis=0))
    empty = np.zeros((1, SIDE, SIDE), np.uint8)
    chosen = [_take_evenly(golden, MOST_GOLDEN), _take_evenly(over_one_another, MOST_UNSURE)]
    return np.concatenate([*chosen, empty])


def _take_evenly(drawings: Images, count: int) -> Images:
    """Return `count` of the drawings, from first to last; all if there are fewer."""
    places = np.linspace(0, len(drawings), min(count, len(drawings)), endpoint=False)
    taken: Images = drawings[places.astype(int)]
    return taken


def _find_problems(
    kind: Format, named: Mapping[str, bytes], reference: Reference
) -> Iterator[tuple[str, str]]:
    """Yield the name and the first problem of each file of a format; or that there is none."""
    found = [name for name in named if kind.matches(name)]
    if not found and not kind.optional:
        yield kind.name, "it is missing"
    for name in found:
        try:
            problem = _compare(kind, named[name], reference)
        except InvalidModel as fault:
            problem = str(fault)
        except Exception as fault:  # noqa: BLE001 - onnx and the runtimes raise their own kinds
            problem = f"it cannot be read ({type(fault).__name__}: {fault})".replace("\n", " ")
        if problem is not None:
            yield name, problem


def _compare(kind: Format, data: bytes, reference: Reference) -> str | None:
    # What a file computes hardly shows a changed digit of one weight. So its bytes are compared
    # too, with those of a file that is written here and now from the weights of the .h5 file.
    written = kind.write(reference.model, reference.categories)
    if len(data) != len(written):
        return f"it has {len(data):,} bytes, not {len(written):,}: it is cut off, or another model"
    if data != written:
        place = int(np.flatnonzero(_read_bytes(data) != _read_bytes(written))[0])
        return f"byte {place:,} differs from what the weights of the {SUFFIX} file give"
    expected = kind.meant(reference.model).probabilities(reference.drawings)
    probabilities = kind.evaluate(data, reference.model, reference.drawings)
    if probabilities.shape != expected.shape:
        return f"it returns {probabilities.shape}, not {expected.shape}"
    difference = np.abs(probabilities - expected).max()
    # "not <=" and not ">": nan must not pass.
    if not difference <= ALLOWED:
        return f"probabilities differ by {difference:.1e}, {ALLOWED:.0e} is allowed"
    return None


def _read_bytes(data: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(data, np.uint8)
