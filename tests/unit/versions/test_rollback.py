"""Which version a rollback leads to, as the history tells it."""

import itertools
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.records.releases import ReleaseChange
from pipeline.versions.rollback import find_earlier
from tests._examples import examples

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def history(*numbers: int, first: int | None = None) -> list[ReleaseChange]:
    """What was released, as patches of v1.0; `first` was released before the history began."""
    names = [None if first is None else f"v1.0.{first}", *(f"v1.0.{each}" for each in numbers)]
    return [
        ReleaseChange(
            fence=fence, version=str(after), previous=before, at=NOW, by="owner", why="it is better"
        )
        for fence, (before, after) in enumerate(itertools.pairwise(names), start=1)
    ]


def earlier(*numbers: int, first: int | None = None) -> list[int]:
    changes = history(*numbers, first=first)
    return [int(name[5:]) for name in find_earlier(changes, changes[-1].version)]


def test_it_leads_to_the_version_before_and_then_further_back() -> None:
    assert earlier(1, 2, 3) == [2, 1]
    assert earlier(1, 2, 3, 2) == [1]
    assert earlier(1, 2, 3, 2, 1) == []


def test_a_version_that_was_left_by_going_back_is_not_gone_back_to() -> None:
    assert earlier(1, 2, 3, 2, 4) == [2, 1]
    assert earlier(1, 2, 3, 1, 4) == [1]


def test_one_that_is_released_again_counts_again() -> None:
    assert earlier(1, 2, 1, 2) == [1]
    assert earlier(1, 2, 3, 1, 3) == [1]


def test_what_the_first_entry_replaced_counts_if_it_went_forward() -> None:
    assert earlier(2, first=1) == [1]
    assert earlier(1, first=2) == []
    assert earlier(1, 2, 1, 2, first=2) == [1]


def test_a_release_that_is_older_than_the_history_names_the_one_before() -> None:
    assert find_earlier([], "v1.0.2", "v1.0.1") == ["v1.0.1"]
    assert find_earlier([], "v1.0.2") == []


@settings(max_examples=examples(100), deadline=None, database=None)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=30))
def test_going_back_again_and_again_ends_and_meets_no_version_twice(numbers: list[int]) -> None:
    met = [numbers[-1]]
    while before := earlier(*numbers):
        numbers = [*numbers, before[0]]
        assert before[0] not in met
        met.append(before[0])
