"""What a run records about its answers, and the sentence that an owner reads."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.pages.sample_words import explain_sample
from pipeline.records.corrections import ASKED_CODES, NOT_SAID, Asked
from pipeline.records.runs import AnswerSample
from pipeline.runs.sample import describe_sample
from pipeline.sampling.rows import AnswerRows

NAN = float("nan")
MARGINS = [(12, False, Asked.MARGIN, 1.0), (14, True, Asked.MARGIN, 1.0)]
AUDITS = [(6, False, Asked.AUDIT, 0.1), (60, True, Asked.AUDIT, 0.1)]
UNKNOWN = [(200, False, None, NAN), (30, True, None, NAN)]


def rows(*groups: tuple[int, bool, Asked | None, float]) -> AnswerRows:
    counts = [count for count, *_ in groups]
    codes = [NOT_SAID if asked is None else ASKED_CODES[asked] for _, _, asked, _ in groups]
    return AnswerRows(
        np.repeat(np.array([confirmed for _, confirmed, *_ in groups], np.bool_), counts),
        np.repeat(np.array([chance for *_, chance in groups], np.float32), counts),
        np.repeat(np.array(codes, np.uint8), counts),
    )


def describe(answers: AnswerRows, drawings: int | None = None) -> AnswerSample:
    return describe_sample(answers, eagerness=4.0, clean=0.92, drawings=drawings)


def test_answers_are_counted_by_why_the_game_asked() -> None:
    sample = describe(rows(*MARGINS, *AUDITS, (5, False, Asked.NONE, NAN), *UNKNOWN))
    assert sample.answers == {"none": 5, "margin": 26, "audit": 66, "unknown": 230}
    assert sample.confirmations == 104


def test_an_audit_tells_the_accuracy_that_the_answers_alone_do_not() -> None:
    audited = describe(rows(*MARGINS, *AUDITS))
    alone = describe(rows(*UNKNOWN))
    assert audited.accuracy_low is not None
    assert audited.accuracy_high is not None
    # 12 of 26 small margins and 60 of 660 others are wrong.
    assert audited.accuracy_low < 1 - 72 / 686 < audited.accuracy_high
    assert alone.ratio_low >= 1
    assert alone.ratio_high <= 4


def test_corrections_alone_leave_the_accuracy_open() -> None:
    sample = describe(rows((200, False, None, NAN)))
    assert (sample.accuracy_low, sample.accuracy_high) == (None, None)
    assert "not known" in explain_sample(sample)


@pytest.mark.parametrize("drawings", [None, 1170])
def test_the_number_of_guessed_drawings_is_kept(drawings: int | None) -> None:
    assert describe(rows(*UNKNOWN), drawings).drawings == drawings


def test_it_can_be_written_and_read() -> None:
    sample = describe(rows(*MARGINS, *AUDITS), 1000)
    assert AnswerSample.from_document(sample.document()) == sample


def test_the_owner_reads_where_answers_come_from_and_what_they_say() -> None:
    sample = AnswerSample(
        answers={"none": 300, "margin": 130, "audit": 12},
        confirmations=90,
        effective=181.4,
        ratio=2,
        ratio_low=1,
        ratio_high=4,
        accuracy_low=0.841,
        accuracy_high=0.91,
    )
    assert explain_sample(sample) == (
        "442 new answers: 130 about small margins, 12 about drawings chosen at random, 300"
        " unasked; they say as much as 181 about drawings chosen at random; the release recognises"
        " 84.1% to 91.0% of players' drawings"
    )


def test_without_an_audit_the_owner_reads_what_would_help() -> None:
    assert "audit" in explain_sample(describe(rows(*MARGINS, *UNKNOWN)))


def test_no_answers_are_said_to_be_none() -> None:
    assert explain_sample(describe(rows())) == "no new answers"


groups = st.tuples(
    st.integers(1, 40),
    st.booleans(),
    st.none() | st.sampled_from(list(Asked)),
    st.sampled_from([NAN, 1.0, 0.3, 0.01]),
)


@given(st.lists(groups, max_size=6).map(lambda parts: rows(*parts)), st.none() | st.integers())
def test_whatever_the_answers_what_is_recorded_is_possible(
    answers: AnswerRows, drawings: int | None
) -> None:
    sample = describe(answers, drawings)
    assert sum(sample.answers.values()) == len(answers.confirmed)
    assert 0 <= sample.effective <= len(answers.confirmed) + 0.1
    assert 0 < sample.ratio_low <= sample.ratio <= sample.ratio_high
    if sample.accuracy_low is not None and sample.accuracy_high is not None:
        assert 0 <= sample.accuracy_low <= sample.accuracy_high <= 1
    assert explain_sample(sample)
