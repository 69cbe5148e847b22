"""A download that was cut goes on where it was, but never trusts a part of another version of the file."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import Unavailable
from tests.unit.quickdraw._source import (
    THERE,
    Asked,
    Source,
    cut,
    folder_is_right,
    npy,
    rows_of,
    stopped_half_way,
)


@pytest.mark.parametrize("length", [True, False], ids=["length told", "length not told"])
def test_a_body_that_ends_early_is_continued_where_it_was_cut(
    length: bool, source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    source.length = length
    source.misbehave = lambda asked: asked.for_rows() and asked.start == 128 and cut(asked, 5000)
    fetch()
    folder_is_right(tmp_path / "raw")
    rest = [asked for asked in source.of("moon") if asked.if_range]
    assert [(asked.start, asked.if_range) for asked in rest] == [(128 + 5000, '"one"')]


def test_a_body_that_always_ends_early_is_fetched_as_long_as_each_answer_brings_something(
    source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    source.misbehave = lambda asked: asked.for_rows() and cut(asked, 1000)
    fetch()
    folder_is_right(tmp_path / "raw")


def test_a_body_that_never_brings_anything_is_given_up(
    source: Source, fetch: Callable[..., Any]
) -> None:
    source.misbehave = lambda asked: asked.for_rows() and cut(asked, 0)
    with pytest.raises(Unavailable, match="what was fetched is kept"):
        fetch()


@pytest.mark.parametrize("etag", [None, 'W/"weak"'], ids=["none", "weak"])
def test_without_a_strong_etag_a_part_is_not_trusted_and_fetching_begins_anew(
    etag: str | None, source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    source.etag = etag
    source.misbehave = lambda asked: asked.for_rows() and asked.nth == 1 and cut(asked, 5000)
    fetch()
    folder_is_right(tmp_path / "raw")
    assert [asked.start for asked in source.of("moon") if asked.for_rows()] == [128, 128]


@pytest.mark.parametrize("guards", [True, False], ids=["If-Range is heeded", "If-Range is ignored"])
@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "no ranges"])
def test_a_part_of_another_version_of_the_file_is_thrown_away(
    ranges: bool, guards: bool, source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    stopped_half_way(source, fetch)
    source.etag, source.ranges, source.guards_ranges = '"two"', ranges, guards
    source.files = {name: npy(rows_of(name, 70)) for name in source.files}
    fetch()
    folder_is_right(tmp_path / "raw", there=70)


@pytest.mark.parametrize("guards", [True, False], ids=["If-Range is heeded", "If-Range is ignored"])
def test_a_file_that_is_replaced_between_header_and_rows_is_fetched_anew(
    guards: bool, source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    stopped_half_way(source, fetch)
    source.guards_ranges = guards

    def replace(asked: Asked) -> bool:
        if asked.for_rows():
            source.etag, source.files = (
                '"two"',
                {name: npy(rows_of(name, 70)) for name in source.files},
            )
        return False

    source.misbehave = replace
    fetch()
    folder_is_right(tmp_path / "raw", there=70)


@pytest.mark.parametrize(
    "note", [None, b"", b"[]", b'{"url": 1}'], ids=["none", "empty", "a list", "another"]
)
def test_a_part_without_its_note_is_thrown_away(
    note: bytes | None, source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    stopped_half_way(source, fetch)
    for path in (tmp_path / "raw").glob("*.part"):
        path.write_bytes(b"rubbish" * 1000)
        beside = path.with_name(f"{path.name}.json")
        beside.unlink() if note is None else beside.write_bytes(note)
    fetch()
    folder_is_right(tmp_path / "raw")


def test_a_later_call_fetches_only_the_rest(
    source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    stopped_half_way(source, fetch)
    sizes = {
        path.name.split(".")[0].replace("_", " "): path.stat().st_size
        for path in (tmp_path / "raw").glob("*.part")
    }
    fetch()
    folder_is_right(tmp_path / "raw")
    begun = {name: size for name, size in sizes.items() if size > 128}
    assert begun
    assert {asked.name: asked.start for asked in source.asked if asked.if_range} == begun


@pytest.mark.parametrize("rows", [10, 30])
def test_a_part_serves_a_call_that_wants_fewer_or_more_rows(
    rows: int, source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    stopped_half_way(source, fetch)
    fetch(rows)
    folder_is_right(tmp_path / "raw", rows)


def test_a_listener_that_raises_ends_the_download_and_the_next_one_goes_on(
    fetch: Callable[..., Any], tmp_path: Path
) -> None:
    def stop(message: str, done: int = 0, total: int = 0) -> None:
        if message.startswith("fetching"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(on_progress=stop)
    fetch()
    folder_is_right(tmp_path / "raw")


def test_the_record_names_address_etag_rows_and_digest(
    source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:

    fetch()
    record = json.loads((tmp_path / "raw" / "downloaded.json").read_text())
    assert record["smiley_face"] == {
        "url": f"{source.url}/smiley%20face.npy",
        "etag": '"one"',
        "rows": 20,
        "rows_there": THERE,
        "sha256": hashlib.sha256((tmp_path / "raw" / "smiley_face.npy").read_bytes()).hexdigest(),
    }
