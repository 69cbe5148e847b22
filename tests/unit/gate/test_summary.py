"""What a decision means for players, in a sentence."""

import subprocess
import sys

import pytest

from pipeline.gate.summary import describe_change, describe_players
from tests.unit.gate._guesses import (
    ANSWERS,
    CLEAN,
    CORRECTIONS,
    decide_on,
    make_answers,
    make_guesses,
)


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        ((0.861, 0.009, -0.002, 0.02), "86.1% to 87.0% right (surely no worse than 85.9%)"),
        ((0.861, -0.02, -0.03, -0.01), "86.1% to 84.1% right (surely no better than 85.1%)"),
        ((0.1, 0.0, -1.0, 1.0), "10.0% to 10.0% right (surely no worse than 0.0%)"),
    ],
)
def test_a_change_says_from_what_to_what_and_what_is_sure(
    figures: tuple[float, float, float, float], sentence: str
) -> None:
    assert describe_change(*figures) == sentence


def test_players_drawings_are_all_of_them_and_not_the_corrected_ones() -> None:
    # 500 corrections of which 180 are right now, and 600 confirmations that stand for 1,200.
    decision = decide_on(CLEAN, answers=ANSWERS)
    assert decision.players_before == pytest.approx(1200 / 1700)
    assert decision.expected_gain == pytest.approx(160 / 1700)
    assert decision.players_after == pytest.approx(1360 / 1700)
    assert describe_players(decision).startswith("Players' drawings: 70.6% to 80.0% right (surely")


def test_corrections_alone_are_never_taken_for_all_drawings() -> None:
    decision = decide_on(CLEAN, answers=make_answers(CORRECTIONS))
    assert (decision.players_before, decision.players_after) == (None, None)
    assert "how many are right is not known" in describe_players(decision)
    reason = next(check.reason for check in decision.checks if check.name == "players' drawings")
    assert "only mistakes of earlier versions are known: 500 drawings" in reason


def test_the_expected_gain_by_corrections_alone_leaves_out_what_chance_gains() -> None:
    # Of clean drawings 11,000 are mistakes and 1,000 are lost: chance turns 9.1 % of mistakes.
    merely_different = decide_on(
        CLEAN, answers=make_answers(make_guesses(0, 91, 0, 909, players=80))
    )
    assert merely_different.expected_gain == pytest.approx(0, abs=1e-4)
    better = decide_on(CLEAN, answers=make_answers(CORRECTIONS))
    assert better.expected_gain == pytest.approx((0.36 - 0.091) * 11 / 140, abs=1e-4)


def test_without_answers_it_says_so() -> None:
    assert "no answers yet" in describe_players(decide_on(CLEAN))


def test_the_command_line_loads_neither_numpy_nor_scipy_for_it() -> None:
    code = "import sys, pipeline.gate.summary; print({'numpy', 'scipy'} & set(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert result.stdout.strip() == "set()"
