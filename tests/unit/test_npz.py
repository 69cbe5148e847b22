"""Arrays become the bytes of an .npz file and come back; a damaged one is named with what to do."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.corrections.collect import load_harvest
from pipeline.dataset.additions import load_additions
from pipeline.errors import InvalidDataset
from pipeline.fit.challenger import load_fitted
from pipeline.npz import dump_arrays, load_arrays
from pipeline.screening.referee import load_referee
from pipeline.training.checkpoints import TrainingState, read_checkpoint, write_checkpoint

ARRAYS = {
    "floats": np.arange(6, dtype=np.float32).reshape(2, 3),
    "text": np.array(["a", "bc"]),
    "number": np.array(7),
    "empty": np.empty((0, 28, 28), np.uint8),
}
# What each loader reads, in the words of its error message, and what to do.
LOADERS: dict[str, tuple[Callable[[bytes], Any], str, str]] = {
    "harvest": (load_harvest, "the collected corrections of the run", "request another run"),
    "fit": (load_fitted, "the fitted head of the run", "request another run"),
    "referee": (load_referee, "the referee of the data set", "the next run rebuilds it"),
    "additions": (load_additions, "the additions of a revision", "from a backup"),
}


def saved(save: Callable[..., None], *arrays: Any, **named: Any) -> bytes:
    buffer = io.BytesIO()
    save(buffer, *arrays, **named)
    return buffer.getvalue()


def pickled_under_all_names() -> bytes:
    """An .npz file that has every array of every loader, each of Python objects."""
    buffer = io.BytesIO()
    member = saved(np.save, np.array([{}], object))
    names = (
        "told images labels ids players splits guesses confidences versions generations sent_at "
        "refused run_id revision parent kernel_1 head_weights"
    )
    with zipfile.ZipFile(buffer, "w") as file:
        for name in names.split():
            file.writestr(f"{name}.npy", member)
    return buffer.getvalue()


DAMAGED = {
    "empty": b"",
    "no zip": b"nothing of ours",
    "a zip's beginning": b"PK\3\4",
    "a zip of nothing": b"PK\5\6" + bytes(18),
    "a pickle": saved(np.save, np.array([{}], object)),
    "an array alone": saved(np.save, np.zeros(3)),
    "pickled arrays": pickled_under_all_names(),
    "other arrays": dump_arrays(ARRAYS),
    "cut off": dump_arrays(ARRAYS)[:-10],
    "a flipped bit": bytes(
        byte ^ (place == 60) for place, byte in enumerate(dump_arrays(ARRAYS, compressed=False))
    ),
}


@pytest.mark.parametrize("compressed", [True, False])
def test_arrays_come_back_as_they_were(compressed: bool) -> None:
    loaded = load_arrays(dump_arrays(ARRAYS, compressed=compressed), ARRAYS, "it", "give up")
    assert list(loaded) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert (loaded[name].dtype, loaded[name].shape) == (array.dtype, array.shape)
        assert np.array_equal(loaded[name], array)
        assert loaded[name].flags.writeable


@pytest.mark.parametrize(("compressed", "save"), [(True, np.savez_compressed), (False, np.savez)])
def test_the_bytes_are_those_of_numpy(compressed: bool, save: Callable[..., None]) -> None:
    assert dump_arrays(ARRAYS, compressed=compressed) == saved(save, **ARRAYS)


def test_only_the_named_arrays_are_read() -> None:
    assert list(load_arrays(dump_arrays(ARRAYS), ("number",), "it", "give up")) == ["number"]


def test_python_objects_are_never_written() -> None:
    with pytest.raises(ValueError, match="Object arrays"):
        dump_arrays({"objects": np.array([{}], object)})


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
@pytest.mark.parametrize("kind", LOADERS)
def test_what_is_damaged_is_named_with_what_to_do_and_no_advice_to_load_unsafely(
    kind: str, data: bytes
) -> None:
    load, what, advice = LOADERS[kind]
    with pytest.raises(InvalidDataset) as refused:
        load(data)
    message = str(refused.value)
    assert message.startswith(f"cannot read {what}, the file is damaged (")
    assert message.endswith(advice)
    assert "\n" not in message
    assert "pickle" not in message


def test_a_missing_array_is_said_to_be_missing() -> None:
    with pytest.raises(InvalidDataset, match="an array is missing"):
        load_arrays(dump_arrays(ARRAYS), ("floats", "other"), "it", "give up")


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_checkpoint_is_named_and_no_advice_to_load_unsafely_is_repeated(
    data: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "model.checkpoint"
    write_checkpoint(path, {"seed": 1}, TrainingState(1, {"loss": [1.0]}, [np.zeros(3)]))
    path.write_bytes(data)
    state, message = read_checkpoint(path, {"seed": 1})
    assert state is None
    assert message.startswith(f"cannot read the checkpoint {path}, the file is damaged (")
    assert message.endswith("training from the beginning")
    assert "pickle" not in message
