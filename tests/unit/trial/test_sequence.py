"""The sequential test of a trial: what it finds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records.corrections import NOT_SAID
from pipeline.trial.sequence import FEWEST_PLAYERS, judge_trial, judge_watch
from pipeline.trial.standing import RatioBounds, Verdict
from tests.unit.trial._evidence import EVEN, MARGIN, from_gains, make_evidence


@pytest.mark.parametrize(
    ("won", "lost", "verdict"),
    [
        (120, 60, Verdict.BETTER),
        (60, 120, Verdict.WORSE),
        (70, 100, Verdict.FUTILE),
        (14, 10, Verdict.OPEN),
        (0, 0, Verdict.OPEN),
    ],
)
def test_the_verdict_follows_from_who_was_right_where_they_differ(
    won: int, lost: int, verdict: Verdict
) -> None:
    standing = judge_trial(make_evidence(won, lost, 40 if won else 0), EVEN, MARGIN)
    assert standing.verdict is verdict


def test_no_answers_leave_it_open() -> None:
    standing = judge_trial(make_evidence(0, 0, 0, 0), EVEN, MARGIN)
    assert standing[:4] == (Verdict.OPEN, 0.0, -1.0, 1.0)
    assert (standing.answers, standing.disagreements, standing.players) == (0, 0, 0)


def test_a_watch_judges_the_version_that_is_shown() -> None:
    assert judge_watch(make_evidence(120, 60, 40), EVEN, MARGIN).verdict is Verdict.WORSE


def test_the_difference_is_that_of_all_drawings() -> None:
    # 50 more of 200 drawings that differ; these are 200 of 4,000.
    never = -1.0  # a margin that nothing meets
    standing = judge_trial(make_evidence(110, 60, 30, 3800), EVEN, never)
    assert standing.share == pytest.approx(0.05, rel=0.2)
    assert standing.estimate == pytest.approx(50 / 4000, rel=0.35)
    assert standing.low <= standing.estimate <= standing.high


def test_a_disaster_is_noticed_at_the_first_looks() -> None:
    standing = judge_watch(make_evidence(48, 2), EVEN, MARGIN)
    assert standing.verdict is Verdict.WORSE


def test_few_players_find_nothing() -> None:
    evidence = make_evidence(200, 0, players=FEWEST_PLAYERS - 1)
    assert judge_trial(evidence, EVEN, MARGIN).verdict is Verdict.OPEN


@given(st.integers(0, 10_000), st.integers(1, 3), st.floats(0, 1))
def test_looking_in_between_changes_nothing(seed: int, share: int, stop: float) -> None:
    """What any reader sees is what the planned looks saw, and the first verdict stays."""
    evidence = make_evidence(60 * share, 60, 80, 300, players=150, seed=seed)
    earlier = judge_trial(evidence.select(slice(int(stop * 300))), EVEN, MARGIN)
    later = judge_trial(evidence, EVEN, MARGIN)
    decided = earlier.verdict is not Verdict.OPEN
    between = later.verdict is Verdict.OPEN and later.next_look == earlier.next_look
    if decided or (between and later.low > -1):
        assert later[:5] == earlier[:5]


@given(st.integers(0, 10_000))
def test_the_order_of_answers_before_a_look_does_not_matter(seed: int) -> None:
    evidence = make_evidence(30, 30, 40, 0, seed=seed)
    order = np.random.default_rng(seed).permutation(100)
    first = judge_trial(evidence, EVEN, MARGIN)
    second = judge_trial(evidence.select(order), EVEN, MARGIN)
    assert first[1:5] == pytest.approx(second[1:5])


@given(st.integers(0, 90), st.integers(0, 90))
def test_swapped_versions_have_swapped_estimates(won: int, lost: int) -> None:
    evidence = make_evidence(won, lost, 20)
    trial, watch = (judge(evidence, EVEN, MARGIN) for judge in (judge_trial, judge_watch))
    if trial.next_look == watch.next_look:
        assert trial.estimate == pytest.approx(-watch.estimate)


@given(st.integers(1, 400), st.sampled_from([-1, 1]))
def test_one_player_alone_neither_promotes_nor_stops(count: int, gain: int) -> None:
    """A player who floods the game with answers on one side, beside 40 others who say nothing."""
    rng = np.random.default_rng(count)
    others = rng.permutation(np.repeat([1, -1, 0], [14, 14, 12]))
    gains = np.append(others, np.full(count, gain))
    players = np.append(np.arange(40), np.full(count, 1000))
    evidence = from_gains(gains, np.ones(len(gains), bool), players)
    assert judge_trial(evidence, EVEN, MARGIN).verdict is Verdict.OPEN


def test_answers_that_nobody_asked_for_are_weighed_for_both_ends_of_the_ratio() -> None:
    evidence = make_evidence(100, 60, 40, 2000)._replace(
        asked=np.full(2200, NOT_SAID, np.uint8), chances=np.full(2200, np.nan, np.float32)
    )
    even, uneven = (judge_trial(evidence, RatioBounds(1, high), MARGIN) for high in (1, 4))
    assert even.verdict is Verdict.BETTER
    # A confirmation may stand for four corrections, so 60 losses may weigh more than 100 gains.
    assert uneven.verdict is Verdict.OPEN
    assert uneven.low < even.low


def test_answers_with_a_known_chance_do_not_depend_on_the_ratio() -> None:
    evidence = make_evidence(100, 60, 40, 2000)
    results = [judge_trial(evidence, RatioBounds(1, high), MARGIN)[:5] for high in (1, 4)]
    assert results[0] == results[1]


def test_the_sentence_says_what_was_found() -> None:
    sentence = judge_trial(make_evidence(40, 30, 20), EVEN, MARGIN).sentence
    assert sentence.startswith("of 90 answers about drawings on which the two versions differ")
    assert "this one was right in 40 and the other in 30" in sentence
    assert sentence.endswith("open, the next look is at 100")


def test_the_sentence_of_a_verdict_is_about_what_was_known_then() -> None:
    sentence = judge_trial(make_evidence(300, 0), EVEN, MARGIN).sentence
    assert sentence.startswith("of 25 answers")
    assert "this one was right in 25 and the other in 0" in sentence
    assert sentence.endswith(": better")


def test_before_the_first_look_the_sentence_says_when_it_comes() -> None:
    sentence = judge_trial(make_evidence(5, 5), EVEN, MARGIN).sentence
    assert sentence.endswith("the first look is at 25")


def test_where_nothing_tells_the_share_only_a_sure_gain_is_better() -> None:
    """The margin is one of all drawings; of those that differ it may be next to nothing."""
    unclear, sure = make_evidence(75, 60, 60, 0), make_evidence(110, 60, 30, 0)
    assert judge_trial(unclear, EVEN, MARGIN).verdict is Verdict.OPEN
    assert judge_trial(sure, EVEN, MARGIN).verdict is Verdict.BETTER
    # With a share of a twentieth, ten times the margin may be lost of those that differ.
    known = make_evidence(75, 60, 60, 3700)
    assert judge_trial(known, EVEN, MARGIN).verdict is Verdict.BETTER
