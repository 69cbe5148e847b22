"""Whatever is wrong with a file of a version, the file is named."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.categories import CATEGORIES
from pipeline.drawings import Images
from pipeline.formats import compare, evaluate, kinds
from pipeline.formats.compare import compare_files
from pipeline.formats.kinds import MODEL_NAME, write_formats
from pipeline.model.file import write_model
from pipeline.model.head import Head
from pipeline.model.predict import Predictor
from tests._examples import examples
from tests.unit.formats._models import flip_bit, random_drawings, random_model

NAMES = (
    "weights.bin",
    "head.bin",
    "quickdraw_v1.0.3.onnx",
    "quickdraw_v1.0.3.tflite",
    "quickdraw_v1.0.3_int8.tflite",
)
FOLDER = "models/production/v1.0.3/"
FEW = random_drawings(2)


def with_file(files: dict[str, bytes], name: str, data: bytes) -> dict[str, bytes]:
    assert f"{FOLDER}{name}" in files
    return {**files, f"{FOLDER}{name}": data}


@pytest.fixture
def without_runtimes(monkeypatch: pytest.MonkeyPatch) -> None:
    """LiteRT and ONNX Runtime are not installed, as in production."""
    for name in ("ai_edge_litert.interpreter", "onnxruntime"):
        monkeypatch.setitem(sys.modules, name, None)


def test_files_as_they_are_written_are_in_order(files: dict[str, bytes], drawings: Images) -> None:
    assert compare_files(files, drawings) == []


def test_without_the_runtimes_of_clients_they_are_in_order_too(
    files: dict[str, bytes], without_runtimes: None
) -> None:
    assert compare_files(files, FEW[:1]) == []


def test_other_files_of_a_version_are_left_alone(files: dict[str, bytes]) -> None:
    others = {f"{FOLDER}{name}": b"{}" for name in ("metadata.json", "card.html", "asking.json")}
    assert compare_files({**files, **others}, FEW) == []


def test_a_version_may_lack_the_int8_file(files: dict[str, bytes]) -> None:
    without = {path: data for path, data in files.items() if "int8" not in path}
    assert compare_files(without, FEW) == []


def test_without_a_golden_drawing_files_are_still_compared(files: dict[str, bytes]) -> None:
    none = FEW[:0]
    assert compare_files(files, none) == []
    damaged = with_file(files, "head.bin", bytes(128_080))
    assert [line.partition(":")[0] for line in compare_files(damaged, none)] == ["head.bin"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "damage",
    [
        lambda data: flip_bit(data, len(data) // 2),
        lambda data: flip_bit(data, len(data) - 40_000, 7),
        lambda data: data[:-4],
        lambda data: data[: len(data) // 3],
        lambda _: b"",
        lambda data: data + b"\0\0\0\0",
        lambda data: data[:200] + bytes(len(data) - 200),
    ],
    ids=["last bit", "first bit", "four bytes", "two thirds", "all", "longer", "zeros"],
)
def test_a_damaged_file_is_named(
    files: dict[str, bytes], name: str, damage: Callable[[bytes], bytes]
) -> None:
    damaged = with_file(files, name, damage(files[f"{FOLDER}{name}"]))
    problems = compare_files(damaged, FEW)
    assert [line.partition(":")[0] for line in problems] == [name]


@pytest.mark.parametrize("name", NAMES[:-1])
def test_a_missing_file_is_named(files: dict[str, bytes], name: str) -> None:
    without = {path: data for path, data in files.items() if not path.endswith(f"/{name}")}
    (problem,) = compare_files(without, FEW)
    assert problem == f"{name.replace('v1.0.3', '{version}')}: it is missing"


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_another_head_is_named(
    files: dict[str, bytes], model: Predictor, name: str
) -> None:
    other = Head(model.head_weights * np.float32(1.001), model.head_bias)
    keras = write_model(Predictor(*model[:-2], *other), CATEGORIES)
    made = write_formats(keras, int8=True)[name.replace("v1.0.3", "{version}")]
    (problem,) = compare_files(with_file(files, name, made), FEW)
    assert problem.startswith(f"{name}: byte ")


def test_a_file_of_other_classes_is_named(files: dict[str, bytes], model: Predictor) -> None:
    keras = write_model(model, [*CATEGORIES[1:], CATEGORIES[0]])
    made = write_formats(keras, int8=False)["quickdraw_{version}.onnx"]
    (problem,) = compare_files(with_file(files, NAMES[2], made), FEW)
    assert problem.startswith("quickdraw_v1.0.3.onnx: byte ")


def test_a_damaged_weight_of_the_h5_file_makes_all_others_differ(
    files: dict[str, bytes], model: Predictor
) -> None:
    name = MODEL_NAME.format(version="v1.0.3")
    data = files[f"{FOLDER}{name}"]
    place = data.find(model.head_bias.tobytes()) + 1
    problems = compare_files(with_file(files, name, flip_bit(data, place)), FEW)
    assert [line.partition(":")[0] for line in problems] == list(NAMES)


@pytest.mark.parametrize("data", [b"", b"weights", b"\x89HDF\r\n\x1a\n" + bytes(5000)])
def test_an_h5_file_that_cannot_be_read_is_named(files: dict[str, bytes], data: bytes) -> None:
    (problem,) = compare_files(with_file(files, "quickdraw_v1.0.3.h5", data), FEW)
    assert problem.startswith("quickdraw_v1.0.3.h5: ")


def test_without_an_h5_file_there_is_nothing_to_compare_with() -> None:
    assert compare_files({"weights.bin": b""}, FEW) == [
        "there are 0 .h5 files to compare with, not one"
    ]


@settings(max_examples=examples(60))
@given(st.sampled_from(NAMES), st.data())
def test_one_flipped_bit_anywhere_is_named(name: str, chosen: st.DataObject) -> None:
    keras = write_model(MODEL, CATEGORIES)
    kind = next(each for each in kinds.FORMATS if each.matches(name))
    data = kind.write(MODEL, CATEGORIES)
    place = chosen.draw(st.integers(0, len(data) - 1))
    damaged = {"quickdraw_v1.0.3.h5": keras, name: flip_bit(data, place, 3)}
    named = [line for line in compare_files(damaged, FEW[:1]) if "missing" not in line]
    assert [line.partition(":")[0] for line in named] == [name]


MODEL = random_model(5)


# What follows would be a defect of the code that writes a format: its bytes are as it writes them.


def change_written(
    monkeypatch: pytest.MonkeyPatch, name: str, write: Any, files: dict[str, bytes], model: Any
) -> dict[str, bytes]:
    changed = [each._replace(write=write) if each.matches(name) else each for each in kinds.FORMATS]
    monkeypatch.setattr(compare, "FORMATS", changed)
    return with_file(files, name, write(model, CATEGORIES))


@pytest.mark.parametrize("name", NAMES)
def test_a_writer_that_writes_another_model_is_noticed_by_what_the_file_computes(
    files: dict[str, bytes], model: Predictor, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = next(each for each in kinds.FORMATS if each.matches(name)).write

    def swap_two_classes(model: Predictor, categories: Any) -> bytes:
        order = [1, 0, *range(2, 20)]
        head = Head(model.head_weights[:, order], model.head_bias[order])
        return write(Predictor(*model[:-2], *head), categories)

    changed = change_written(monkeypatch, name, swap_two_classes, files, model)
    (problem,) = compare_files(changed, FEW)
    assert problem.startswith(f"{name}: probabilities differ by ")


def test_a_number_that_is_none_is_no_probability(
    files: dict[str, bytes], model: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = kinds.FORMATS[0]._replace(
        evaluate=lambda data, model, images: evaluate.evaluate_weights(data, model, images) * np.nan
    )
    monkeypatch.setattr(compare, "FORMATS", [kind])
    (problem,) = compare_files(files, FEW)
    assert "differ by nan" in problem
