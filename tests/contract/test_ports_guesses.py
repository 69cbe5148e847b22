"""The contract of a CorrectionSource: how many drawings a version guessed, as the game counts."""

from typing import Any

import pytest

from pipeline.ports import CorrectionSource

VERSION = "v1.0.0"


def test_a_game_that_does_not_count_says_nothing(corrections: CorrectionSource) -> None:
    assert corrections.count_guesses(VERSION) is None


@pytest.mark.parametrize(("written", "read"), [(0, 0), (12, 12), (12.0, 12), (10**9, 10**9)])
def test_the_number_is_that_of_the_version(
    world: Any, corrections: CorrectionSource, written: float, read: int
) -> None:
    world.edit(f"guesses/{VERSION}", {"drawings": written})
    world.edit("guesses/v1.0.1", {"drawings": 77})
    assert corrections.count_guesses(VERSION) == read


@pytest.mark.parametrize(
    "value",
    [None, True, "12", -1, 12.5, float("nan"), float("inf"), -float("inf"), 10**15, [12], {"a": 1}],
)
def test_what_is_no_number_of_drawings_says_nothing(
    world: Any, corrections: CorrectionSource, value: Any
) -> None:
    world.edit(f"guesses/{VERSION}", {"drawings": value})
    assert corrections.count_guesses(VERSION) is None


def test_a_document_without_the_field_says_nothing(
    world: Any, corrections: CorrectionSource
) -> None:
    world.edit(f"guesses/{VERSION}", {"count": 12})
    assert corrections.count_guesses(VERSION) is None


@pytest.mark.parametrize("version", ["", "a/b", ".", "__x__", "v" * 2000])
def test_a_name_that_no_document_can_have_says_nothing(
    corrections: CorrectionSource, version: str
) -> None:
    assert corrections.count_guesses(version) is None
