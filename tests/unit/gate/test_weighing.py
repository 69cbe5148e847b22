"""What the answers stand for that the gate judges by."""

import numpy as np
from numpy.typing import NDArray

from pipeline.dataset.origins import SplitOrigins
from pipeline.gate.weighing import SentAnswers, join_answers, weigh
from pipeline.records.corrections import ASKED_CODES, NOT_SAID, Asked
from tests.unit.gate._guesses import RULES, make_guesses


def send(
    wrong: int,
    right: int,
    *,
    asked: Asked | None = None,
    chance: float = np.nan,
    prefix: str = "p",
) -> SentAnswers:
    """Return answers to the champion's guesses, of a player each."""
    guesses = make_guesses(right, 0, 0, wrong, players=wrong + right, prefix=prefix)
    rows = guesses.rows
    code = NOT_SAID if asked is None else ASKED_CODES[asked]
    return SentAnswers(
        guesses,
        guesses.champion_right,
        np.full(rows, code, np.uint8),
        np.full(rows, chance, np.float32),
    )


def quotient(weights: NDArray[np.float32], confirmed: NDArray[np.bool_]) -> float:
    """Return how many times as much a confirmation weighs as a correction."""
    return float(weights[confirmed].mean() / weights[~confirmed].mean())


def test_without_chances_a_confirmation_weighs_more_from_the_lowest_to_the_highest_ratio() -> None:
    answers = weigh(send(300, 600), 0.9, RULES)
    low, likely, high = (
        quotient(weights, answers.confirmed)
        for weights in (answers.low, answers.likely, answers.high)
    )
    assert 1 <= low < likely < high <= RULES.eagerness


def test_with_chances_each_answer_stands_for_as_many_drawings_and_nothing_is_in_doubt() -> None:
    sent = join_answers(
        [
            send(200, 100, asked=Asked.MARGIN, chance=1, prefix="m"),
            send(3, 47, asked=Asked.AUDIT, chance=0.05, prefix="a"),
        ]
    )
    answers = weigh(sent, 0.9, RULES)
    assert np.array_equal(answers.low, answers.high)
    audited = sent.asked == ASKED_CODES[Asked.AUDIT]
    assert set((answers.likely[audited] / answers.likely[0]).round(3)) == {20}


def test_answers_about_disagreements_count_little_beside_an_audit() -> None:
    disagreeing = send(150, 150, asked=Asked.DISAGREEMENT, chance=1, prefix="d")
    audit = send(5, 95, asked=Asked.AUDIT, chance=0.02, prefix="a")
    answers = weigh(join_answers([disagreeing, audit]), 0.9, RULES)
    assert answers.guesses.rows == 400
    share = answers.likely[:300].sum() / answers.likely.sum()
    assert abs(share - 300 / (300 + 100 / 0.02)) < 0.01


def test_answers_about_disagreements_are_left_out_if_nobody_knows_how_often_models_disagree() -> (
    None
):
    disagreeing = send(150, 150, asked=Asked.DISAGREEMENT, chance=1, prefix="d")
    others = send(50, 100)
    answers = weigh(join_answers([disagreeing, others]), 0.9, RULES)
    assert sorted(answers.guesses.players) == sorted(others.players)


def test_whether_an_answer_confirms_is_by_the_guess_that_was_shown() -> None:
    guesses = make_guesses(3, 1, players=4)
    shown = guesses.labels.copy()
    shown[:2] += 1
    origins = SplitOrigins(
        guesses.players.astype("S64"),
        np.zeros(4, np.int32),
        shown,
        np.full(4, NOT_SAID, np.uint8),
        np.full(4, np.nan, np.float32),
    )
    assert SentAnswers.of(guesses, origins).confirmed.tolist() == [False, False, True, True]


def test_no_answers_have_no_weights() -> None:
    answers = weigh(send(0, 0), 0.9, RULES)
    assert [len(column) for column in answers[1:]] == [0, 0, 0, 0]


def test_what_is_known_of_the_champions_accuracy_narrows_the_weights() -> None:
    sent = send(300, 600)
    wide, narrow = (weigh(sent, 0.9, RULES, possible) for possible in (None, (0.84, 0.86)))
    assert abs(narrow.high - narrow.low).max() < 0.8 * abs(wide.high - wide.low).max()
