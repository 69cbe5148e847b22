"""Laws that every decision of the gate keeps, whatever the guesses."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.categories import CATEGORIES
from pipeline.gate.decide import decide
from pipeline.gate.inputs import GateInputs
from pipeline.model.answers import PairedGuesses
from pipeline.records.runs import RunState
from tests.unit.gate._guesses import (
    CLEAN,
    METRICS,
    RULES,
    SMALL_CLEAN,
    decide_on,
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
perhaps = st.none() | played
clean = st.builds(make_guesses, counts, counts, counts, counts, classes=st.integers(1, 20))
seeds = st.integers(0, 2**32 - 1)
shared = st.frozensets(st.sampled_from(["p0", "p1"]))
gate_inputs = st.builds(
    GateInputs, clean, perhaps, perhaps, perhaps, st.none() | clean, st.none() | clean, shared
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


@settings(deadline=None)
@given(gate_inputs)
def test_identical_models_are_held(inputs: GateInputs) -> None:
    golden = make_guesses(100)
    parts = (part and part._replace(challenger=part.champion) for part in inputs[:-1])
    same = GateInputs(*parts)._replace(golden=golden)
    decision = decide(same, RULES, METRICS, CATEGORIES)
    assert (decision.outcome, decision.more) == (RunState.HELD, None)


@settings(deadline=None)
@given(gate_inputs, seeds)
def test_the_order_of_rows_changes_nothing(inputs: GateInputs, seed: int) -> None:
    rng = np.random.default_rng(seed)

    def shuffle(part: PairedGuesses | None) -> PairedGuesses | None:
        if part is None:
            return None
        order = rng.permutation(part.rows)
        return PairedGuesses(*(None if column is None else column[order] for column in part))  # type: ignore[arg-type]

    moved = GateInputs(*map(shuffle, inputs[:-1]), shared=inputs.shared)  # type: ignore[arg-type]
    assert decide(moved, RULES, METRICS, CATEGORIES) == decide(inputs, RULES, METRICS, CATEGORIES)


@settings(deadline=None)
@given(gate_inputs, st.integers(0, 5), st.integers(1, 60), seeds)
def test_more_harm_never_turns_a_rejection_into_a_promotion(
    inputs: GateInputs, index: int, harm: int, seed: int
) -> None:
    part = inputs[index]
    if part is None or decide(inputs, RULES, METRICS, CATEGORIES).outcome is not RunState.REJECTED:
        return
    challenger = part.challenger.copy()
    rows = np.random.default_rng(seed).permutation(part.rows)[:harm]
    challenger[rows] = part.labels[rows] + 20
    worse = inputs._replace(**{inputs._fields[index]: part._replace(challenger=challenger)})
    assert decide(worse, RULES, METRICS, CATEGORIES).outcome is not RunState.PROMOTED


@settings(deadline=None)
@given(st.integers(20, 200), st.integers(20, 200), st.booleans())
def test_a_challenger_that_is_better_on_every_row_is_promoted(
    rows: int, players: int, confirmed: bool
) -> None:
    corrections = make_guesses(0, rows, players=players)
    control = make_guesses(0, rows, players=players) if confirmed else None
    clean_gained = make_guesses(0, 200)
    decision = decide_on(clean_gained, cross_fitted=corrections, confirmations=control)
    assert decision.outcome is RunState.PROMOTED


@pytest.mark.parametrize("rows", [0, 1])
@pytest.mark.parametrize("gained", [True, False])
def test_next_to_no_rows_decide_nothing(rows: int, gained: bool) -> None:
    few = make_guesses(gained=rows, players=1) if gained else make_guesses(lost=rows, players=1)
    for clean_guesses in (CLEAN, SMALL_CLEAN, few):
        decision = decide_on(clean_guesses, held_out=few, cross_fitted=few, confirmations=few)
        assert decision.outcome is RunState.HELD
