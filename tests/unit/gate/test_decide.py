"""The gate: every outcome, with reasons that name figures; and the laws that its decisions keep."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.gate.decide import ComparisonMetrics, choose_golden_rows, decide
from pipeline.gate.evidence import GateInputs
from pipeline.model.answers import PairedGuesses
from pipeline.records.metrics import Comparison, Metrics
from pipeline.records.runs import Check, CheckStanding, Decision, RunState
from pipeline.settings import Settings

RULES = Settings(_env_file=None).gate  # type: ignore[call-arg]
NOTHING = Metrics(rows=0, accuracy=0, loss=0, recall={}, precision={}, confusion=[])
FIGURES = ComparisonMetrics(Comparison(champion=NOTHING, challenger=NOTHING))
SENTENCE = re.compile(r"\w.*\d.*\w", re.DOTALL)


def answers(
    same: int = 0,
    gained: int = 0,
    lost: int = 0,
    wrong: int = 0,
    *,
    players: int = 0,
    classes: int = 20,
    first: str = "p",
) -> PairedGuesses:
    """Rows that both answer rightly, that only the challenger, only the champion, and neither does; shared out to players."""
    rows = same + gained + lost + wrong
    labels = (np.arange(rows) % classes).astype(np.uint8)
    other = labels + np.uint8(classes)
    champion = np.where(
        np.repeat([True, False, True, False], [same, gained, lost, wrong]), labels, other
    )
    challenger = np.where(
        np.repeat([True, True, False, False], [same, gained, lost, wrong]), labels, other
    )
    names = (
        np.array([f"{first}{row % players}" for row in range(rows)], np.str_) if players else None
    )
    return PairedGuesses(labels, champion, challenger, names)


def decided(base: PairedGuesses, **more: Any) -> Decision:
    return decide(GateInputs(base, **more), RULES, FIGURES)


def check(decision: Decision, name: str) -> Check:
    return next(each for each in decision.checks if each.name == name)


CLEAN = answers(128_000, 1000, 1000, 10_000)
SMALL = answers(676, 8, 8, 68)
CORRECTIONS = answers(0, 180, 0, 320, players=80)
CONFIRMATIONS = answers(590, 0, 10, players=80)


# Unhappy paths first: what is harmful is rejected, and the reasons say where.


@pytest.mark.parametrize(
    "base", [answers(128_000, 1000, 1700, 10_000), answers(660, 3, 30, 67)], ids=["full", "small"]
)
def test_a_loss_on_clean_drawings_rejects_however_good_it_is_for_players(
    base: PairedGuesses,
) -> None:
    decision = decided(base, crossed=CORRECTIONS, confirmations=CONFIRMATIONS)
    assert decision.outcome is RunState.REJECTED
    assert "clean drawings: " in decision.reasons[0]
    assert "0.2 points may be lost" in decision.reasons[0]


def test_a_ruined_class_rejects_though_clean_drawings_as_a_whole_are_as_before() -> None:
    cats = CLEAN.labels == 5
    ruined = CLEAN._replace(
        challenger=np.where(cats & (np.arange(CLEAN.rows) % 20 == 5), 0, CLEAN.challenger).astype(
            np.uint8
        )
    )
    decision = decided(
        ruined._replace(champion=np.where(cats, CLEAN.labels, CLEAN.champion)), crossed=CORRECTIONS
    )
    assert decision.outcome is RunState.REJECTED
    assert any(
        "cat on clean drawings: 100.0% right before, 0.0% after" in reason
        for reason in decision.reasons
    )


def test_a_class_ruined_for_players_rejects() -> None:
    confirmed = answers(30, 0, 30, players=60, classes=1)
    decision = decided(CLEAN, crossed=CORRECTIONS, confirmations=confirmed)
    assert decision.outcome is RunState.REJECTED
    assert "apple on players' drawings" in decision.reasons[0]


def test_worse_on_corrections_and_on_confirmations_rejects() -> None:
    decision = decided(
        CLEAN,
        crossed=answers(200, 5, 40, 255, players=80),
        confirmations=answers(500, 0, 60, players=80),
    )
    assert decision.outcome is RunState.REJECTED
    assert "lost" in decision.reasons[0]


def test_too_many_obvious_drawings_wrong_rejects() -> None:
    decision = decided(
        CLEAN, crossed=CORRECTIONS, confirmations=CONFIRMATIONS, golden=answers(97, 0, 3)
    )
    assert decision.reasons == ["golden set: 3 of 100 obvious drawings wrong, 2 may be"]
    assert decision.outcome is RunState.REJECTED


def test_many_small_losses_since_the_first_version_reject() -> None:
    drifted = answers(127_000, 1000, 1700, 10_300)
    decision = decided(CLEAN, crossed=CORRECTIONS, confirmations=CONFIRMATIONS, first=drifted)
    assert decision.outcome is RunState.REJECTED
    assert decision.reasons[0].startswith("clean drawings since v1.0.0: ")


# What is not shown is held, and the reasons say what is missing.


def test_a_loss_that_is_shown_but_may_be_within_the_margin_holds_and_asks_for_no_corrections() -> (
    None
):
    decision = decided(
        answers(128_000, 1000, 1260, 9740), crossed=CORRECTIONS, confirmations=CONFIRMATIONS
    )
    assert (decision.outcome, decision.more) == (RunState.HELD, None)
    assert "no number of corrections" in decision.reasons[-1]


def test_without_corrections_nothing_speaks_for_it() -> None:
    decision = decided(CLEAN, confirmations=CONFIRMATIONS)
    assert (decision.outcome, decision.more) == (RunState.HELD, None)


def test_a_gain_that_may_be_chance_holds_and_says_how_many_more_would_decide() -> None:
    decision = decided(
        CLEAN,
        crossed=answers(0, 12, 0, 38, players=12),
        confirmations=answers(75, 0, 1, players=12),
    )
    assert decision.outcome is RunState.HELD
    assert decision.more is not None
    assert f"about {decision.more:,} more corrections" in decision.reasons[-1]
    assert check(decision, "players' drawings").standing is CheckStanding.OPEN


def test_as_many_more_corrections_as_were_asked_for_decide() -> None:
    def of(times: float) -> Decision:
        corrections = answers(0, round(12 * times), 0, round(38 * times), players=round(12 * times))
        return decided(
            CLEAN,
            crossed=corrections,
            confirmations=answers(round(75 * times), 0, round(times), players=round(12 * times)),
        )

    more = of(1).more
    assert more is not None
    assert of((50 + more) / 50).outcome is RunState.PROMOTED


def test_one_player_s_drawings_promote_nothing_however_many_they_are() -> None:
    alone = answers(0, 300, 0, 0, players=1)
    others = answers(0, 0, 0, 300, players=60, first="q")
    assert (
        decided(CLEAN, players=others, crossed=alone, confirmations=CONFIRMATIONS).outcome
        is RunState.HELD
    )


def test_mending_mistakes_promotes_nothing_where_as_many_right_answers_break() -> None:
    # 30 of 500 mistakes mended, 10 of 600 right answers broken: as often as not, when players confirm less readily.
    decision = decided(
        CLEAN,
        crossed=answers(0, 30, 0, 470, players=80),
        confirmations=answers(590, 0, 10, players=80),
    )
    assert decision.outcome is RunState.HELD


def test_without_confirmations_more_must_be_mended_than_chance_mends() -> None:
    # Clean drawings: 1,000 lost where the champion had 11,000 wrong, so chance mends 9 of 100 mistakes.
    few, many = (
        decided(CLEAN, crossed=answers(0, mended, 0, 500 - mended, players=80))
        for mended in (45, 100)
    )
    assert (few.outcome, many.outcome) == (RunState.HELD, RunState.PROMOTED)
    assert "without confirmations more than 9.1 points must be gained" in few.reasons[0]


def test_few_clean_drawings_hold_what_gains_less_than_they_may_have_lost() -> None:
    gained = answers(0, 40, 0, 460, players=80)
    kept = answers(600, players=80)
    assert (
        decided(answers(640, 20, 20, 80), crossed=gained, confirmations=kept).outcome
        is RunState.HELD
    )
    assert decided(CLEAN, crossed=gained, confirmations=kept).outcome is RunState.PROMOTED


# What is shown to be better for players, and not worse on clean drawings, is promoted.


@pytest.mark.parametrize("base", [CLEAN, SMALL], ids=["full", "small"])
def test_a_clear_gain_for_players_without_a_loss_on_clean_drawings_promotes(
    base: PairedGuesses,
) -> None:
    golden = answers(98, 0, 2)
    decision = decided(
        base, crossed=CORRECTIONS, confirmations=CONFIRMATIONS, golden=golden, first=base
    )
    assert decision.outcome is RunState.PROMOTED
    assert [each.standing for each in decision.checks] == [CheckStanding.PASSED] * 5
    assert any("gained" in reason for reason in decision.reasons)


def test_better_on_clean_drawings_and_not_worse_for_players_promotes() -> None:
    played = answers(0, 20, 20, 8000, players=4000)
    decision = decided(
        answers(128_000, 1500, 1000, 9500),
        crossed=played,
        confirmations=answers(4000, players=4000),
    )
    assert decision.outcome is RunState.PROMOTED


def test_the_decision_keeps_the_figures_and_fits_into_a_document() -> None:
    decision = decided(
        CLEAN, crossed=CORRECTIONS, confirmations=CONFIRMATIONS, golden=answers(10), first=CLEAN
    )
    assert (decision.base, decision.players) == FIGURES
    document = decision.document()
    assert Decision.from_document(document) == decision
    assert len(str(document)) < 10_000
    assert set(document["checks"][0]) == {
        "name",
        "standing",
        "rows",
        "reason",
        "difference",
        "low",
        "high",
    }


# The laws.

counts = st.integers(0, 60)
groups = st.builds(
    answers, counts, counts, counts, counts, players=st.integers(1, 30), classes=st.integers(1, 20)
)
maybe = st.none() | groups
bases = st.builds(answers, counts, counts, counts, counts, classes=st.integers(1, 20))
seeds = st.integers(0, 2**32 - 1)
evidence = st.builds(GateInputs, bases, maybe, maybe, maybe, st.none() | bases, st.none() | bases)


@settings(deadline=None)
@given(evidence)
def test_every_reason_is_a_sentence_with_the_figures_it_rests_on(given: GateInputs) -> None:
    decision = decide(given, RULES, FIGURES)
    assert decision.reasons
    for check in decision.checks:
        assert SENTENCE.fullmatch(check.reason), check.reason
    shown = decision.reasons[:-1] if decision.outcome is RunState.HELD else decision.reasons
    assert set(shown) <= {check.reason for check in decision.checks}


@settings(deadline=None)
@given(evidence)
def test_identical_models_are_held(given: GateInputs) -> None:
    golden = answers(100)
    same = GateInputs(
        *(part and part._replace(challenger=part.champion) for part in given)
    )._replace(golden=golden)
    decision = decide(same, RULES, FIGURES)
    assert (decision.outcome, decision.more) == (RunState.HELD, None)


@settings(deadline=None)
@given(evidence, seeds)
def test_the_order_of_rows_changes_nothing(given: GateInputs, seed: int) -> None:
    rng = np.random.default_rng(seed)

    def shuffled(part: PairedGuesses | None) -> PairedGuesses | None:
        if part is None:
            return None
        order = rng.permutation(part.rows)
        return PairedGuesses(*(None if column is None else column[order] for column in part))  # type: ignore[arg-type]

    moved = GateInputs(*map(shuffled, given))  # type: ignore[arg-type]
    assert decide(moved, RULES, FIGURES) == decide(given, RULES, FIGURES)


@settings(deadline=None)
@given(evidence, st.integers(0, 5), st.integers(1, 60), seeds)
def test_more_harm_never_turns_a_rejection_into_a_promotion(
    given: GateInputs, which: int, harm: int, seed: int
) -> None:
    part = given[which]
    if part is None or decide(given, RULES, FIGURES).outcome is not RunState.REJECTED:
        return
    challenger = part.challenger.copy()
    rows = np.random.default_rng(seed).permutation(part.rows)[:harm]
    challenger[rows] = part.labels[rows] + 20
    worse = given._replace(**{given._fields[which]: part._replace(challenger=challenger)})
    assert decide(worse, RULES, FIGURES).outcome is not RunState.PROMOTED


@settings(deadline=None)
@given(st.integers(20, 200), st.integers(20, 200), st.booleans())
def test_a_challenger_that_is_better_on_every_row_is_promoted(
    rows: int, players: int, confirmed: bool
) -> None:
    corrections = answers(0, rows, players=players)
    control = answers(0, rows, players=players) if confirmed else None
    assert (
        decided(answers(0, 200), crossed=corrections, confirmations=control).outcome
        is RunState.PROMOTED
    )


@pytest.mark.parametrize("rows", [0, 1])
@pytest.mark.parametrize("gained", [True, False])
def test_next_to_no_rows_decide_nothing(rows: int, gained: bool) -> None:
    few = answers(gained=rows, players=1) if gained else answers(lost=rows, players=1)
    for base in (CLEAN, SMALL, few):
        assert decided(base, players=few, crossed=few, confirmations=few).outcome is RunState.HELD


def test_the_golden_set_is_what_the_first_version_answers_rightly_and_is_surest_of() -> None:
    labels = np.array([0] * 8 + [1] * 3, np.uint8)
    sure = np.array(
        [0.6, 0.9, 0.7, 0.8, 0.95, 0.55, 0.9, 0.1, 0.4, 0.7, 0.8], np.float32
    )  # of the label; under 0.5: wrong
    probabilities = np.where(np.arange(2) == labels[:, None], sure[:, None], 1 - sure[:, None])
    assert choose_golden_rows(probabilities, labels).tolist() == [1, 2, 3, 4, 6, 9, 10]


def test_there_is_no_golden_set_without_rows() -> None:
    assert choose_golden_rows(np.empty((0, 2), np.float32), np.empty(0, np.uint8)).tolist() == []
