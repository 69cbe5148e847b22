"""The contract of an ArtefactStore."""

import hashlib
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from urllib3 import HTTPResponse

from pipeline.adapters import cloud_storage
from pipeline.errors import ObjectExists, ObjectMissing, ObjectTooLarge
from pipeline.ports import ArtefactStore

LARGE = random.Random(0).randbytes(cloud_storage.CHUNK_BYTES + 12_345)
IMPOSSIBLE = ["", ".", "..", "a\nb", "a\r\nb", "x" * 1025, "é" * 513]
UNUSUAL = [
    "a b",
    "é/\U0001f600",
    "a/../b",
    "a//b",
    "/a",
    "a/",
    "100%",
    "a%2Fb",
    "q?x=1#y",
    "a+b&c",
    "*",
    "[a]",
    "x" * 1024,
]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "source"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "target"


def test_reading_what_is_not_there_is_a_missing_object(artefacts: ArtefactStore) -> None:
    with pytest.raises(ObjectMissing):
        artefacts.read("a")


def test_reading_with_a_limit_what_is_not_there_is_a_missing_object(
    artefacts: ArtefactStore,
) -> None:
    with pytest.raises(ObjectMissing):
        artefacts.read("a", max_bytes=10)


@pytest.mark.parametrize("path", IMPOSSIBLE, ids=lambda path: repr(path[:8]))
@pytest.mark.parametrize("limit", [None, 10])
def test_a_path_that_nothing_can_have_is_a_missing_object(
    artefacts: ArtefactStore, path: str, limit: int | None
) -> None:
    with pytest.raises(ObjectMissing):
        artefacts.read(path, limit)


def test_fetching_what_is_not_there_is_a_missing_object(artefacts: ArtefactStore) -> None:
    with pytest.raises(ObjectMissing):
        artefacts.fetch("a", 10)


def test_fetching_returns_the_generation(artefacts: ArtefactStore) -> None:
    stored = artefacts.create("a", b"12345")
    assert artefacts.fetch("a", 5) == (b"12345", stored.generation)


def test_a_limit_of_one_call_is_not_that_of_the_next(artefacts: ArtefactStore) -> None:
    artefacts.create("a", b"12345")
    with pytest.raises(ObjectTooLarge):
        artefacts.fetch("a", 4)
    assert artefacts.read("a") == b"12345"


def test_of_an_object_over_the_limit_nothing_is_received(
    artefacts: ArtefactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    artefacts.create("a", LARGE)
    received: list[int] = []
    read = HTTPResponse.stream

    def counted(self: Any, *args: Any, **options: Any) -> Any:
        received.append(1)
        return read(self, *args, **options)

    monkeypatch.setattr(HTTPResponse, "stream", counted)
    with pytest.raises(ObjectTooLarge):
        artefacts.fetch("a", 262_144)
    assert received == []


def test_a_folder_is_a_missing_object(artefacts: ArtefactStore) -> None:
    artefacts.create("a/b", b"1")
    with pytest.raises(ObjectMissing):
        artefacts.read("a")


def test_an_object_is_not_created_twice(artefacts: ArtefactStore) -> None:
    artefacts.create("a", b"first")
    with pytest.raises(ObjectExists):
        artefacts.create("a", b"second")


def test_the_same_bytes_are_not_created_twice_either(artefacts: ArtefactStore) -> None:
    artefacts.create("a", b"first")
    with pytest.raises(ObjectExists):
        artefacts.create("a", b"first")


def test_the_first_bytes_stay(artefacts: ArtefactStore) -> None:
    artefacts.create("a", b"first")
    with pytest.raises(ObjectExists):
        artefacts.create("a", b"second")
    assert artefacts.read("a") == b"first"


def test_a_file_does_not_replace_an_object(artefacts: ArtefactStore, source: Path) -> None:
    artefacts.create("a", b"first")
    source.write_bytes(LARGE)
    with pytest.raises(ObjectExists):
        artefacts.create_from_file("a", source)
    assert artefacts.read("a") == b"first"


def test_an_object_over_the_limit_is_not_read(artefacts: ArtefactStore) -> None:
    artefacts.create("a", b"12345")
    with pytest.raises(ObjectTooLarge):
        artefacts.read("a", max_bytes=4)


@pytest.mark.parametrize("limit", [5, 6])
def test_an_object_within_the_limit_is_read(artefacts: ArtefactStore, limit: int) -> None:
    artefacts.create("a", b"12345")
    assert artefacts.read("a", max_bytes=limit) == b"12345"


def test_an_empty_object_is_within_a_limit_of_nothing(artefacts: ArtefactStore) -> None:
    artefacts.create("a", b"")
    assert artefacts.read("a", max_bytes=0) == b""


def test_an_empty_object_is_no_missing_object(artefacts: ArtefactStore) -> None:
    artefacts.create("a", b"")
    assert artefacts.read("a") == b""


def test_an_empty_object_is_not_created_twice(artefacts: ArtefactStore) -> None:
    artefacts.create("a", b"")
    with pytest.raises(ObjectExists):
        artefacts.create("a", b"x")


def test_an_empty_file_goes_there_and_back(
    artefacts: ArtefactStore, source: Path, target: Path
) -> None:
    source.touch()
    artefacts.create_from_file("a", source)
    artefacts.read_to_file("a", target)
    assert target.read_bytes() == b""


@pytest.mark.parametrize("size", [1, cloud_storage.CHUNK_BYTES, len(LARGE)])
def test_a_file_goes_there_and_back(
    artefacts: ArtefactStore, source: Path, target: Path, size: int
) -> None:
    source.write_bytes(LARGE[:size])
    artefacts.create_from_file("a", source)
    artefacts.read_to_file("a", target)
    assert hashlib.sha256(target.read_bytes()).digest() == hashlib.sha256(LARGE[:size]).digest()


def test_many_bytes_go_there_and_back(artefacts: ArtefactStore) -> None:
    artefacts.create("a", LARGE)
    assert hashlib.sha256(artefacts.read("a")).digest() == hashlib.sha256(LARGE).digest()


@pytest.mark.parametrize("path", ["a", *IMPOSSIBLE], ids=lambda path: repr(path[:8]))
def test_of_a_missing_object_no_file_is_left(
    artefacts: ArtefactStore, target: Path, path: str
) -> None:
    with pytest.raises(ObjectMissing):
        artefacts.read_to_file(path, target)
    assert not target.parent.exists() or list(target.parent.iterdir()) == []


def test_of_a_missing_object_an_earlier_file_is_left_as_it_was(
    artefacts: ArtefactStore, tmp_path: Path
) -> None:
    (tmp_path / "target").write_bytes(b"earlier")
    with pytest.raises(ObjectMissing):
        artefacts.read_to_file("a", tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == b"earlier"


def test_a_file_that_was_there_is_replaced(artefacts: ArtefactStore, tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"earlier and longer")
    artefacts.create("a", b"now")
    artefacts.read_to_file("a", tmp_path / "target")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("target", b"now")]


def test_a_local_file_that_is_missing_makes_no_object(
    artefacts: ArtefactStore, source: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        artefacts.create_from_file("a", source)
    assert artefacts.list("") == []


@pytest.mark.parametrize("path", UNUSUAL, ids=lambda path: repr(path[:8]))
def test_an_object_is_found_under_its_very_path(artefacts: ArtefactStore, path: str) -> None:
    artefacts.create(path, b"x")
    assert (artefacts.read(path), [stored.path for stored in artefacts.list("")]) == (b"x", [path])


def test_paths_differ_in_case(artefacts: ArtefactStore) -> None:
    artefacts.create("a", b"small")
    artefacts.create("A", b"large")
    assert artefacts.read("a") == b"small"


def test_creating_returns_path_and_size(artefacts: ArtefactStore) -> None:
    assert artefacts.create("a/b", b"123")[:2] == ("a/b", 3)


def test_creating_from_a_file_returns_path_and_size(artefacts: ArtefactStore, source: Path) -> None:
    source.write_bytes(LARGE)
    assert artefacts.create_from_file("a/b", source)[:2] == ("a/b", len(LARGE))


def test_a_deleted_object_is_gone(artefacts: ArtefactStore) -> None:
    artefacts.create("a/1", b"123")
    artefacts.create("a/2", b"456")
    artefacts.delete("a/1")
    assert [stored.path for stored in artefacts.list("a/")] == ["a/2"]
    with pytest.raises(ObjectMissing):
        artefacts.read("a/1")


def test_deleting_nothing_changes_nothing(artefacts: ArtefactStore) -> None:
    artefacts.create("a", b"123")
    artefacts.delete("b")
    assert artefacts.read("a") == b"123"


def test_after_a_deletion_the_object_can_be_created_again(artefacts: ArtefactStore) -> None:
    artefacts.create("a", b"123")
    artefacts.delete("a")
    artefacts.create("a", b"456")
    assert artefacts.read("a") == b"456"


def test_the_list_returns_what_creating_returned(artefacts: ArtefactStore) -> None:
    assert artefacts.create("a", b"123") in artefacts.list("a")


def test_of_nothing_the_list_is_empty(artefacts: ArtefactStore) -> None:
    assert artefacts.list("a/") == []


def test_the_list_is_in_order_of_path(artefacts: ArtefactStore) -> None:
    paths = ["b", "a/10", "a/9", "a", "é", "B"]
    for path in paths:
        artefacts.create(path, b"")
    assert [stored.path for stored in artefacts.list("")] == sorted(paths, key=str.encode)


def test_the_list_has_what_begins_with_the_prefix(artefacts: ArtefactStore) -> None:
    for path in ["a/1", "a/2/3", "ab", "b/a/1", "A/1", "a"]:
        artefacts.create(path, b"")
    assert [stored.path for stored in artefacts.list("a/")] == ["a/1", "a/2/3"]


def test_a_prefix_is_no_pattern(artefacts: ArtefactStore) -> None:
    for path in ["a_b", "axb", "a%b", "a*b"]:
        artefacts.create(path, b"")
    assert [
        [stored.path for stored in artefacts.list(prefix)] for prefix in ["a_", "a%", "a*"]
    ] == [["a_b"], ["a%b"], ["a*b"]]


def test_of_many_who_create_the_same_object_one_wins(
    artefacts: ArtefactStore, at_once: Callable[..., list[Any]]
) -> None:
    results = at_once(
        [lambda data=bytes([number]): artefacts.create("a", data) for number in range(6)]
    )
    winners = [
        number for number, result in enumerate(results) if not isinstance(result, ObjectExists)
    ]
    assert [bytes([number]) for number in winners] == [artefacts.read("a")]


def test_of_two_who_create_the_same_object_from_files_one_wins(
    artefacts: ArtefactStore, tmp_path: Path, at_once: Callable[..., list[Any]]
) -> None:
    for number in range(2):
        (tmp_path / str(number)).write_bytes(bytes([number]) + LARGE)
    results = at_once(
        [
            lambda path=tmp_path / str(number): artefacts.create_from_file("a", path)
            for number in range(2)
        ]
    )
    winners = [
        number for number, result in enumerate(results) if not isinstance(result, ObjectExists)
    ]
    assert winners == [artefacts.read("a")[0]]
