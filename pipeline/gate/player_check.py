"""The gate's check of players' drawings: do players gain, and if not sure, what would show it?"""

from typing import NamedTuple

import numpy as np

from pipeline.formatting import format_percent, format_points
from pipeline.gate.checks import make_check
from pipeline.gate.how_many_more import estimate_more_answers
from pipeline.gate.inputs import Answers, GateInputs
from pipeline.gate.paired import (
    ConfidenceInterval,
    concatenate_guesses,
    difference_interval,
    effective_rows,
    enclose_intervals,
    find_rows_of,
    share_of,
    sum_by_player,
    weigh_disagreements,
)
from pipeline.gate.summary import PLAYERS, describe_change
from pipeline.gate.words import describe_interval
from pipeline.model.answers import PairedGuesses
from pipeline.model.head import Floats
from pipeline.records.runs import Check, CheckStanding
from pipeline.version_settings import GateSettings

RATIO_DECIDES = (
    "whether players gain depends on how readily they confirm right guesses, which is not known:"
    " send with each answer the chance with which it was asked for (askedChance)"
)


class PlayersEstimate(NamedTuple):
    """What the answers say about all drawings of players; each is None if they do not say it.

    expected_gain: the likely difference of the accuracies, -1 to 1.
    effective_answers: as many equally weighted answers would show as much.
    before, after: the likely accuracies of champion and challenger, 0 to 1.
    """

    expected_gain: float | None = None
    effective_answers: float | None = None
    before: float | None = None
    after: float | None = None


class PlayersCheck(NamedTuple):
    """The check of players' drawings. If it is open: what would decide it.

    check: the check itself.
    estimate: what the answers say about all drawings of players.
    more: about how many more answers would decide; None if no number would, or if decided.
    advice: the sentence that says so; empty if decided.
    """

    check: Check
    estimate: PlayersEstimate
    more: int | None = None
    advice: str = ""


def check_players(inputs: GateInputs, rules: GateSettings) -> PlayersCheck:
    """Check that players' drawings are recognised at least as well as before.

    Each answer counts as much as the drawings that it stands for, since corrections alone are
    mistakes of the champion, on which any other model gains. For how many drawings a confirmation
    stands may not be known exactly. So what is sure must hold for the lowest and for the highest
    ratio; what is measured is by the likely one.

    Passed: a loss beyond `rules.players_margin` is ruled out, and players gain as measured.
    Harmful: players lose for sure. Open: everything else.

    Without any confirmation nothing shows which right answers are lost. Then the check is passed if
    more mistakes are corrected, for sure, than by a challenger that is merely different.

    Args:
        inputs: all guesses.
        rules: margin and confidence.
    """
    answers = inputs.answers
    if answers is None or not answers.guesses.rows:
        reason = (
            f"{PLAYERS}: there are no answers to test on, 0 drawings, so nothing shows that the"
            " challenger is better"
        )
        check = make_check(PLAYERS, CheckStanding.OPEN, 0, reason)
        advice = "the first answers of players will show whether it is better"
        return PlayersCheck(check, PlayersEstimate(), None, advice)
    if answers.confirmed.any():
        return _check_all(answers, inputs, rules)
    return _check_corrections_alone(answers.guesses, inputs, rules)


def _check_all(answers: Answers, inputs: GateInputs, rules: GateSettings) -> PlayersCheck:
    """Check corrections and confirmations, each weighted by what it stands for."""
    low, likely, high = (
        _compare(answers.guesses, weights, inputs, rules.confidence)
        for weights in (answers.low, answers.likely, answers.high)
    )
    bounds = enclose_intervals(low, high)
    if bounds.low > -rules.players_margin and likely.estimate > 0:
        standing = CheckStanding.PASSED
    elif bounds.high < 0:
        standing = CheckStanding.HARMFUL
    else:
        standing = CheckStanding.OPEN
    before = share_of(answers.guesses.champion_right, answers.likely)
    interval = bounds._replace(estimate=likely.estimate)
    rows = answers.guesses.rows
    sentences = [f"{describe_change(before, *interval)}, by {rows:,} answers"]
    if standing is not CheckStanding.HARMFUL:
        sentences.append(f"{format_points(rules.players_margin)} may be lost")
    sentences.extend(_describe_shared(answers.guesses, inputs.shared))
    check = make_check(
        PLAYERS,
        standing,
        rows,
        f"{PLAYERS}: {'; '.join(sentences)}",
        interval,
        allowed=rules.players_margin,
    )
    gain = likely.estimate
    estimate = PlayersEstimate(gain, effective_rows(answers.likely), before, before + gain)
    if standing is not CheckStanding.OPEN:
        return PlayersCheck(check, estimate)
    # Of the two ends, the one with the lower estimate must be shown to be above the margin.
    if bounds.estimate <= 0 < gain:
        return PlayersCheck(check, estimate, None, RATIO_DECIDES)
    allowed_doubt = rules.players_margin + bounds.estimate if gain > 0 else 0.0
    more, advice = estimate_more_answers(bounds, allowed_doubt, rows, rules.confidence)
    return PlayersCheck(check, estimate, more, advice)


def _compare(
    guesses: PairedGuesses, weights: Floats, inputs: GateInputs, confidence: float
) -> ConfidenceInterval:
    """Return the difference on players' drawings if the answers stand for so many of them."""
    disagreements = inputs.disagreements
    if disagreements is None or not disagreements.rows:
        return difference_interval(sum_by_player(guesses, weights, inputs.shared), confidence)
    counts, stand_for = (
        np.append(weights, np.full(disagreements.rows, value, np.float32))
        for value in weigh_disagreements(guesses, weights)
    )
    both = concatenate_guesses([guesses, disagreements])
    totals = sum_by_player(both, counts, inputs.shared, stand_for=stand_for)
    return difference_interval(totals, confidence)


def _check_corrections_alone(
    corrections: PairedGuesses, inputs: GateInputs, rules: GateSettings
) -> PlayersCheck:
    """Check that more mistakes are corrected for sure than by a merely different challenger."""
    interval = difference_interval(
        sum_by_player(corrections, shared=inputs.shared), rules.confidence
    )
    broken, error = _break_by_chance(inputs.clean)
    bar = float((~corrections.champion_right).mean()) * broken
    if interval.low > bar:
        standing = CheckStanding.PASSED
    elif interval.high < 0:
        standing = CheckStanding.HARMFUL
    else:
        standing = CheckStanding.OPEN
    after = format_percent(float(corrections.challenger_right.mean()))
    sentences = [
        (
            "players confirmed no right guess, so only mistakes of earlier versions are known:"
            f" {corrections.rows:,} drawings, of which the challenger gets {after} right"
            f" ({describe_interval(interval)})"
        ),
        (
            f"more than {format_points(bar)} of them must be gained for sure, as a model that is"
            " merely different gains as much"
        ),
        *_describe_shared(corrections, inputs.shared),
    ]
    check = make_check(
        PLAYERS,
        standing,
        corrections.rows,
        f"{PLAYERS}: {'; '.join(sentences)}",
        interval,
        allowed=-bar,
    )
    # Of all drawings, `error` are mistakes at least: as many as of clean drawings.
    estimate = PlayersEstimate((interval.estimate - bar) * error, float(corrections.rows))
    if standing is not CheckStanding.OPEN:
        return PlayersCheck(check, estimate)
    more, advice = estimate_more_answers(
        interval, interval.estimate - bar, corrections.rows, rules.confidence
    )
    return PlayersCheck(check, estimate, more, advice)


def _break_by_chance(clean: PairedGuesses) -> tuple[float, float]:
    """Return what share of mistakes chance alone turns right, and the share of mistakes.

    A challenger that is merely different gets about as many of the champion's mistakes right as it
    gets right answers wrong. On clean drawings both are known: the number it got wrong, over the
    number of the champion's mistakes, is the share of mistakes that chance alone turns right. One
    is added to the first number, so that few clean drawings do not give 0.
    """
    lost = int((clean.gains < 0).sum())
    mistakes = int((~clean.champion_right).sum())
    return min(1.0, (lost + 1) / max(mistakes, 1)), mistakes / max(clean.rows, 1)


def _describe_shared(guesses: PairedGuesses, shared: frozenset[str]) -> list[str]:
    """Return a sentence on the share of the answers that one id carries; none if none is shared."""
    if guesses.players is None:
        return []
    carried = find_rows_of(guesses.players, shared)
    if not carried.any():
        return []
    ids = len(np.unique(guesses.players[carried]))
    counts = "one userId, which counts" if ids == 1 else f"{ids} userIds, each of which counts"
    share = format_percent(carried.mean(), 0)
    sentence = f"{share} of these answers carry {counts} as one player"
    return [f"{sentence}: sign players in, anonymously is enough"]
