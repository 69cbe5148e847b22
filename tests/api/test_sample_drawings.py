"""The drawings of the base are read once, and a request does not wait for a slow Storage."""

import threading
from typing import Any

import numpy as np
import pytest

from pipeline.adapters.memory import MemoryArtefacts
from pipeline.dataset.samples import Samples, dump_samples
from pipeline.errors import InvalidDataset, Unavailable
from pipeline.storage_paths import BASE_DIGEST, SAMPLES
from service.backends.slow_result import StillWorking
from service.versions.sample_drawings import SampleDrawings

DATASET = "quickdraw_20cat"


class Storage(MemoryArtefacts):
    """Storage that counts reads, and waits for `answer` before each."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self.answer = threading.Event()
        self.answer.set()

    def read(self, path: str, max_bytes: int | None = None) -> bytes:
        self.reads += 1
        self.answer.wait()
        return super().read(path, max_bytes)


@pytest.fixture
def storage() -> Storage:
    storage = Storage()
    drawings, labels = np.zeros((2, 28, 28), np.uint8), np.array([0, 1], np.uint8)
    samples = Samples(drawings, labels, drawings, labels, np.arange(2, dtype=np.int32))
    storage.create(BASE_DIGEST.fill(dataset=DATASET), b"ab12\n")
    storage.create(SAMPLES.fill(dataset=DATASET, digest="ab12"), dump_samples(samples))
    return storage


def keep(storage: Any, seconds: float = 5.0) -> SampleDrawings:
    return SampleDrawings(storage, DATASET, seconds)


def test_drawings_are_read_once(storage: Storage) -> None:
    samples = keep(storage)
    first, again = samples.get(), samples.get()
    assert first is not None
    assert first is again
    assert first.base == "ab12"
    assert storage.reads == 2


@pytest.mark.parametrize("lost", [BASE_DIGEST, SAMPLES])
def test_until_a_run_has_stored_them_there_are_none(lost: Any, storage: Storage) -> None:
    path = lost.fill(dataset=DATASET, digest="ab12")
    data = storage.objects[path]
    storage.delete(path)
    samples = keep(storage)
    assert samples.get() is None
    storage.create(path, data)
    assert samples.get() is not None


def test_a_request_does_not_wait_for_a_slow_storage(storage: Storage) -> None:
    storage.answer.clear()
    samples = keep(storage, 0.01)
    with pytest.raises(StillWorking):
        samples.get()
    storage.answer.set()
    assert keep(storage).get() is not None


def test_a_storage_that_is_down_is_asked_again(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = keep(storage)
    with monkeypatch.context() as patch:
        patch.setattr(MemoryArtefacts, "read", lambda *_: (_ for _ in ()).throw(Unavailable("x")))
        with pytest.raises(Unavailable):
            samples.get()
    assert samples.get() is not None


def test_a_damaged_object_is_told(storage: Storage) -> None:
    path = SAMPLES.fill(dataset=DATASET, digest="ab12")
    storage.objects[path] = storage.objects[path][:40]
    with pytest.raises(InvalidDataset, match="delete the object"):
        keep(storage).get()
