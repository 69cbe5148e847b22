"""What Redraw says about the statuses that it sees, and how a status is named."""

import shlex
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.corrections.statuses import describe_foreign, describe_known, read_word, show_status
from pipeline.records.corrections import StatusCount, StatusCounts
from tests._examples import examples


def counts(*values: tuple[Any, int], without: int = 0) -> StatusCounts:
    total = sum(number for _, number in values) + without
    return StatusCounts(total, without, tuple(StatusCount(*each) for each in values))


@pytest.mark.parametrize(
    ("counted", "sentence"),
    [
        (counts(), "0 documents"),
        (counts(("pending", 1)), "1 document: 1 pending"),
        (counts(("merged", 1200), ("refused", 1)), "1,201 documents: 1,200 merged, 1 refused"),
        (
            counts(("new", 3), (None, 1), without=2),
            "6 documents: 2 without a status, 4 with a status that Redraw does not know",
        ),
    ],
)
def test_the_kinds_of_documents_are_counted_in_a_sentence(
    counted: StatusCounts, sentence: str
) -> None:
    assert describe_known(counted) == sentence


def test_where_every_status_is_known_there_is_nothing_to_do() -> None:
    assert describe_foreign(counts(("pending", 1), ("merged", 2), without=3)) is None


def test_foreign_statuses_are_named_with_what_to_do() -> None:
    sentence = describe_foreign(counts((None, 1), ("Pending", 7), ("merged", 9)))
    assert sentence is not None
    assert 'it is null (1), "Pending" (7)' in sentence
    assert "redraw corrections adopt --status null makes them pending" in sentence
    assert 'let the game write status "pending"' in sentence


@given(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30)
    | st.lists(st.text(max_size=3), max_size=2)
)  # fmt: skip
@settings(max_examples=examples(100))
def test_the_advised_word_names_the_status(value: Any) -> None:
    sentence = describe_foreign(counts((value, 1)))
    if sentence is None:
        return  # a status of Redraw
    advice = sentence.partition("adopt --status ")[2].partition(" makes them")[0]
    (word,) = shlex.split(advice)
    assert read_word(word) == value
    assert type(read_word(word)) is type(value)


def test_a_long_status_is_shortened_and_one_line() -> None:
    shown = show_status("x\n\x1b" * 1000)
    assert len(shown) < 50
    assert shown.isprintable()
