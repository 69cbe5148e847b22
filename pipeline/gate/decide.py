"""The decision between champion and challenger, with reasons that the owner of a game understands. Pure.

Each check stands for itself: passed, harmful or open. One that is harmful rejects the challenger; all passed promote it;
anything else holds it back, until more corrections show what it is.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.categories import CATEGORIES
from pipeline.drawings import Labels
from pipeline.gate import checks
from pipeline.gate.evidence import GateInputs
from pipeline.gate.player_check import check_players
from pipeline.records.metrics import Comparison
from pipeline.records.runs import Check, CheckStanding, Decision, RunState
from pipeline.setting_groups import GateSettings

GOLDEN_PER_CLASS = 5
NOT_BY_MORE = "no number of corrections would decide this: a challenger must be fitted that keeps more of what it knew"


class ComparisonMetrics(NamedTuple):
    """What the decision keeps of both models for those who look at it: on base rows and on players' drawings."""

    base: Comparison
    players: Comparison | None = None


def decide(
    evidence: GateInputs,
    rules: GateSettings,
    figures: ComparisonMetrics,
    categories: tuple[str, ...] = CATEGORIES,
) -> Decision:
    """Promotes a challenger that is shown to be better for players and not worse on clean drawings.

    Returns:
        outcome `promoted`, `rejected` (shown to be harmful; the reasons say where) or `held` (neither is shown; the reasons say
        what is missing, and about how many more corrections would decide). The same for the same rows in any order.
    """
    clean = checks.check_clean(evidence.base, rules)
    players = check_players(evidence, clean, rules)
    found: list[Check] = [clean, players.check, checks.check_classes(evidence, rules, categories)]
    if evidence.first is not None:
        found.append(checks.check_since_baseline(evidence.first, rules))
    if evidence.golden is not None:
        found.append(checks.check_golden(evidence.golden, rules))
    outcome = _outcome(found)
    telling = {RunState.REJECTED: CheckStanding.HARMFUL, RunState.HELD: CheckStanding.OPEN}.get(
        outcome, CheckStanding.PASSED
    )
    reasons, more = [check.reason for check in found if check.standing is telling], None
    if outcome is RunState.HELD:
        only_players = all(
            check.standing is CheckStanding.PASSED for check in found if check is not players.check
        )
        more, advice = (players.more, players.advice) if only_players else (None, NOT_BY_MORE)
        reasons.append(advice)
    return Decision(
        outcome=outcome,
        reasons=reasons,
        base=figures.base,
        players=figures.players,
        checks=found,
        more=more,
    )


def choose_golden_rows(probabilities: NDArray[np.float32], labels: Labels) -> NDArray[np.int64]:
    """The golden set: of each class the base test rows that v1.0.0 answers rightly and is surest of, five at most.

    Args:
        probabilities: what v1.0.0 says about the base test rows, `(n, classes)`.
        labels: of the same rows.

    Returns:
        their positions, rising. The same as long as v1.0.0 and the base are; of equally sure ones the first.
    """
    right, sure = probabilities.argmax(axis=1) == labels, probabilities.max(axis=1)
    chosen = [
        rows[np.argsort(-sure[rows], kind="stable")[:GOLDEN_PER_CLASS]]
        for rows in _of_each_class(labels, right)
    ]
    return np.sort(np.concatenate([*chosen, np.empty(0, np.int64)]))


def _of_each_class(labels: Labels, right: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    return [np.flatnonzero(right & (labels == label)) for label in np.unique(labels)]


def _outcome(found: list[Check]) -> RunState:
    standings = {check.standing for check in found}
    if CheckStanding.HARMFUL in standings:
        return RunState.REJECTED
    return RunState.HELD if CheckStanding.OPEN in standings else RunState.PROMOTED
