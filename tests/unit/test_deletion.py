"""What is deleted is gone from the listing; a repetition ends as an undisturbed call would."""

import hashlib

import pytest

from pipeline.adapters.memory import MemoryArtefacts
from pipeline.deletion import DeletedObject, delete_objects
from pipeline.errors import RedrawError, Unavailable


@pytest.fixture
def artefacts() -> MemoryArtefacts:
    store = MemoryArtefacts()
    for name in ("a/x", "a/y", "b/z"):
        store.create(name, name.encode())
    return store


def test_it_deletes_what_is_named_and_nothing_else(artefacts: MemoryArtefacts) -> None:
    deleted = delete_objects(["a/x", "b/z"], artefacts)
    assert [each.path for each in deleted] == ["a/x", "b/z"]
    assert set(artefacts.objects) == {"a/y"}


def test_a_receipt_has_size_and_digest(artefacts: MemoryArtefacts) -> None:
    expected = DeletedObject(path="a/x", size=3, sha256=hashlib.sha256(b"a/x").hexdigest())
    assert delete_objects(["a/x"], artefacts, digests=True) == [expected]


def test_what_is_not_there_is_left_out(artefacts: MemoryArtefacts) -> None:
    assert delete_objects(["a/none", "c/none"], artefacts) == []


@pytest.mark.parametrize("fails_at", [0, 1, 2])
def test_stopped_at_any_deletion_and_repeated_it_ends_as_if_undisturbed(
    fails_at: int, artefacts: MemoryArtefacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete, calls = artefacts.delete, list[str]()

    def fail_once(path: str) -> None:
        calls.append(path)
        if len(calls) == fails_at + 1:
            raise Unavailable(path)
        delete(path)

    monkeypatch.setattr(artefacts, "delete", fail_once)
    with pytest.raises(Unavailable):
        delete_objects(["a/x", "a/y", "b/z"], artefacts)
    delete_objects(["a/x", "a/y", "b/z"], artefacts)
    assert not artefacts.objects


def test_an_object_that_comes_back_is_an_error(
    artefacts: MemoryArtefacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artefacts, "delete", lambda path: None)
    with pytest.raises(RedrawError, match="a/x was deleted and is in Storage again"):
        delete_objects(["a/x"], artefacts)
