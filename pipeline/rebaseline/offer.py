"""Offer a new baseline when the head has nothing left to gain, by runs and their decisions."""

from collections.abc import Callable, Sequence

from pipeline.records.runs import Decision, Run, RunKind, RunState
from pipeline.runs.context import RunContext
from pipeline.version_settings import RebaselineSettings

KNOWN_RUNS = 50
"""How many of the newest runs are looked at."""
GROWTH = 0.5
"""After a baseline was tried, so many answers must have come as a share of those that it had."""


def note_offer(decision: Decision, remarks: list[str], context: RunContext) -> None:
    """Record the offer of a new baseline beside the other remarks of a run, if it makes one."""
    runs = context.ports.runs
    offer = offer_baseline(
        context.log.run, decision, lambda: runs.list(KNOWN_RUNS), context.settings.rebaseline
    )
    if offer is not None:
        context.log.note(remarks=[*remarks, offer], offers_baseline=True)


def offer_baseline(
    run: Run, decision: Decision, list_runs: Callable[[], Sequence[Run]], rules: RebaselineSettings
) -> str | None:
    """Return the sentence by which a run offers a new baseline; None if it does not.

    The last retrains must have gained nothing, and enough answers must have come since a baseline
    was tried last, whether or not it was released. So one that was held is not offered again until
    there are half as many answers more.

    Args:
        run: the run that is being executed, with its number of answers.
        decision: its decision.
        list_runs: reads the newest runs; called only if the other conditions are met.
        rules: the thresholds.
    """
    answers = run.answers or 0
    if run.kind is not RunKind.RETRAIN or answers < rules.fewest_answers:
        return None
    if has_gained(decision, rules):
        return None
    before = [
        each
        for each in list_runs()
        if each.id != run.id and each.state.ended and each.decision is not None
    ]
    retrains, tried = _since_baseline(before)
    if answers - tried < max(rules.fewest_answers, GROWTH * tried):
        return None
    last = retrains[: rules.heads - 1]
    if len(last) < rules.heads - 1 or any(has_gained(each, rules) for each in last):
        return None
    heads = "the last head" if rules.heads == 1 else f"the last {rules.heads} heads"
    return (
        f"{heads} gained nothing, and there are {answers:,} answers: the convolution layers may"
        " have more to gain; train all layers with `redraw rebaseline`"
    )


def has_gained(decision: Decision, rules: RebaselineSettings) -> bool:
    """Return whether the challenger is better on players' drawings by more than next to nothing.

    What counts is what was measured, not whether it is sure: a head that was held, but seems to be
    better by a point, is shown to be so by more answers. Where nothing is known of players'
    drawings, a release counts as a gain.
    """
    if decision.expected_gain is None:
        return decision.outcome is RunState.PROMOTED
    return decision.expected_gain >= rules.least_gain


def _since_baseline(runs: Sequence[Run]) -> tuple[list[Decision], int]:
    """Return what the gate decided on retrains since the last baseline, and its answers.

    Args:
        runs: those that were judged, the newest first.

    Returns:
        The decisions, the newest first, and how many answers the baseline had; 0 if none of the
        runs made one.
    """
    decisions: list[Decision] = []
    for run in runs:
        if run.kind is RunKind.BASELINE:
            return decisions, run.answers or 0
        if run.decision is not None and run.kind is RunKind.RETRAIN:
            decisions.append(run.decision)
    return decisions, 0
