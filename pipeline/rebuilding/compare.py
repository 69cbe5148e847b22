"""Say exactly how two files differ: which array, which field, which byte."""

import json
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from pipeline.errors import InvalidModel
from pipeline.model.file import read_predictor
from pipeline.versions.describing import LAYER_NAMES

MOST_FIELDS = 8
"""Fields of a JSON file that are named; the others are counted."""
LONGEST_VALUE = 60
_ABSENT = object()


def compare_files(name: str, recorded: bytes, rebuilt: bytes) -> list[str]:
    """Return how a rebuilt file differs from the recorded one, a line each; none: it does not."""
    if recorded == rebuilt:
        return []
    found: list[str] = []
    match PurePosixPath(name).suffix:
        case ".h5":
            found = _compare_models(recorded, rebuilt)
        case ".json":
            found = _compare_json(recorded, rebuilt)
    return found or [_describe_bytes(recorded, rebuilt)]


def compare_arrays(recorded: np.ndarray, rebuilt: np.ndarray) -> str | None:
    """Return how two arrays of one kind differ; None if they are equal bit for bit."""
    if recorded.shape != rebuilt.shape:
        return f"has the shape {rebuilt.shape}, and {recorded.shape} was recorded"
    if recorded.tobytes() == rebuilt.tobytes():
        return None
    differ = recorded != rebuilt
    largest = float(np.abs(recorded.astype(np.float64) - rebuilt).max())
    return f"{int(differ.sum()):,} of {recorded.size:,} numbers differ, by {largest:.3g} at most"


def _compare_models(recorded: bytes, rebuilt: bytes) -> list[str]:
    """Compare the arrays of two Keras files."""
    try:
        pairs = zip(LAYER_NAMES, read_predictor(recorded), read_predictor(rebuilt), strict=True)
    except InvalidModel as fault:
        return [f"one of the two cannot be read: {fault}"]
    found = [f"{name}: {told}" for name, *pair in pairs if (told := compare_arrays(*pair))]
    return found or [f"all arrays are equal, but {_describe_bytes(recorded, rebuilt)}"]


def _compare_json(recorded: bytes, rebuilt: bytes) -> list[str]:
    """Compare the fields of two JSON files."""
    try:
        before, after = json.loads(recorded), json.loads(rebuilt)
    except ValueError:
        return []
    found = [*_compare_values("", before, after)]
    if len(found) > MOST_FIELDS:
        found[MOST_FIELDS:] = [f"and {len(found) - MOST_FIELDS} more fields"]
    return found


def _compare_values(place: str, before: Any, after: Any) -> Iterator[str]:
    """Yield a line for each value that differs, with its place in the file."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            inner = f"{place}.{name}" if place else name
            yield from _compare_values(inner, before.get(name, _ABSENT), after.get(name, _ABSENT))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, pair in enumerate(zip(before, after, strict=True)):
            yield from _compare_values(f"{place}[{number}]", *pair)
    elif before != after:
        yield f"{place}: {_show(before)} recorded, {_show(after)} rebuilt"


def _show(value: Any) -> str:
    if value is _ABSENT:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..."


def _describe_bytes(recorded: bytes, rebuilt: bytes) -> str:
    """Return where two byte strings differ."""
    if len(recorded) != len(rebuilt):
        return f"{len(rebuilt):,} bytes were rebuilt, and {len(recorded):,} were recorded"
    pair = (np.frombuffer(data, np.uint8) for data in (recorded, rebuilt))
    places = np.flatnonzero(np.not_equal(*pair))
    return f"{len(places):,} of {len(recorded):,} bytes differ, the first is byte {places[0]:,}"
