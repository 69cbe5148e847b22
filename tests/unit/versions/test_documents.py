"""What counts as a version, a fence and a number in documents that any client may have written."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import RedrawError, UnreadableDocument
from pipeline.records.reading import read_record
from pipeline.records.runs import Run
from pipeline.records.versions import MAX_PART, VersionNumber
from pipeline.storage_paths import VERSION_FILE, version_of
from pipeline.versions.documents import (
    MAX_FENCE,
    parse_numbers,
    read_fence,
    read_release,
    read_version,
    read_versions,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "fence"),
    [
        (7, 7), (7.2, 8), ("7", 7), (0, 0), (MAX_FENCE, MAX_FENCE), (MAX_FENCE + 1, 0), (-1, 0),
        (True, 0), (None, 0), ("seven", 0), ([7], 0), (float("nan"), 0), (float("inf"), 0),
        ("1e400", 0), (1e300, 0),
    ],
)  # fmt: skip
def test_a_fence_is_read_wherever_there_is_a_usable_number(value: Any, fence: int) -> None:
    assert read_fence({"fence": value}) == fence


def test_without_a_fence_there_is_none() -> None:
    assert read_fence({}) == 0


VERSION = {
    "version": "v1.0.0", "createdAt": NOW, "storagePath": "m.h5", "status": "publishing",
    "files": [], "runId": "r",
}  # fmt: skip
RELEASE = {"version": "v1.0.0", "manifestPath": "m.json", "fence": 1, "updatedAt": NOW}
NO_NAMES: list[Any] = [None, "cat", 7, {"0": "cat"}, ["cat", 7], [["cat"]]]


def test_a_document_of_an_older_redraw_says_no_classes_and_is_read() -> None:
    page = read_versions([("v1.0.0", VERSION)])
    assert [version.categories for version in page.records] == [[]]
    assert page.unreadable == []
    assert read_release(RELEASE).categories == []


@pytest.mark.parametrize("junk", NO_NAMES)
def test_a_version_whose_classes_cannot_be_read_is_listed_without_them_and_named(junk: Any) -> None:
    page = read_versions([("v1.0.0", VERSION | {"categories": junk})])
    assert [version.categories for version in page.records] == [[]]
    assert [each.problem for each in page.unreadable] == ["categories: it is no list of names"]


@pytest.mark.parametrize("junk", NO_NAMES)
def test_a_release_whose_classes_cannot_be_read_is_one_without_them(junk: Any) -> None:
    assert read_release(RELEASE | {"categories": junk}).categories == []


def test_classes_are_read_in_their_order() -> None:
    names = {"categories": ["sun", "apple"]}
    assert read_version("v1.0.0", VERSION | names).categories == ["sun", "apple"]
    assert read_release(RELEASE | names).categories == ["sun", "apple"]


@pytest.mark.parametrize("name", [None, 1, "", "v1", "v01.0.0", "v1.0.0 ", "v1.0.0_100cat", ["v1"]])
def test_what_is_no_exact_version_number_is_no_number(name: Any) -> None:
    assert parse_numbers(["v1.2.3", name]) == [VersionNumber(1, 2, 3)]


@given(st.tuples(*3 * [st.integers(0, 3) | st.integers(MAX_PART - 2, MAX_PART)]))
def test_the_next_numbers_are_higher_and_can_be_read(parts: tuple[int, int, int]) -> None:
    number = VersionNumber(*parts)
    for choose in (VersionNumber.next_patch, VersionNumber.next_minor):
        try:
            after = choose(number)
        except RedrawError:
            assert parts[:2] == (MAX_PART, MAX_PART)
            continue
        assert VersionNumber.parse(str(after)) == after > number


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (VERSION_FILE.fill(version="v1.0.1", name="manifest.json"), "v1.0.1"),
        ("models/production/v1.0.1/deep/model.h5", "v1.0.1"),
        ("models/production/readme.txt", None),
        ("models/staging/v1.0.1/model.h5", None),
        ("models/production/", None),
    ],
)
def test_an_object_lies_in_the_folder_of_one_version_or_of_none(
    path: str, name: str | None
) -> None:
    assert version_of(path) == name


@pytest.mark.parametrize("time", ["2026-01-01T00:00:00Z", 1_767_225_600, NOW.replace(tzinfo=None)])
def test_only_a_time_with_a_zone_is_a_time_since_others_cannot_be_compared(time: Any) -> None:
    with pytest.raises(UnreadableDocument, match="requestedAt: it is no timestamp"):
        read_record(Run, "training_runs/r", {"requestedAt": time}, "id")


def test_the_problem_is_short_and_printable_whatever_stands_in_the_document() -> None:
    fields = {"requestedAt": NOW, "seconds": {f"\x1b[2J{number}" * 99: "x" for number in range(99)}}
    with pytest.raises(UnreadableDocument) as raised:
        read_record(Run, "training_runs/" + "r\n" * 999, {**fields, "id": "r"})
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 1000
    assert "and 96 more" in raised.value.problem
