"""The gate's outcomes, each with reasons that name figures."""

import numpy as np
import pytest

from pipeline.gate.decide import choose_golden_rows
from pipeline.gate.inputs import Answers
from pipeline.gate.paired import concatenate_guesses
from pipeline.model.answers import PairedGuesses
from pipeline.records.runs import Check, CheckStanding, Decision, RunState
from pipeline.version_settings import GateSettings
from tests.unit.gate._guesses import (
    ANSWERS,
    CLEAN,
    CONFIRMATIONS,
    CORRECTIONS,
    METRICS,
    SMALL_CLEAN,
    decide_on,
    make_answers,
    make_guesses,
)

FEW_ANSWERS = make_answers(
    make_guesses(0, 4, 0, 46, players=12), make_guesses(75, 0, 1, players=12), ratios=(1, 1, 1)
)


def find_check(decision: Decision, name: str) -> Check:
    return next(check for check in decision.checks if check.name == name)


# Each check says what may be lost, so that a picture can show it beside the interval.


def test_a_check_records_what_may_be_lost_for_sure() -> None:
    decision = decide_on(CLEAN, answers=ANSWERS, since_baseline=CLEAN)
    allowed = {check.name: check.allowed for check in decision.checks}
    rules = GateSettings()
    assert allowed == {
        "clean drawings": rules.margin,
        "players' drawings": rules.players_margin,
        "classes": rules.class_margin,
        "clean drawings since the baseline": rules.baseline_margin,
    }


def test_without_confirmations_a_gain_is_asked_for() -> None:
    check = find_check(decide_on(CLEAN, answers=make_answers(CORRECTIONS)), "players' drawings")
    assert check.allowed is not None
    assert check.low is not None
    assert check.allowed < 0
    assert (check.standing is CheckStanding.PASSED) == (check.low > -check.allowed)


# What is harmful is rejected, and the reasons say where.


@pytest.mark.parametrize(
    "clean",
    [make_guesses(128_000, 1000, 1700, 10_000), make_guesses(660, 3, 30, 67)],
    ids=["full", "small"],
)
def test_a_loss_on_clean_drawings_rejects_however_good_it_is_for_players(
    clean: PairedGuesses,
) -> None:
    decision = decide_on(clean, answers=ANSWERS)
    assert decision.outcome is RunState.REJECTED
    assert "clean drawings: " in decision.reasons[0]
    assert "0.2 points may be lost" in decision.reasons[0]


def test_a_ruined_class_rejects_though_clean_drawings_as_a_whole_are_as_before() -> None:
    cats = CLEAN.labels == 5
    ruined = CLEAN._replace(
        champion=np.where(cats, CLEAN.labels, CLEAN.champion),
        challenger=np.where(cats, 0, CLEAN.challenger).astype(np.uint8),
    )
    decision = decide_on(ruined, answers=ANSWERS)
    assert decision.outcome is RunState.REJECTED
    assert any(
        "cat on clean drawings: 100.0% to 0.0% right" in reason for reason in decision.reasons
    )


def test_a_class_ruined_for_players_rejects() -> None:
    confirmed = make_guesses(30, 0, 30, players=60, classes=1)
    decision = decide_on(CLEAN, answers=make_answers(CORRECTIONS, confirmed))
    assert decision.outcome is RunState.REJECTED
    assert "apple on players' drawings" in decision.reasons[0]


def test_worse_on_corrections_and_on_confirmations_rejects() -> None:
    decision = decide_on(
        CLEAN,
        answers=make_answers(
            make_guesses(200, 5, 40, 255, players=80), make_guesses(500, 0, 60, players=80)
        ),
    )
    assert decision.outcome is RunState.REJECTED
    assert "surely no better than" in decision.reasons[0]


def test_too_many_obvious_drawings_wrong_rejects() -> None:
    decision = decide_on(CLEAN, answers=ANSWERS, golden=make_guesses(97, 0, 3))
    assert decision.reasons == ["golden set: 3 of 100 obvious drawings wrong, 2 may be"]
    assert decision.outcome is RunState.REJECTED


def test_many_small_losses_since_the_baseline_reject() -> None:
    worse = make_guesses(127_000, 1000, 1700, 10_300)
    decision = decide_on(CLEAN, answers=ANSWERS, since_baseline=worse)
    assert decision.outcome is RunState.REJECTED
    assert decision.reasons[0].startswith("clean drawings since the baseline: ")


def test_what_was_lost_since_the_baseline_does_not_stop_a_challenger_that_makes_up_for_it() -> None:
    decision = decide_on(
        make_guesses(128_000, 1300, 1000, 9700),
        answers=ANSWERS,
        since_baseline=make_guesses(127_000, 1000, 1700, 10_300),
    )
    assert decision.outcome is RunState.PROMOTED
    assert (
        "makes up for some of it"
        in find_check(decision, "clean drawings since the baseline").reason
    )


def test_a_class_s_loss_among_answers_counts_by_the_drawings_that_they_stand_for() -> None:
    # 40 of 60 asked answers are lost, but beside 5,940 others they are less than 2 points.
    asked, others = make_guesses(20, 0, 40, players=60, classes=1), make_guesses(4000, players=2000)
    guesses = concatenate_guesses([asked, others])
    weights = np.where(np.arange(guesses.rows) < 60, 1, 100).astype(np.float32)
    weighted = Answers(guesses, guesses.champion_right, weights, weights, weights)
    equal = Answers(guesses, guesses.champion_right, *np.ones((3, guesses.rows), np.float32))
    assert (
        find_check(decide_on(CLEAN, answers=weighted), "classes").standing is CheckStanding.PASSED
    )
    assert find_check(decide_on(CLEAN, answers=equal), "classes").standing is CheckStanding.HARMFUL


# What is not shown is held, and the reasons say what is missing.


@pytest.mark.parametrize(("lost", "outcome"), [(10, RunState.PROMOTED), (12, RunState.HELD)])
def test_few_clean_drawings_hold_a_loss_beyond_what_may_be_lost_as_measured(
    lost: int, outcome: RunState
) -> None:
    decision = decide_on(make_guesses(676, 8, lost, 68), answers=ANSWERS)
    assert decision.outcome is outcome
    if outcome is RunState.HELD:
        assert "0.52 points lost as measured, 0.3 points may be" in decision.reasons[0]
        assert "keeps more of what the champion knows" in decision.reasons[-1]


def test_a_loss_that_is_shown_but_may_be_within_the_margin_holds_and_asks_for_no_corrections() -> (
    None
):
    decision = decide_on(
        make_guesses(128_000, 1000, 1260, 9740),
        answers=ANSWERS,
    )
    assert (decision.outcome, decision.more) == (RunState.HELD, None)
    assert "no number of answers" in decision.reasons[-1]


@pytest.mark.parametrize("answers", [None, make_answers()], ids=["none", "no rows"])
def test_without_answers_it_is_held(answers: Answers | None) -> None:
    decision = decide_on(CLEAN, answers=answers)
    assert (decision.outcome, decision.more) == (RunState.HELD, None)


def test_a_gain_that_may_be_chance_holds_and_says_how_many_more_would_decide() -> None:
    decision = decide_on(CLEAN, answers=FEW_ANSWERS)
    assert decision.outcome is RunState.HELD
    assert decision.more is not None
    assert f"about {decision.more:,} more answers" in decision.reasons[-1]
    assert find_check(decision, "players' drawings").standing is CheckStanding.OPEN


def test_as_many_more_answers_as_were_asked_for_decide() -> None:
    def decide_with(times: float) -> Decision:
        corrections = make_guesses(
            0, round(4 * times), 0, round(46 * times), players=round(12 * times)
        )
        confirmations = make_guesses(round(75 * times), 0, round(times), players=round(12 * times))
        answers = make_answers(corrections, confirmations, ratios=(1, 1, 1))
        return decide_on(CLEAN, answers=answers)

    more = decide_with(1).more
    assert more is not None
    assert decide_with((126 + more) / 126).outcome is RunState.PROMOTED


def test_one_player_s_drawings_promote_nothing_however_many_they_are() -> None:
    alone = make_guesses(0, 300, 0, 0, players=1)
    others = make_guesses(0, 0, 0, 300, players=60, prefix="q")
    answers = make_answers(concatenate_guesses([others, alone]), CONFIRMATIONS)
    assert decide_on(CLEAN, answers=answers).outcome is RunState.HELD


def test_gains_on_mistakes_promote_nothing_where_as_many_right_answers_are_lost() -> None:
    # 30 of 500 mistakes are corrected, and 10 of 600 right answers lost. If a confirmation counts
    # as four corrections, losses outnumber gains.
    answers = make_answers(
        make_guesses(0, 30, 0, 470, players=80), make_guesses(590, 0, 10, players=80)
    )
    decision = decide_on(CLEAN, answers=answers)
    assert (decision.outcome, decision.more) == (RunState.HELD, None)
    assert "depends on how readily they confirm" in decision.reasons[-1]


# What is shown to be better for players, and not worse on clean drawings, is promoted.


@pytest.mark.parametrize("clean", [CLEAN, SMALL_CLEAN], ids=["full", "small"])
def test_a_clear_gain_for_players_without_a_loss_on_clean_drawings_promotes(
    clean: PairedGuesses,
) -> None:
    golden = make_guesses(98, 0, 2)
    decision = decide_on(
        clean,
        answers=ANSWERS,
        golden=golden,
        since_baseline=clean,
    )
    assert decision.outcome is RunState.PROMOTED
    assert [check.standing for check in decision.checks] == [CheckStanding.PASSED] * 5
    assert any("surely no worse than" in reason for reason in decision.reasons)


def test_the_decision_keeps_the_figures_and_fits_into_a_document() -> None:
    decision = decide_on(
        CLEAN,
        answers=ANSWERS,
        golden=make_guesses(10),
        since_baseline=CLEAN,
    )
    assert decision.base == METRICS
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
        "allowed",
    }


# The golden set.


def test_the_golden_set_is_what_the_baseline_guesses_right_with_the_highest_confidence() -> None:
    labels = np.array([0] * 8 + [1] * 3, np.uint8)
    # Of the label; below 0.5 the guess is wrong.
    confidences = np.array([0.6, 0.9, 0.7, 0.8, 0.95, 0.55, 0.9, 0.1, 0.4, 0.7, 0.8], np.float32)
    probabilities = np.where(
        np.arange(2) == labels[:, None], confidences[:, None], 1 - confidences[:, None]
    )
    assert choose_golden_rows(probabilities, labels).tolist() == [1, 2, 3, 4, 6, 9, 10]


def test_there_is_no_golden_set_without_rows() -> None:
    assert choose_golden_rows(np.empty((0, 2), np.float32), np.empty(0, np.uint8)).tolist() == []
