"""The gate: every outcome, with reasons that name figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.gate import decide
from pipeline.records import Comparison, Decision, Metrics, RunState


def metrics(hits: int, rows: int) -> Metrics:
    return Metrics(rows=rows, accuracy=hits / rows, loss=1.0, recall={}, precision={}, confusion=[])


def compared(champion: int, challenger: int, rows: int = 1000) -> Comparison:
    return Comparison(champion=metrics(champion, rows), challenger=metrics(challenger, rows))


def decided(base: Comparison, players: Comparison | None) -> Decision:
    return decide(base, players, margin=0.005)


def test_worse_on_clean_drawings_is_rejected_however_good_on_players() -> None:
    decision = decided(compared(900, 894), compared(10, 90, 100))
    assert decision.outcome is RunState.REJECTED
    assert decision.reasons == ["clean drawings: 90.0% before, 89.4% after of 1000: worse by more than 0.5%"]


def test_worse_on_clean_drawings_without_players_is_rejected() -> None:
    assert decided(compared(900, 894), None).outcome is RunState.REJECTED


def test_worse_on_players_drawings_is_rejected() -> None:
    decision = decided(compared(900, 950), compared(80, 79, 100))
    assert decision.outcome is RunState.REJECTED
    assert decision.reasons[-1] == "players' drawings: 80.0% before, 79.0% after of 100: worse"


def test_no_players_drawing_in_the_holdout_is_held() -> None:
    decision = decided(compared(900, 950), None)
    assert decision.outcome is RunState.HELD
    assert "no player's drawing" in decision.reasons[-1]


def test_no_difference_on_players_drawings_is_held() -> None:
    decision = decided(compared(900, 950), compared(80, 80, 100))
    assert decision.outcome is RunState.HELD
    assert "no difference" in decision.reasons[-1]


def test_better_on_players_and_not_worse_on_clean_drawings_is_promoted() -> None:
    decision = decided(compared(900, 900), compared(80, 81, 100))
    assert decision.outcome is RunState.PROMOTED
    assert decision.reasons == [
        "clean drawings: 90.0% before, 90.0% after of 1000: not worse by more than 0.5%",
        "players' drawings: 80.0% before, 81.0% after of 100: better",
    ]


@given(st.integers(1, 500), st.integers(0, 100_000))
def test_losing_exactly_the_margin_is_allowed(margin_rows: int, left: int) -> None:
    rows = 200 * margin_rows  # of which the margin is 0.005
    left = min(left, rows - margin_rows)
    assert decided(compared(left + margin_rows, left, rows), compared(80, 81, 100)).outcome is RunState.PROMOTED


@given(*[st.integers(0, 500)] * 4)
def test_the_decision_keeps_what_it_was_made_of_and_gives_reasons(a: int, b: int, c: int, d: int) -> None:
    base, players = compared(a, b), compared(c, d)
    decision = decided(base, players)
    assert (decision.base, decision.players) == (base, players)
    assert decision.reasons


@given(*[st.integers(0, 500)] * 4)
def test_what_is_promoted_is_better_on_players_and_within_the_margin(a: int, b: int, c: int, d: int) -> None:
    assert (decided(compared(a, b), compared(c, d)).outcome is RunState.PROMOTED) == (d > c and a - b <= 5)


@pytest.mark.parametrize(("challenger", "outcome"), [(0, RunState.PROMOTED), (1, RunState.PROMOTED)])
def test_a_margin_of_everything_lets_clean_drawings_go(challenger: int, outcome: RunState) -> None:
    assert decide(compared(1000, challenger), compared(1, 2), margin=1).outcome is outcome
