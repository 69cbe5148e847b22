"""The checks of the gate but that of players' drawings: answers -> how the challenger stands, in one sentence. Pure."""

from typing import NamedTuple

import numpy as np

from pipeline.evidence import Evidence, Rules
from pipeline.gate_words import before_after, points
from pipeline.paired import Answers, Interval, chance_of_loss, holm, interval, joined, summed
from pipeline.records import Check, Standing


class Clean(NamedTuple):
    """How the challenger stands on clean drawings, and the loss there that players' gain must make up for, as a share."""

    check: Check
    to_make_up: float


def clean(base: Answers, rules: Rules) -> Clean:
    """Whether clean drawings are recognised as before.

    Passed when a loss beyond the margin is ruled out; harmful when it is shown; open when some loss is shown. Where the rows
    are too few for either, players must be sure to gain more than may be lost here.
    """
    found = interval(summed([(base, 1.0)]), rules.confidence)
    told, standing = _clean(found, rules.margin)
    check = check_of("clean drawings", standing, base.rows, f"clean drawings: {before_after(base)}; {told}", found)
    unclear = standing is Standing.PASSED and found.low <= -rules.margin
    return Clean(check, -found.low if unclear else 0.0)


def drift(first: Answers, rules: Rules) -> Check:
    """Whether clean drawings are recognised as by v1.0.0, so that many small losses do not add up."""
    found = interval(summed([(first, 1.0)]), rules.confidence)
    told, standing = _clean(found, rules.drift)
    reason = f"clean drawings since v1.0.0: {before_after(first, when=('then', 'now'))}; {told}"
    return check_of("drift", standing, first.rows, reason, found)


def _clean(found: Interval, margin: float) -> tuple[str, Standing]:
    allowed = f"{points(margin)} may be lost"
    if found.low > -margin:
        return (f"at most {points(-found.low)} lost, {allowed}" if found.low < 0 else "better"), Standing.PASSED
    if found.high < -margin:
        return f"at least {points(-found.high)} lost, {allowed}", Standing.HARMFUL
    if found.high < 0:
        return f"{points(-found.high)} to {points(-found.low)} lost, {allowed}", Standing.OPEN
    return f"no loss to be seen, but so few drawings cannot rule out one of {points(-found.low)}", Standing.PASSED


def classes(evidence: Evidence, rules: Rules, categories: tuple[str, ...]) -> Check:
    """Whether a class is ruined; each class on clean drawings and on players', by an exact test, corrected for their number.

    On clean drawings each row is a case, on players' each player is one. Harmful when losses outnumber gains beyond chance and
    more than the class's margin is lost.
    """
    played = joined([evidence.players, evidence.crossed, evidence.confirmations])
    groups = [("clean drawings", evidence.base), *([("players' drawings", played)] if played is not None else [])]
    cases = [
        (f"{categories[label].replace('_', ' ')} on {kind}", answers.of_class(int(label)))
        for kind, answers in groups
        for label in np.unique(answers.labels)
    ]
    shown = holm([chance_of_loss(summed([(answers, 1.0)]).changes) for _, answers in cases], 1 - rules.confidence)
    harmed = [
        f"{name}: {before_after(answers)}"
        for (name, answers), is_shown in zip(cases, shown, strict=True)
        if is_shown and -answers.change.mean() > rules.class_margin
    ]
    rows, few = sum(answers.rows for _, answers in cases), f"{points(rules.class_margin)} may be lost"
    if harmed:
        return check_of("classes", Standing.HARMFUL, rows, f"{'; '.join(harmed)}; lost beyond chance, {few}")
    reason = f"classes: none of {len(cases)} comparisons shows a loss beyond chance, {few}"
    return check_of("classes", Standing.PASSED, rows, reason)


def golden(rows: Answers, rules: Rules) -> Check:
    """Whether the drawings that v1.0.0 was surest of are still recognised."""
    wrong = int((~rows.after).sum())
    reason = f"golden set: {wrong} of {rows.rows:,} obvious drawings wrong, {rules.golden_wrong} may be"
    return check_of("golden set", Standing.PASSED if wrong <= rules.golden_wrong else Standing.HARMFUL, rows.rows, reason)


def check_of(name: str, standing: Standing, rows: int, reason: str, found: Interval | None = None) -> Check:
    """A check with its figures; without rows it has none."""
    if found is None or not rows:
        return Check(name=name, standing=standing, rows=rows, reason=reason)
    return Check(
        name=name, standing=standing, rows=rows, reason=reason, difference=found.measured, low=found.low, high=found.high
    )
