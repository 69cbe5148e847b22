"""The check of players' drawings: corrections and confirmations -> whether players gain, or what would show it. Pure."""

import math
from typing import NamedTuple

from scipy.special import ndtri

from pipeline.formatting import format_points
from pipeline.gate.checks import is_unclear, make_check
from pipeline.gate.evidence import GateInputs
from pipeline.gate.paired import (
    Interval,
    concatenate_guesses,
    cover_both,
    difference_interval,
    sum_by_player,
)
from pipeline.gate.words import describe_accuracies, describe_interval
from pipeline.model.answers import PairedGuesses
from pipeline.records.runs import Check, CheckStanding
from pipeline.setting_groups import GateSettings

POWER = 0.8  # chance with which the corrections that are asked for would decide
MOST_TO_ASK_FOR = 100_000


class PlayersCheck(NamedTuple):
    """How the challenger stands on players' drawings, and what would decide if that is open."""

    check: Check
    more: int | None = None
    advice: str = ""


def check_players(evidence: GateInputs, clean: Check, rules: GateSettings) -> PlayersCheck:
    """Whether players' drawings are recognised better; `clean` is how the challenger stands on clean ones.

    Corrections are the champion's mistakes, so on them alone any change looks like a gain. Confirmations weigh against that:
    what is shown must hold whether players correct just as readily as they confirm, or `eagerness` times as readily. Without
    confirmations more must be mended than a challenger that is no better would mend by chance. Not worse is enough where clean
    drawings are shown to be recognised better.
    """
    name, corrections = (
        "players' drawings",
        concatenate_guesses([evidence.players, evidence.crossed]),
    )
    if corrections is None:
        reason = f"{name}: there are no corrections to test on, 0 drawings, so nothing speaks for the challenger"
        return PlayersCheck(
            make_check(name, CheckStanding.OPEN, 0, reason),
            None,
            "the first corrections would show what it is worth",
        )
    told, bar, rows = describe_accuracies(corrections, "corrections"), 0.0, corrections.rows
    if evidence.confirmations is not None and evidence.confirmations.rows:
        both = [
            [(corrections, 1.0), (evidence.confirmations, weight)]
            for weight in (1.0, rules.eagerness)
        ]
        found = cover_both(
            *(difference_interval(sum_by_player(groups), rules.confidence) for groups in both)
        )
        told, rows = (
            f"{told}; {describe_accuracies(evidence.confirmations, 'confirmations')}",
            rows + evidence.confirmations.rows,
        )
        not_worse = (
            clean.low is not None
            and clean.low > 0
            and found.measured >= 0
            and found.low > -rules.margin
        )
    else:
        found, not_worse = (
            difference_interval(sum_by_player([(corrections, 1.0)]), rules.confidence),
            False,
        )
        bar = _mended_by_chance(corrections, evidence.base)
        told += f"; without confirmations more than {format_points(bar)} must be gained for sure, as chance mends as much"
    told += f"; {describe_interval(found)}"
    unclear = is_unclear(clean, rules)
    if unclear:
        told += f", which must make up for the {format_points(-(clean.low or 0))} that clean drawings may have lost"
    room = min(found.measured - bar, _room_beside(clean, found.measured) if unclear else math.inf)
    standing = CheckStanding.HARMFUL if found.high < 0 else CheckStanding.OPEN
    if found.measured - found.low < room or not_worse:
        standing = CheckStanding.PASSED
    check = make_check(name, standing, rows, f"{name}: {told}", found)
    return PlayersCheck(
        check,
        *(
            _more(found, room, corrections.rows, rules)
            if standing is CheckStanding.OPEN
            else (None, "")
        ),
    )


def _room_beside(clean: Check, gained: float) -> float:
    """How much of the gain may be in doubt if gain and clean drawings together are to be better for sure.

    Two doubts add up as the root of their squares (Zou and Donner, 2008, for the difference of two estimates).
    """
    measured, low = clean.difference or 0.0, clean.low or 0.0
    left = (gained + measured) ** 2 - (measured - low) ** 2
    return left**0.5 if left > 0 and gained + measured > 0 else 0.0


def _mended_by_chance(corrections: PairedGuesses, base: PairedGuesses) -> float:
    """What a challenger that is no better would gain on the champion's mistakes alone, as a share of the corrections.

    A model that is merely different gets as many drawings right that the champion had wrong as the other way round. What it
    lost is seen on clean drawings; as many gains, shared out to the champion's mistakes there, are what chance mends of each.
    """
    lost, wrong = int((base.change < 0).sum()), int((~base.before).sum())
    return float((~corrections.before).mean() * min(1.0, (lost + 1) / max(wrong, 1)))


def _more(found: Interval, room: float, rows: int, rules: GateSettings) -> tuple[int | None, str]:
    """About how many more corrections would decide, if they are like those so far, and the sentence that says it."""
    better = room > 0
    if not better and found.measured >= 0:
        shown = f"the difference stays at {format_points(found.measured)}"
        return (
            None,
            f"no number of corrections would decide this if {shown}, which is not enough beside what it may cost",
        )
    effect, doubt = (
        (room, found.measured - found.low)
        if better
        else (-found.measured, found.high - found.measured)
    )
    # Doubt shrinks with the root of the rows; the effect must exceed it by enough to be shown in four of five cases.
    wanted = doubt / effect * (1 + ndtri(POWER) / ndtri(max(rules.confidence, POWER)))
    number = rows * (wanted**2 - 1)
    if number > MOST_TO_ASK_FOR:
        return (
            None,
            f"more than {MOST_TO_ASK_FOR:,} further corrections would be needed: to players both models are the same",
        )
    more = _rounded(max(number, 10))
    what = "to promote it" if better else "to show that it is worse"
    return (
        more,
        f"about {more:,} more corrections, from other players too, would be enough {what} if they go as these did",
    )


def _rounded(number: float) -> int:
    """To two figures, upwards: no more is known."""
    unit = 10 ** max(0, math.floor(math.log10(number)) - 1)
    return int(math.ceil(number / unit) * unit)
