"""An interrupted download is continued, but never with a part of another file."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import Unavailable
from tests.unit.quickdraw._source import (
    ROWS_AT_SOURCE,
    Request,
    Source,
    assert_complete,
    cut_after,
    leave_parts,
    npy,
    rows_of,
)


@pytest.mark.parametrize("length", [True, False], ids=["length given", "length not given"])
def test_a_body_that_ends_early_is_continued_where_it_was_cut(
    length: bool, source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    source.length = length
    source.misbehave = lambda request: (
        request.for_rows() and request.start == 128 and cut_after(request, 5000)
    )
    fetch()
    assert_complete(tmp_path / "raw")
    rest = [request for request in source.requests_for("moon") if request.if_range]
    assert [(request.start, request.if_range) for request in rest] == [(128 + 5000, '"one"')]


def test_a_body_that_always_ends_early_is_fetched_while_each_answer_brings_bytes(
    source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    source.misbehave = lambda request: request.for_rows() and cut_after(request, 1000)
    fetch()
    assert_complete(tmp_path / "raw")


def test_a_body_that_never_brings_anything_is_given_up(
    source: Source, fetch: Callable[..., Any]
) -> None:
    source.misbehave = lambda request: request.for_rows() and cut_after(request, 0)
    with pytest.raises(Unavailable, match="what was fetched is kept"):
        fetch()


@pytest.mark.parametrize("etag", [None, 'W/"weak"'], ids=["none", "weak"])
def test_without_a_strong_etag_a_part_is_not_trusted_and_fetching_starts_again(
    etag: str | None, source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    source.etag = etag
    source.misbehave = lambda request: (
        request.for_rows() and request.nth == 1 and cut_after(request, 5000)
    )
    fetch()
    assert_complete(tmp_path / "raw")
    assert [request.start for request in source.requests_for("moon") if request.for_rows()] == [
        128,
        128,
    ]


@pytest.mark.parametrize(
    "guards", [True, False], ids=["If-Range is honoured", "If-Range is ignored"]
)
@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "no ranges"])
def test_a_part_of_another_version_of_the_file_is_thrown_away(
    ranges: bool, guards: bool, source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    leave_parts(source, fetch)
    source.etag, source.ranges, source.guards_ranges = '"two"', ranges, guards
    source.files = {name: npy(rows_of(name, 70)) for name in source.files}
    fetch()
    assert_complete(tmp_path / "raw", there=70)


@pytest.mark.parametrize(
    "guards", [True, False], ids=["If-Range is honoured", "If-Range is ignored"]
)
def test_a_file_that_is_replaced_between_header_and_rows_is_fetched_again(
    guards: bool, source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    leave_parts(source, fetch)
    source.guards_ranges = guards

    def replace(request: Request) -> bool:
        if request.for_rows():
            source.etag, source.files = (
                '"two"',
                {name: npy(rows_of(name, 70)) for name in source.files},
            )
        return False

    source.misbehave = replace
    fetch()
    assert_complete(tmp_path / "raw", there=70)


@pytest.mark.parametrize(
    "note", [None, b"", b"[]", b'{"url": 1}'], ids=["none", "empty", "a list", "another"]
)
def test_a_part_without_its_note_is_thrown_away(
    note: bytes | None, source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    leave_parts(source, fetch)
    for path in (tmp_path / "raw").glob("*.part"):
        path.write_bytes(b"rubbish" * 1000)
        beside = path.with_name(f"{path.name}.json")
        beside.unlink() if note is None else beside.write_bytes(note)
    fetch()
    assert_complete(tmp_path / "raw")


def test_a_later_call_fetches_only_the_rest(
    source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    leave_parts(source, fetch)
    sizes = {
        path.name.split(".")[0].replace("_", " "): path.stat().st_size
        for path in (tmp_path / "raw").glob("*.part")
    }
    fetch()
    assert_complete(tmp_path / "raw")
    begun = {name: size for name, size in sizes.items() if size > 128}
    assert begun
    assert {request.name: request.start for request in source.requests if request.if_range} == begun


@pytest.mark.parametrize("rows", [10, 30])
def test_a_part_serves_a_call_that_wants_fewer_or_more_rows(
    rows: int, source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    leave_parts(source, fetch)
    fetch(rows)
    assert_complete(tmp_path / "raw", rows)


def test_a_listener_that_raises_ends_the_download_and_the_next_one_goes_on(
    fetch: Callable[..., Any], tmp_path: Path
) -> None:
    def stop(message: str, done: int = 0, total: int = 0) -> None:
        if message.startswith("fetching"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(on_progress=stop)
    fetch()
    assert_complete(tmp_path / "raw")


def test_the_record_names_address_etag_rows_and_digest(
    source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:

    fetch()
    record = json.loads((tmp_path / "raw" / "downloaded.json").read_text())
    assert record["smiley_face"] == {
        "url": f"{source.url}/smiley%20face.npy",
        "etag": '"one"',
        "rows": 20,
        "rows_there": ROWS_AT_SOURCE,
        "sha256": hashlib.sha256((tmp_path / "raw" / "smiley_face.npy").read_bytes()).hexdigest(),
    }
