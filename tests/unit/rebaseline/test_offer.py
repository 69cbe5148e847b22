"""A new baseline is offered when heads gain nothing and there is enough to learn from."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.rebaseline.offer import offer_baseline
from pipeline.records.metrics import Comparison, Metrics
from pipeline.records.runs import Decision, Run, RunKind, RunState
from pipeline.version_settings import RebaselineSettings

RULES = RebaselineSettings(heads=3, least_gain=0.002, fewest_answers=1000)
METRICS = Metrics(rows=1, accuracy=1, loss=0, recall={}, precision={}, confusion=[])


def decided(gain: float | None, outcome: RunState = RunState.HELD) -> Decision:
    """A decision on a challenger that gains so much on players' drawings."""
    return Decision(
        outcome=outcome,
        reasons=[],
        base=Comparison(champion=METRICS, challenger=METRICS),
        expected_gain=gain,
    )


def a_run(number: int, gain: float = 0.0, **fields: Any) -> Run:
    given = {
        "id": f"run-{number}",
        "state": RunState.HELD,
        "requested_at": datetime(2026, 3, 1, number, tzinfo=UTC),
        "answers": 2000,
        "decision": decided(gain),
        **fields,
    }
    return Run.model_validate(given)


def offer(earlier: Sequence[Run], gain: float | None = 0.0, **fields: Any) -> str | None:
    """The offer of a run after `earlier`, the newest first."""
    run = a_run(20, **{"decision": None, "state": RunState.JUDGING, **fields})
    return offer_baseline(run, decided(gain), lambda: [run, *earlier], RULES)


GAINLESS = [a_run(2), a_run(1)]


def test_three_heads_in_a_row_that_gained_nothing_make_an_offer_that_says_what_to_do() -> None:
    assert offer(GAINLESS) == (
        "the last 3 heads gained nothing, and there are 2,000 answers: the convolution layers may"
        " have more to gain; train all layers with `redraw rebaseline`"
    )


def test_two_heads_are_too_few() -> None:
    assert offer(GAINLESS[:1]) is None


@pytest.mark.parametrize("gain", [0.002, 0.02])
def test_a_head_that_gained_something_ends_the_row(gain: float) -> None:
    assert offer(GAINLESS, gain) is None
    assert offer([a_run(3, gain), *GAINLESS]) is None


def test_a_gain_of_next_to_nothing_counts_as_none_even_if_it_was_released() -> None:
    assert offer([a_run(2, 0.001, state=RunState.PROMOTED), a_run(1, -0.01)], 0.0019) is not None


def test_too_few_answers_make_no_offer_and_no_run_is_read() -> None:
    def refuse() -> Sequence[Run]:
        raise AssertionError("runs were read")

    run = a_run(20, answers=999)
    assert offer_baseline(run, decided(0.0), refuse, RULES) is None
    assert offer_baseline(a_run(20), decided(0.5), refuse, RULES) is None


def test_a_run_that_made_a_baseline_offers_none() -> None:
    assert offer(GAINLESS, kind=RunKind.BASELINE) is None


@pytest.mark.parametrize("state", [RunState.HELD, RunState.REJECTED, RunState.PROMOTED])
def test_after_a_baseline_was_tried_three_more_heads_and_enough_new_answers_are_needed(
    state: RunState,
) -> None:
    tried = a_run(3, kind=RunKind.BASELINE, state=state, answers=1000)
    more = [a_run(5), a_run(4)]
    assert offer([tried, *GAINLESS], answers=5000) is None
    assert offer([*more, tried, *GAINLESS], answers=1999) is None
    assert offer([*more, tried, *GAINLESS], answers=2000) is not None


def test_after_a_large_one_half_as_many_answers_more_are_needed() -> None:
    earlier = [a_run(5), a_run(4), a_run(3, kind=RunKind.BASELINE, answers=10_000)]
    assert offer(earlier, answers=14_999) is None
    assert offer(earlier, answers=15_000) is not None


def test_runs_that_were_not_judged_count_neither_way() -> None:
    skipped = a_run(3, state=RunState.SKIPPED, decision=None)
    failed = a_run(4, kind=RunKind.BASELINE, state=RunState.FAILED, decision=None)
    assert offer([failed, skipped, *GAINLESS]) is not None


def test_without_any_figure_a_release_counts_as_a_gain() -> None:
    released = a_run(2, decision=decided(None, RunState.PROMOTED))
    held = a_run(2, decision=decided(None))
    assert offer([released, a_run(1)]) is None
    assert offer([held, a_run(1)]) is not None


def test_one_head_is_enough_where_the_setting_says_so() -> None:
    rules = RULES.model_copy(update={"heads": 1})
    said = offer_baseline(a_run(20), decided(0.0), list, rules)
    assert said is not None
    assert said.startswith("the last head gained nothing")
