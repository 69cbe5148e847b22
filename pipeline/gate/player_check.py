"""The gate's check of players' drawings: do players gain, and if not sure, what would show it?"""

import math
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from pipeline.formatting import format_percent, format_points
from pipeline.gate.checks import is_unclear, make_check
from pipeline.gate.inputs import GateInputs
from pipeline.gate.paired import (
    ConfidenceInterval,
    concatenate_guesses,
    difference_interval,
    enclose_intervals,
    find_rows_of,
    sum_by_player,
)
from pipeline.gate.words import describe_accuracies, describe_interval
from pipeline.model.answers import PairedGuesses
from pipeline.records.runs import Check, CheckStanding
from pipeline.setting_groups import GateSettings

NAME = "players' drawings"
POWER = 0.8  # the probability that as many more corrections as asked for will decide
MIN_TO_ASK_FOR, MAX_TO_ASK_FOR = 10, 100_000


class PlayersCheck(NamedTuple):
    """The check of players' drawings. If it is open: what would decide it.

    check: the check itself.
    more: about how many more corrections would decide; None if no number would, or if decided.
    advice: the sentence that says so; empty if decided.
    """

    check: Check
    more: int | None = None
    advice: str = ""


def check_players(inputs: GateInputs, clean: Check, rules: GateSettings) -> PlayersCheck:
    """Check that players' drawings are recognised better.

    Corrections are the champion's mistakes, so on them alone any other model gains. Confirmations
    are drawings that it had right, and show what is lost. How one weighs against the other depends
    on how readily players correct and confirm, which is unknown. So the interval must hold for
    both ends of a range: a confirmation counts as much as a correction, or `rules.eagerness` times
    as much. Without confirmations, the gain must be above what chance alone gains.

    Passed: players gain for sure. If the clean drawings are too few to rule out a loss, the gain
    must make up for it too. Not worse is enough if clean drawings are better for sure. Harmful:
    players lose for sure. Open: everything else.

    Args:
        inputs: all guesses.
        clean: the check of clean drawings.
        rules: margin, confidence and eagerness.
    """
    corrections = concatenate_guesses([inputs.held_out, inputs.cross_fitted])
    if corrections is None:
        reason = (
            f"{NAME}: there are no corrections to test on, 0 drawings, so nothing shows that the"
            " challenger is better"
        )
        check = make_check(NAME, CheckStanding.OPEN, 0, reason)
        return PlayersCheck(check, None, "the first corrections will show whether it is better")
    confirmations = inputs.confirmations
    if confirmations is not None and not confirmations.rows:
        confirmations = None
    sentences, rows = [describe_accuracies(corrections, "corrections")], corrections.rows
    if sentence := _describe_shared(corrections, inputs.shared):
        sentences.append(sentence)
    interval = _compare(corrections, confirmations, inputs.shared, rules)
    if confirmations is not None:
        sentences.append(describe_accuracies(confirmations, "confirmations"))
        rows += confirmations.rows
        bar = 0.0
    else:
        bar = _gain_by_chance(corrections, inputs.clean)
        sentences.append(
            f"without confirmations more than {format_points(bar)} must be gained for sure, as"
            " chance alone may gain as much"
        )
    sentences.append(describe_interval(interval))
    # `allowed_doubt`: how far below the estimate the lower bound may lie.
    allowed_doubt = interval.estimate - bar
    if is_unclear(clean, rules):
        allowed_doubt = min(allowed_doubt, _doubt_beside_clean(clean, interval.estimate))
        sentences[-1] += (
            f", which must make up for the {format_points(-(clean.low or 0))} that clean drawings"
            " may have lost"
        )
    is_gain = interval.estimate - interval.low < allowed_doubt
    if is_gain or (confirmations is not None and _is_not_worse(interval, clean, rules)):
        standing = CheckStanding.PASSED
    elif interval.high < 0:
        standing = CheckStanding.HARMFUL
    else:
        standing = CheckStanding.OPEN
    check = make_check(NAME, standing, rows, f"{NAME}: {'; '.join(sentences)}", interval)
    if standing is not CheckStanding.OPEN:
        return PlayersCheck(check)
    more, advice = _estimate_more_corrections(interval, allowed_doubt, corrections.rows, rules)
    return PlayersCheck(check, more, advice)


def _compare(
    corrections: PairedGuesses,
    confirmations: PairedGuesses | None,
    shared: frozenset[str],
    rules: GateSettings,
) -> ConfidenceInterval:
    """Return the difference on players' drawings, for every weight of confirmations in question."""
    if confirmations is None:
        return difference_interval(sum_by_player([(corrections, 1.0)], shared), rules.confidence)
    least, most = (
        difference_interval(
            sum_by_player([(corrections, 1.0), (confirmations, weight)], shared), rules.confidence
        )
        for weight in (1.0, rules.eagerness)
    )
    return enclose_intervals(least, most)


def _describe_shared(corrections: PairedGuesses, shared: frozenset[str]) -> str | None:
    """Return what share of the corrections one id carries; None if no id is shared."""
    if corrections.players is None:
        return None
    carried = find_rows_of(corrections.players, shared)
    if not carried.any():
        return None
    ids = len(np.unique(corrections.players[carried]))
    counts = "one userId, which counts" if ids == 1 else f"{ids} userIds, each of which counts"
    return (
        f"{format_percent(carried.mean(), 0)} of these corrections carry {counts} as one player:"
        " sign players in, anonymously is enough"
    )


def _is_not_worse(interval: ConfidenceInterval, clean: Check, rules: GateSettings) -> bool:
    """Return whether clean drawings are better for sure, and players lose less than the margin."""
    clean_is_better = clean.low is not None and clean.low > 0
    return clean_is_better and interval.estimate >= 0 and interval.low > -rules.margin


def _doubt_beside_clean(clean: Check, gain: float) -> float:
    """Return how uncertain a gain may be if it must make up for a loss on clean drawings.

    The sum of gain and clean difference must be above 0 for sure. The two come from different
    drawings, so their errors are independent, and the doubt of the sum is the root of the sum of
    the squared doubts: sqrt(doubt(gain)^2 + doubt(clean)^2) < gain + difference(clean). Solved for
    the doubt of the gain, this is the result. Source: G. Y. Zou and A. Donner, "Construction of
    confidence limits about effect measures", Statistics in Medicine 27, 2008.

    Args:
        clean: the check of clean drawings.
        gain: the estimate for players' drawings, as a share.

    Returns:
        The largest distance, as a share, from the gain to its lower bound; 0 if no gain is enough.
    """
    difference, low = clean.difference or 0.0, clean.low or 0.0
    squared = (gain + difference) ** 2 - (difference - low) ** 2
    return squared**0.5 if squared > 0 and gain + difference > 0 else 0.0


def _gain_by_chance(corrections: PairedGuesses, clean: PairedGuesses) -> float:
    """Return what a challenger that is merely different gains on corrections, as a share of them.

    Such a challenger gets about as many of the champion's mistakes right as it gets right answers
    wrong. On clean drawings both are known: the number it got wrong, over the number of the
    champion's mistakes, is the share of mistakes that chance alone turns right. One is added to
    the first number, so that few clean drawings do not give 0.
    """
    lost = int((clean.gains < 0).sum())
    mistakes = int((~clean.champion_right).sum())
    share = min(1.0, (lost + 1) / max(mistakes, 1))
    return float((~corrections.champion_right).mean() * share)


def _estimate_more_corrections(
    interval: ConfidenceInterval, allowed_doubt: float, rows: int, rules: GateSettings
) -> tuple[int | None, str]:
    """Return about how many more corrections would decide, and a sentence that says so.

    The doubt (the distance from the estimate to a bound) is a quantile times the standard error,
    so it shrinks with the root of the number of rows. To decide with a probability of POWER, the
    effect must be as large as the sum of two quantiles times the standard error: that of the
    confidence, and that of POWER, because the next estimate may be lower by chance.

    Args:
        interval: the difference on players' drawings.
        allowed_doubt: the largest distance to the lower bound with which the check is passed.
        rows: the number of corrections so far.
        rules: the confidence.
    """
    may_pass = allowed_doubt > 0
    if not may_pass and interval.estimate >= 0:
        return None, (
            "no number of corrections would decide this if the difference stays at"
            f" {format_points(interval.estimate)}: that is too little to make up for what may be"
            " lost"
        )
    if may_pass:
        effect, doubt, purpose = allowed_doubt, interval.estimate - interval.low, "to promote it"
    else:
        effect, doubt = -interval.estimate, interval.high - interval.estimate
        purpose = "to show that it is worse"
    # With a confidence below POWER the quantile may be 0, so that of POWER is used instead.
    quantiles = 1 + ndtri(POWER) / ndtri(max(rules.confidence, POWER))
    number = rows * ((doubt / effect * quantiles) ** 2 - 1)
    if number > MAX_TO_ASK_FOR:
        return None, (
            f"more than {MAX_TO_ASK_FOR:,} further corrections would be needed: for players both"
            " models are equally good"
        )
    more = _round_up(max(number, MIN_TO_ASK_FOR))
    return more, (
        f"about {more:,} more corrections, from other players too, would be enough {purpose} if"
        " they go as these did"
    )


def _round_up(number: float) -> int:
    """Round up to two significant digits, as the estimate is no better than that."""
    unit = 10 ** max(0, math.floor(math.log10(number)) - 1)
    return int(math.ceil(number / unit) * unit)
