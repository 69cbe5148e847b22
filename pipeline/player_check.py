"""The check of players' drawings: corrections and confirmations -> whether players gain, or what would show it. Pure."""

import math
from typing import NamedTuple

from scipy import stats

from pipeline.checks import Clean, check_of
from pipeline.evidence import Evidence, Rules
from pipeline.gate_words import before_after, points, span
from pipeline.paired import Answers, Interval, at_every_weight, interval, joined, summed
from pipeline.records import Check, Standing

POWER = 0.8  # chance with which the corrections that are asked for would decide
MOST_TO_ASK_FOR = 100_000


class Players(NamedTuple):
    """How the challenger stands on players' drawings, and what would decide if that is open."""

    check: Check
    more: int | None = None
    advice: str = ""


def check_players(evidence: Evidence, clean: Clean, rules: Rules) -> Players:
    """Whether players' drawings are recognised better.

    Corrections are the champion's mistakes, so on them alone any change looks like a gain. Confirmations weigh against that:
    what is shown must hold whether players correct just as readily as they confirm, or `eagerness` times as readily. Without
    confirmations more must be mended than a challenger that is no better would mend by chance.
    """
    name, corrections = "players' drawings", joined([evidence.players, evidence.crossed])
    if corrections is None:
        reason = "players' drawings: there is no correction to test on, so nothing speaks for the challenger"
        return Players(
            check_of(name, Standing.OPEN, 0, reason), None, "the first corrections would begin to show what it is worth"
        )
    confirmed = evidence.confirmations if evidence.confirmations is not None and evidence.confirmations.rows else None
    if confirmed is None:
        found = interval(summed([(corrections, 1.0)]), rules.confidence)
        bar, rows = max(clean.to_make_up, _mended_by_chance(corrections, evidence.base)), corrections.rows
        told = (
            f"{before_after(corrections, 'corrections')}; no confirmations, so at least {points(bar)} must be gained for sure"
        )
    else:
        plain, weighted = (
            interval(summed([(corrections, 1.0), (confirmed, weight)]), rules.confidence) for weight in (1.0, rules.eagerness)
        )
        found, bar, rows = at_every_weight(plain, weighted), clean.to_make_up, corrections.rows + confirmed.rows
        told = f"{before_after(corrections, 'corrections')}; {before_after(confirmed, 'confirmations')}"
        told += f"; more than {points(bar)} must be gained for sure, as much may be lost on clean drawings" if bar else ""
    reason = f"players' drawings: {told}; {span(found)}"
    unharmed = clean.check.low is not None and clean.check.low > 0 and found.measured >= 0 and found.low > -rules.margin
    if found.low > bar or (unharmed and confirmed is not None):
        return Players(check_of(name, Standing.PASSED, rows, reason, found))
    if found.high < 0:
        return Players(check_of(name, Standing.HARMFUL, rows, reason, found))
    return Players(check_of(name, Standing.OPEN, rows, reason, found), *_more(found, bar, corrections.rows, rules))


def _mended_by_chance(corrections: Answers, base: Answers) -> float:
    """What a challenger that is no better would gain on the champion's mistakes alone, as a share of the corrections.

    A model that is merely different gets as many drawings right that the champion had wrong as the other way round. What it
    lost is seen on clean drawings; as many gains, shared out to the champion's mistakes there, are what chance mends of each.
    """
    lost, wrong = int((base.change < 0).sum()), int((~base.before).sum())
    return float((~corrections.before).mean() * min(1.0, (lost + 1) / max(wrong, 1)))


def _more(found: Interval, bar: float, rows: int, rules: Rules) -> tuple[int | None, str]:
    """About how many more corrections would decide, if they are like those so far, and the sentence that says it."""
    better = found.measured > bar
    effect = found.measured - bar if better else -found.measured
    if effect <= 0:
        gain = f"a gain of {points(found.measured)}, where more than {points(bar)} are needed" if bar else "no difference"
        return None, f"no number of corrections would decide this if they go on to show {gain}"
    doubt = found.measured - found.low if better else found.high - found.measured
    # Doubt shrinks with the root of the rows; the effect must exceed it by enough to be shown in four of five cases.
    wanted = doubt / effect * (1 + stats.norm.ppf(POWER) / stats.norm.ppf(max(rules.confidence, POWER)))
    more = _rounded(max(rows * (wanted**2 - 1), 10))
    if more > MOST_TO_ASK_FOR:
        return None, f"more than {MOST_TO_ASK_FOR:,} further corrections would be needed: to players both models are the same"
    what = "to promote it" if better else "to show that it is worse"
    return more, f"about {more:,} more corrections, from other players too, would be enough {what} if they go as these did"


def _rounded(number: float) -> int:
    """To two figures, upwards: no more is known."""
    unit = 10 ** max(0, math.floor(math.log10(number)) - 1)
    return int(math.ceil(number / unit) * unit)
