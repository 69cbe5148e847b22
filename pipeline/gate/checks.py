"""The checks of the gate but that of players' drawings: answers -> how the challenger stands, in one sentence. Pure."""

import numpy as np

from pipeline.formatting import format_category, format_points
from pipeline.gate.evidence import GateInputs
from pipeline.gate.paired import (
    Interval,
    concatenate_guesses,
    difference_interval,
    holm_rejections,
    mcnemar_p_value,
    sum_by_player,
)
from pipeline.gate.words import describe_accuracies, describe_interval
from pipeline.model.answers import PairedGuesses
from pipeline.records.runs import Check, CheckStanding
from pipeline.setting_groups import GateSettings


def check_clean(base: PairedGuesses, rules: GateSettings) -> Check:
    """Whether clean drawings are recognised as before.

    Passed when a loss beyond the margin is ruled out; harmful when it is shown; open when some loss is shown, and without rows.
    Where the rows are too few to show anything it is passed too, but `is_unclear`: then players' gain must make up for it.
    """
    return _clean("clean drawings", base, rules.margin, rules.confidence)


def is_unclear(check_clean: Check, rules: GateSettings) -> bool:
    """Whether no loss was seen where one beyond the margin cannot be ruled out either: small games have few drawings."""
    return (
        check_clean.standing is CheckStanding.PASSED
        and check_clean.low is not None
        and check_clean.low <= -rules.margin
    )


def check_since_baseline(first: PairedGuesses, rules: GateSettings) -> Check:
    """Whether clean drawings are recognised as by v1.0.0, so that many small losses do not add up."""
    return _clean("clean drawings since v1.0.0", first, rules.baseline_margin, rules.confidence)


def _clean(name: str, answers: PairedGuesses, margin: float, confidence: float) -> Check:
    found = difference_interval(sum_by_player([(answers, 1.0)]), confidence)
    told, standing = (
        _lost(found, margin)
        if answers.rows
        else ("nothing can be decided without them", CheckStanding.OPEN)
    )
    return make_check(
        name, standing, answers.rows, f"{name}: {describe_accuracies(answers)}; {told}", found
    )


def _lost(found: Interval, margin: float) -> tuple[str, CheckStanding]:
    allowed = f"{format_points(margin)} may be lost"
    if found.low > -margin:
        return (
            f"at most {format_points(-found.low)} lost, {allowed}" if found.low < 0 else "better"
        ), CheckStanding.PASSED
    if found.high < -margin:
        return f"at least {format_points(-found.high)} lost, {allowed}", CheckStanding.HARMFUL
    if found.high < 0:
        return f"{describe_interval(found)}, {allowed}", CheckStanding.OPEN
    return (
        f"that may be chance, and so few drawings cannot rule out a loss of {format_points(-found.low)}",
        CheckStanding.PASSED,
    )


def check_classes(evidence: GateInputs, rules: GateSettings, categories: tuple[str, ...]) -> Check:
    """Whether a class is ruined; each class on clean drawings and on players', by an exact test, corrected for their number.

    On clean drawings each row is a case, on players' each player is one. Harmful when losses outnumber gains beyond chance and
    more than the class's margin is lost.
    """
    played = concatenate_guesses([evidence.players, evidence.crossed, evidence.confirmations])
    groups = [
        ("clean drawings", evidence.base),
        *([("players' drawings", played)] if played is not None else []),
    ]
    cases = [
        (f"{format_category(categories[label])} on {kind}", answers.of_class(int(label)))
        for kind, answers in groups
        for label in np.unique(answers.labels)
    ]
    shown = holm_rejections(
        [mcnemar_p_value(sum_by_player([(answers, 1.0)]).changes) for _, answers in cases],
        1 - rules.confidence,
    )
    harmed = [
        f"{name}: {describe_accuracies(answers)}"
        for (name, answers), is_shown in zip(cases, shown, strict=True)
        if is_shown and -answers.change.mean() > rules.class_margin
    ]
    rows, few = (
        sum(answers.rows for _, answers in cases),
        f"{format_points(rules.class_margin)} may be lost",
    )
    if harmed:
        return make_check(
            "classes",
            CheckStanding.HARMFUL,
            rows,
            f"{'; '.join(harmed)}; lost beyond chance, {few}",
        )
    reason = f"classes: none of {len(cases)} comparisons shows a loss beyond chance, {few}"
    return make_check("classes", CheckStanding.PASSED, rows, reason)


def check_golden(rows: PairedGuesses, rules: GateSettings) -> Check:
    """Whether the drawings that v1.0.0 was surest of are still recognised."""
    wrong = int((~rows.after).sum())
    reason = (
        f"golden set: {wrong} of {rows.rows:,} obvious drawings wrong, {rules.golden_wrong} may be"
    )
    return make_check(
        "golden set",
        CheckStanding.PASSED if wrong <= rules.golden_wrong else CheckStanding.HARMFUL,
        rows.rows,
        reason,
    )


def make_check(
    name: str, standing: CheckStanding, rows: int, reason: str, found: Interval | None = None
) -> Check:
    """A check with its figures; without rows it has none."""
    if found is None or not rows:
        return Check(name=name, standing=standing, rows=rows, reason=reason)
    return Check(
        name=name,
        standing=standing,
        rows=rows,
        reason=reason,
        difference=found.measured,
        low=found.low,
        high=found.high,
    )
