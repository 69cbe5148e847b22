"""What a download leaves in its folder: complete files, and the record for later calls."""

import re
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pipeline.errors import FolderInUse, InvalidRawDrawings, NotEnoughRoom
from pipeline.quickdraw import download as module
from pipeline.quickdraw.download import download, lock_folder
from tests.unit.quickdraw._source import (
    ROWS_AT_SOURCE,
    SHORT_LIMITS,
    Request,
    Source,
    assert_complete,
    npy,
    rows_of,
    serving,
)

OLD = b"\x93NUMPY\x01\x00F\x00{'descr': '|u1', 'fortran_order': False, 'shape': (60L, 784L), }"
HEADERS = {
    "version 2": lambda data: npy(data, (2, 0)),
    "80 bytes, of Python 2": lambda data: OLD.ljust(79) + b"\n" + data.tobytes(),
}


@pytest.mark.parametrize("rows", [10, 59, 60, 61, 70_000])
@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "no ranges"])
def test_the_file_is_what_np_save_writes_of_the_first_rows(
    ranges: bool, rows: int, source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    source.ranges = ranges
    records = fetch(rows)
    assert_complete(tmp_path / "raw", rows)
    assert {(record.rows, record.rows_there) for record in records.values()} == {
        (min(rows, ROWS_AT_SOURCE), ROWS_AT_SOURCE)
    }


@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "no ranges"])
@pytest.mark.parametrize("written", HEADERS.values(), ids=HEADERS)
def test_the_source_s_header_may_be_of_any_length(
    written: Callable[[np.ndarray], bytes],
    ranges: bool,
    source: Source,
    fetch: Callable[..., Any],
    tmp_path: Path,
) -> None:
    source.ranges, source.files = (
        ranges,
        {name: written(rows_of(name, ROWS_AT_SOURCE)) for name in source.files},
    )
    fetch()
    assert_complete(tmp_path / "raw")


def test_with_ranges_header_and_first_rows_are_all_that_is_asked_for(
    source: Source, fetch: Callable[..., Any]
) -> None:
    fetch()
    assert [(request.start, request.sent) for request in source.requests_for("moon")] == [
        (0, 4096),
        (128, 20 * 784),
    ]


def test_without_ranges_no_more_is_read_than_is_needed(
    fetch: Callable[..., Any], tmp_path: Path
) -> None:
    big = npy(np.zeros((60_000, 784), np.uint8))
    with serving(dict.fromkeys(("apple", "moon", "smiley face"), big)) as other:
        other.ranges = False
        fetch(source=other.url)
    assert np.load(tmp_path / "raw" / "moon.npy").shape == (20, 784)
    # What was sent beyond the rows is what the sockets' buffers took.
    assert max(request.sent for request in other.requests) < len(big) / 2


def test_too_little_room_is_reported_before_any_rows_are_fetched(
    source: Source, fetch: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    free = SimpleNamespace(free=module.SPARE_BYTES + 3 * (128 + 20 * 784) - 1)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: free)
    with pytest.raises(NotEnoughRoom, match="make room, or ask for fewer"):
        fetch()
    assert not any(request.for_rows() for request in source.requests)
    free.free += 1
    fetch()
    assert_complete(tmp_path / "raw")


def test_two_downloads_into_one_folder_are_kept_apart(
    fetch: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "raw").mkdir()
    with lock_folder(tmp_path / "raw"), pytest.raises(FolderInUse, match="wait for it"):
        fetch()
    fetch()


def test_files_that_are_as_recorded_are_not_asked_for_again(
    source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    first = fetch()
    source.requests.clear()
    assert fetch() == first
    assert source.requests == []
    assert_complete(tmp_path / "raw")


def test_a_source_with_fewer_rows_than_asked_for_is_not_asked_again(
    source: Source, fetch: Callable[..., Any]
) -> None:
    fetch(1000)
    source.requests.clear()
    fetch(1000)
    assert source.requests == []


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: data[:-1] + b"\0", lambda data: b""]
)
def test_a_file_that_was_damaged_is_fetched_again_alone(
    damage: Callable[[bytes], bytes], source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    fetch()
    moon = tmp_path / "raw" / "moon.npy"
    moon.write_bytes(damage(moon.read_bytes()))
    source.requests.clear()
    fetch()
    assert_complete(tmp_path / "raw")
    assert {request.name for request in source.requests} == {"moon"}


def test_a_file_that_is_missing_is_fetched_again_alone(
    source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    fetch()
    (tmp_path / "raw" / "moon.npy").unlink()
    source.requests.clear()
    fetch()
    assert_complete(tmp_path / "raw")
    assert {request.name for request in source.requests} == {"moon"}


def test_other_bytes_than_the_first_time_under_the_same_etag_are_refused(
    source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    fetch()
    (tmp_path / "raw" / "moon.npy").unlink()
    source.files["moon"] = npy(rows_of("another moon", ROWS_AT_SOURCE))
    with pytest.raises(
        InvalidRawDrawings, match=r"other drawings than the first time.*delete .*downloaded\.json"
    ):
        fetch()
    assert not (tmp_path / "raw" / "moon.npy").exists()
    source.etag = '"two"'
    fetch()


def test_more_rows_than_before_replace_the_file(fetch: Callable[..., Any], tmp_path: Path) -> None:
    fetch(10)
    fetch(20)
    assert_complete(tmp_path / "raw")


def test_fewer_rows_than_are_there_destroy_nothing(
    source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    fetch(20)
    with pytest.raises(
        InvalidRawDrawings, match="holds 20 drawings and 10 were asked for: choose another --out"
    ):
        fetch(10)
    assert_complete(tmp_path / "raw")


@pytest.mark.parametrize("record", [None, b"", b"{", b'{"moon": {"url": 1}}'])
def test_a_file_that_no_call_recorded_is_not_replaced(
    record: bytes | None, source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "moon.npy").write_bytes(b"mine")
    if record is not None:
        (tmp_path / "raw" / "downloaded.json").write_bytes(record)
    with pytest.raises(InvalidRawDrawings, match=r"moon\.npy was not made by `redraw download`"):
        fetch()
    assert (tmp_path / "raw" / "moon.npy").read_bytes() == b"mine"
    assert source.requests == []


def test_four_files_come_at_a_time(tmp_path: Path) -> None:
    names = tuple(f"class{number}" for number in range(9))
    four = threading.Barrier(4)
    with serving({name: npy(rows_of(name, 20)) for name in names}) as server:

        def wait_for_four(request: Request) -> bool:
            if request.name in names[:8] and request.for_rows():
                four.wait(30)  # breaks, and the test with it, when there are never four
            return False

        server.misbehave = wait_for_four
        download(
            tmp_path,
            source=server.url,
            categories=names,
            samples_per_class=20,
            limits=SHORT_LIMITS._replace(silence=60),
        )
    assert server.most_active == 4


def test_progress_rises_to_its_total_with_the_speed(fetch: Callable[..., Any]) -> None:
    reports: list[tuple[str, int, int]] = []
    fetch(on_progress=lambda message, done=0, total=0: reports.append((message, done, total)))
    fetching = [report for report in reports if report[0].startswith("fetching")]
    assert fetching[-1][1:] == (3 * 20 * 784, 3 * 20 * 784)
    assert [done for _, done, _ in fetching] == sorted(done for _, done, _ in fetching)
    assert re.fullmatch(r"fetching drawings, \d+\.\d MB/s", fetching[-1][0])
