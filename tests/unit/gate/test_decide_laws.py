"""Laws that every decision of the gate keeps, whatever the guesses."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.categories import CATEGORIES
from pipeline.gate.decide import decide
from pipeline.gate.inputs import Answers, GateInputs
from pipeline.model.answers import PairedGuesses
from pipeline.records.runs import RunState
from tests.unit.gate._guesses import (
    CLEAN,
    METRICS,
    RULES,
    SMALL_CLEAN,
    decide_on,
    make_answers,
    make_guesses,
)

SENTENCE = re.compile(r"\w.*\d.*\w", re.DOTALL)

counts = st.integers(0, 60)
played = st.builds(
    make_guesses,
    counts,
    counts,
    counts,
    counts,
    players=st.integers(1, 30),
    classes=st.integers(1, 20),
)
answers = st.builds(make_answers, st.none() | played, st.none() | played)
clean = st.builds(make_guesses, counts, counts, counts, counts, classes=st.integers(1, 20))
seeds = st.integers(0, 2**32 - 1)
shared = st.frozensets(st.sampled_from(["p0", "p1"]))
gate_inputs = st.builds(
    GateInputs,
    clean,
    st.none() | answers,
    st.none() | played,
    st.none() | clean,
    st.none() | clean,
    shared,
)


@settings(deadline=None)
@given(gate_inputs)
def test_every_reason_is_a_sentence_with_the_figures_it_rests_on(inputs: GateInputs) -> None:
    decision = decide(inputs, RULES, METRICS, CATEGORIES)
    assert decision.reasons
    for check in decision.checks:
        assert SENTENCE.fullmatch(check.reason), check.reason
    held = decision.outcome is RunState.HELD  # then the last reason says what would decide
    reasons = decision.reasons[:-1] if held else decision.reasons
    assert set(reasons) <= {check.reason for check in decision.checks}


def change_parts(
    inputs: GateInputs, change: Callable[[PairedGuesses], PairedGuesses]
) -> GateInputs:
    """Change the guesses of each part that there is."""
    parts: dict[str, Any] = {
        name: change(part)
        for name, part in inputs._asdict().items()
        if isinstance(part, PairedGuesses)
    }
    if inputs.answers is not None:
        parts["answers"] = inputs.answers._replace(guesses=change(inputs.answers.guesses))
    return inputs._replace(**parts)


@settings(deadline=None)
@given(gate_inputs)
def test_identical_models_are_held(inputs: GateInputs) -> None:
    same = change_parts(inputs, lambda part: part._replace(challenger=part.champion))
    same = same._replace(golden=make_guesses(100))
    decision = decide(same, RULES, METRICS, CATEGORIES)
    assert (decision.outcome, decision.more) == (RunState.HELD, None)


@settings(deadline=None)
@given(gate_inputs, seeds)
def test_the_order_of_rows_changes_nothing(inputs: GateInputs, seed: int) -> None:
    rng = np.random.default_rng(seed)

    def take(part: Any, order: NDArray[np.int64]) -> Any:
        return type(part)(*(None if column is None else column[order] for column in part))

    def shuffle(part: PairedGuesses) -> PairedGuesses:
        return take(part, rng.permutation(part.rows))

    moved = change_parts(inputs._replace(answers=None), shuffle)
    if inputs.answers is not None:
        order = rng.permutation(inputs.answers.guesses.rows)
        guesses, *columns = inputs.answers
        moved = moved._replace(
            answers=Answers(take(guesses, order), *(column[order] for column in columns))
        )
    assert decide(moved, RULES, METRICS, CATEGORIES) == decide(inputs, RULES, METRICS, CATEGORIES)


@settings(deadline=None)
@given(gate_inputs, st.integers(1, 60), seeds)
def test_more_harm_never_turns_a_rejection_into_a_promotion(
    inputs: GateInputs, harm: int, seed: int
) -> None:
    if decide(inputs, RULES, METRICS, CATEGORIES).outcome is not RunState.REJECTED:
        return

    def spoil(part: PairedGuesses) -> PairedGuesses:
        challenger = part.challenger.copy()
        rows = np.random.default_rng(seed).permutation(part.rows)[:harm]
        challenger[rows] = part.labels[rows] + 20
        return part._replace(challenger=challenger)

    worse = change_parts(inputs, spoil)
    assert decide(worse, RULES, METRICS, CATEGORIES).outcome is not RunState.PROMOTED


@settings(deadline=None)
@given(st.integers(20, 200), st.integers(20, 200), st.booleans())
def test_a_challenger_that_is_better_on_every_row_is_promoted(
    rows: int, players: int, confirmed: bool
) -> None:
    corrections = make_guesses(0, rows, players=players)
    control = make_guesses(0, rows, players=players) if confirmed else None
    decision = decide_on(make_guesses(0, 200), answers=make_answers(corrections, control))
    assert decision.outcome is RunState.PROMOTED


@pytest.mark.parametrize("rows", [0, 1])
@pytest.mark.parametrize("gained", [True, False])
def test_next_to_no_rows_decide_nothing(rows: int, gained: bool) -> None:
    few = make_guesses(gained=rows, players=1) if gained else make_guesses(lost=rows, players=1)
    for clean_guesses in (CLEAN, SMALL_CLEAN, few):
        for confirmations in (None, few):
            decision = decide_on(clean_guesses, answers=make_answers(few, confirmations))
            assert decision.outcome is RunState.HELD
