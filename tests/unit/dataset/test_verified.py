"""The bytes that were verified are remembered; any other bytes are noticed, and quickly."""

import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.dataset import verified
from pipeline.dataset.verified import (
    RECENTLY_NS,
    StoredRevision,
    is_intact,
    read_record,
    record_path,
    write_record,
)
from tests._examples import examples

DIGESTS = ["0" * 64, "1" * 64]
STORED = {1: StoredRevision(size=10, generation=7)}
LATER = 60 * 10**9  # a minute, in nanoseconds


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "data.h5").write_bytes(bytes(1000))
    return tmp_path / "data.h5"


@pytest.fixture
def pass_time(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set the clock to a time after the start of the test."""
    start = time.time_ns()

    def move(nanoseconds: int) -> None:
        now = start + nanoseconds
        monkeypatch.setattr(verified, "time", SimpleNamespace(time_ns=lambda: now))

    yield move
    monkeypatch.undo()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that are read whole."""
    found, read = list[Path](), verified._sha256_of

    def sha256_of(path: Path) -> str:
        found.append(path)
        return read(path)

    monkeypatch.setattr(verified, "_sha256_of", sha256_of)
    return found


def test_a_record_comes_back(path: Path) -> None:
    record = write_record(path, DIGESTS, STORED)
    assert read_record(path) == record
    assert (record.digests, record.stored) == (DIGESTS, STORED)
    assert is_intact(path, record)


@pytest.mark.parametrize("later", [0, LATER], ids=["at once", "a minute later"])
@pytest.mark.parametrize("place", [0, 500, 999])
def test_a_flipped_bit_is_noticed_although_the_time_of_the_file_is_set_back(
    place: int, later: int, path: Path, pass_time: Any
) -> None:
    pass_time(later)
    record, before = write_record(path, DIGESTS, STORED), path.stat()
    with path.open("r+b") as file:
        file.seek(place)
        file.write(b"\1")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not is_intact(path, record)


def test_another_file_in_its_place_is_noticed(path: Path) -> None:
    record = write_record(path, DIGESTS, STORED)
    path.unlink()
    path.write_bytes(bytes(999) + b"\1")
    assert not is_intact(path, record)


def test_a_longer_or_shorter_file_is_noticed_without_reading_it(
    path: Path, reads: list[Path]
) -> None:
    record = write_record(path, DIGESTS, STORED)
    reads.clear()
    for size in (999, 1001):
        os.truncate(path, size)
        assert not is_intact(path, record)
    assert reads == []


def test_a_copy_with_the_same_bytes_is_intact(path: Path) -> None:
    record = write_record(path, DIGESTS, STORED)
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data)
    assert is_intact(path, record)


def test_it_is_not_read_twice_within_minutes(path: Path, pass_time: Any, reads: Any) -> None:
    pass_time(LATER)
    record = write_record(path, DIGESTS, STORED)
    pass_time(2 * LATER)
    assert is_intact(path, record)
    assert len(reads) == 1


def test_it_is_read_again_in_the_next_run_and_that_is_remembered(
    path: Path, pass_time: Any, reads: list[Path]
) -> None:
    pass_time(LATER)
    record = write_record(path, DIGESTS, STORED)
    pass_time(LATER + RECENTLY_NS)
    assert is_intact(path, record)
    renewed = read_record(path)
    assert renewed is not None
    assert renewed.read_at - record.read_at >= RECENTLY_NS
    assert is_intact(path, renewed)
    assert len(reads) == 2


def test_a_clock_that_was_set_back_is_not_trusted(path: Path, pass_time: Any, reads: Any) -> None:
    pass_time(LATER)
    record = write_record(path, DIGESTS, STORED)
    pass_time(0)
    assert is_intact(path, record)
    assert len(reads) == 2


def test_a_file_written_a_moment_ago_is_read_again(path: Path, reads: list[Path]) -> None:
    record = write_record(path, DIGESTS, STORED)
    assert is_intact(path, record)
    assert len(reads) == 2


def test_without_a_record_nothing_is_known(path: Path) -> None:
    assert read_record(path) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"body": 1, "sha256": "x"}', "\udcff"])
def test_a_file_that_is_no_record_says_nothing(text: str, path: Path) -> None:
    record_path(path).write_text(text, errors="surrogateescape")
    assert read_record(path) is None


@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@settings(max_examples=examples(100), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_record_says_nothing(place: float, bit: int, path: Path) -> None:
    record = write_record(path, DIGESTS, STORED)
    data = bytearray(record_path(path).read_bytes())
    data[int(place * len(data))] ^= 1 << bit
    record_path(path).write_bytes(data)
    assert read_record(path) in (None, record)


def test_the_record_of_a_linked_file_lies_beside_the_link(path: Path, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    link = tmp_path / "here" / "link.h5"
    link.symlink_to(path)
    record = write_record(link, DIGESTS, STORED)
    assert read_record(link) == record
    assert is_intact(link, record)
    assert [found.name for found in path.parent.iterdir() if found.is_file()] == ["data.h5"]
