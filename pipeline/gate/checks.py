"""The gate's checks of clean drawings, single classes and the golden set.

Each check compares both models on some drawings, and says in one sentence what it found.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pipeline.formatting import format_category, format_points
from pipeline.gate.inputs import GateInputs
from pipeline.gate.paired import (
    ConfidenceInterval,
    difference_interval,
    holm_rejections,
    loss_p_value,
    mcnemar_p_value,
    sum_by_player,
)
from pipeline.gate.words import describe_accuracies, describe_interval
from pipeline.model.answers import PairedGuesses
from pipeline.model.head import Floats
from pipeline.records.runs import Check, CheckStanding
from pipeline.version_settings import GateSettings


def check_clean(clean: PairedGuesses, rules: GateSettings) -> Check:
    """Check that clean drawings are recognised as well as before.

    Passed: a loss beyond the margin is ruled out; or no loss is shown, and no more was lost as
    measured than may be lost since the baseline. The latter is all that few drawings can show.
    Harmful: a loss beyond the margin is certain. Open: everything else, or there are no drawings.

    Args:
        clean: guesses on clean drawings.
        rules: the margin and the confidence.
    """
    return _check_margin("clean drawings", clean, rules.margin, rules)


def check_since_baseline(since_baseline: PairedGuesses, clean: Check, rules: GateSettings) -> Check:
    """Check that clean drawings are recognised as well as by the baseline.

    Without this check, many losses within the margin could add up, run after run. A challenger that
    is better than the champion as measured passes, whatever was lost before it.

    Args:
        since_baseline: guesses on clean drawings, with the baseline in the champion's place.
        clean: the check of clean drawings against the champion.
        rules: the margin and the confidence.
    """
    name = "clean drawings since the baseline"
    check = _check_margin(name, since_baseline, rules.baseline_margin, rules)
    if check.standing is CheckStanding.PASSED or not (clean.difference or 0) > 0:
        return check
    reason = f"{check.reason}; but more was lost before, and the challenger makes up for some of it"
    return check.model_copy(update={"standing": CheckStanding.PASSED, "reason": reason})


def _check_margin(name: str, guesses: PairedGuesses, margin: float, rules: GateSettings) -> Check:
    interval = difference_interval(sum_by_player(guesses), rules.confidence)
    if guesses.rows:
        conclusion, standing = _judge_loss(interval, margin, rules.baseline_margin)
    else:
        conclusion, standing = "nothing can be decided without them", CheckStanding.OPEN
    reason = f"{name}: {describe_accuracies(guesses)}; {conclusion}"
    return make_check(name, standing, guesses.rows, reason, interval, allowed=margin)


def _judge_loss(
    interval: ConfidenceInterval, margin: float, as_measured: float
) -> tuple[str, CheckStanding]:
    """Return what an interval says about a loss beyond the margin, in words and as a standing.

    Args:
        interval: the difference in accuracy.
        margin: what may be lost for sure, as a share.
        as_measured: what may be lost as measured, if so few drawings cannot rule out more.
    """
    allowed = f"{format_points(margin)} may be lost"
    if interval.low > -margin:
        at_most = f"at most {format_points(-interval.low)} lost, {allowed}"
        return at_most if interval.low < 0 else "better", CheckStanding.PASSED
    if interval.high < -margin:
        return f"at least {format_points(-interval.high)} lost, {allowed}", CheckStanding.HARMFUL
    if interval.high < 0:
        return f"{describe_interval(interval)}, {allowed}", CheckStanding.OPEN
    possible = format_points(-interval.low)
    unclear = f"that may be chance, and so few drawings cannot rule out a loss of {possible}"
    if interval.estimate < -as_measured:
        measured = f"{format_points(-interval.estimate)} lost as measured"
        return (
            f"{measured}, {format_points(as_measured)} may be; {unclear}",
            CheckStanding.OPEN,
        )
    return unclear, CheckStanding.PASSED


def check_classes(inputs: GateInputs, rules: GateSettings, categories: Sequence[str]) -> Check:
    """Check that no class is recognised clearly worse, on clean or on players' drawings.

    On clean drawings each class is tested by McNemar's exact test. On players' drawings it is
    tested between players, where each answer counts as much as the drawings that it stands for.
    Holm's correction is for the number of tests. Harmful: in some class losses outnumber gains
    beyond chance, and more accuracy is lost than the class margin.

    Args:
        inputs: all guesses.
        rules: the class margin and the confidence.
        categories: the names of the classes, by label.
    """
    classes = _list_classes(inputs, categories)
    p_values = [each.p_value(inputs.shared) for each in classes]
    rejections = holm_rejections(p_values, 1 - rules.confidence)
    harmed = [
        f"{each.name}: {describe_accuracies(each.guesses, weights=each.weights)}"
        for each, is_worse in zip(classes, rejections, strict=True)
        if is_worse and np.average(-each.guesses.gains, weights=each.weights) > rules.class_margin
    ]
    rows = sum(each.guesses.rows for each in classes)
    allowed = f"{format_points(rules.class_margin)} may be lost"
    if harmed:
        reason = f"{'; '.join(harmed)}; lost beyond chance, {allowed}"
        return make_check(
            "classes", CheckStanding.HARMFUL, rows, reason, allowed=rules.class_margin
        )
    reason = f"classes: none of {len(classes)} comparisons shows a loss beyond chance, {allowed}"
    return make_check("classes", CheckStanding.PASSED, rows, reason, allowed=rules.class_margin)


class _Class(NamedTuple):
    """The guesses of one class, and what each row stands for, float32 `(n,)`; None: as much."""

    name: str
    guesses: PairedGuesses
    weights: Floats | None

    def p_value(self, shared: frozenset[str]) -> float:
        """Return the p-value of a test whether the challenger is worse."""
        if self.weights is None:
            return mcnemar_p_value(sum_by_player(self.guesses).gains)
        return loss_p_value(sum_by_player(self.guesses, self.weights, shared))


def _list_classes(inputs: GateInputs, categories: Sequence[str]) -> list[_Class]:
    kinds: list[tuple[str, PairedGuesses, Floats | None]]
    kinds = [("clean drawings", inputs.clean, None)]
    if inputs.answers is not None:
        kinds.append(("players' drawings", inputs.answers.guesses, inputs.answers.likely))
    return [
        _Class(
            f"{format_category(categories[label])} on {kind}",
            guesses.select(guesses.labels == label),
            None if weights is None else weights[guesses.labels == label],
        )
        for kind, guesses, weights in kinds
        for label in np.unique(guesses.labels).tolist()
    ]


def check_golden(golden: PairedGuesses, rules: GateSettings) -> Check:
    """Check that the challenger recognises the golden set, up to the allowed number of errors."""
    wrong = int((~golden.challenger_right).sum())
    reason = (
        f"golden set: {wrong} of {golden.rows:,} obvious drawings wrong,"
        f" {rules.golden_wrong} may be"
    )
    passed = wrong <= rules.golden_wrong
    standing = CheckStanding.PASSED if passed else CheckStanding.HARMFUL
    return make_check("golden set", standing, golden.rows, reason)


def make_check(
    name: str,
    standing: CheckStanding,
    rows: int,
    reason: str,
    interval: ConfidenceInterval | None = None,
    *,
    allowed: float | None = None,
) -> Check:
    """Return the record of a check, with the interval's figures if there are rows to compare."""
    if interval is None or not rows:
        return Check(name=name, standing=standing, rows=rows, reason=reason, allowed=allowed)
    return Check(
        name=name,
        standing=standing,
        rows=rows,
        reason=reason,
        difference=interval.estimate,
        low=interval.low,
        high=interval.high,
        allowed=allowed,
    )
