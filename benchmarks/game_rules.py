"""The rules that a simulated game releases by: what is fitted, how it is judged, what is tried."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from benchmarks.game_library import ALL, CORRECTIONS
from benchmarks.gate_answers import Pair, Sending, draw_inputs
from benchmarks.gate_simulated import NO_METRICS
from pipeline.categories import CATEGORIES
from pipeline.gate.decide import decide
from pipeline.gate.paired import difference_interval, sum_by_player
from pipeline.records.runs import RunState
from pipeline.settings import Settings

EAGERNESS = 4.0


class Judged(NamedTuple):
    """What the gate says of a challenger, and what players are expected to gain (a share)."""

    outcome: RunState
    expected_gain: float


class Rule(NamedTuple):
    """A rule to release by.

    name: what is printed.
    heads: the heads that a run gets, by the number of answers that they are fitted to.
    judge: the gate; called with the pair, the number of answers and a generator.
    trial: whether a held challenger that promises a gain goes on trial, and whether one that
        passed does so too: `never`, `held` or `always`.
    """

    name: str
    heads: dict[int, str]
    judge: Callable[[Pair, int, np.random.Generator], Judged]
    trial: str = "never"


def judge(pair: Pair, answers: int, rng: np.random.Generator) -> Judged:
    """Judge a challenger by the gate of today."""
    inputs = draw_inputs(pair, Sending.UNASKED, answers, rng)
    decision = decide(inputs, _RULES, NO_METRICS, CATEGORIES)
    return Judged(decision.outcome, decision.expected_gain or 0.0)


def judge_as_before(pair: Pair, answers: int, rng: np.random.Generator) -> Judged:
    """Judge as before issue 13: better for sure, whether a confirmation counts 1 or 4 times.

    Of the gate at that time this is the check of players' drawings; clean drawings must not be
    worse for sure than the margin allows.
    """
    inputs = draw_inputs(pair, Sending.UNASKED, answers, rng)
    clean = difference_interval(sum_by_player(inputs.clean), _RULES.confidence)
    if clean.high < 0:
        return Judged(RunState.REJECTED, 0.0)
    if inputs.answers is None:
        return Judged(RunState.HELD, 0.0)
    lows = []
    for ratio in (1.0, EAGERNESS):
        weights = np.where(inputs.answers.confirmed, ratio, 1.0).astype(np.float32)
        totals = sum_by_player(inputs.answers.guesses, weights)
        lows.append(difference_interval(totals, _RULES.confidence).low)
    passed = min(lows) > 0 and clean.low > -_RULES.margin
    return Judged(RunState.PROMOTED if passed else RunState.HELD, 0.0)


_RULES = Settings(_env_file=None).gate

RULES = (
    Rule("corrections alone, old rule", CORRECTIONS, judge_as_before),
    Rule("gate alone", ALL, judge),
    Rule("gate, trial if held", ALL, judge, "held"),
    Rule("gate, always a trial", ALL, judge, "always"),
)
