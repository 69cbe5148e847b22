"""Decide between champion and challenger, with reasons that the owner of a game understands.

Each check is passed, harmful or open. One harmful check rejects the challenger. If all are passed,
it is promoted. Otherwise it is held, until more answers of players show whether it is better.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.drawings import Labels
from pipeline.gate import checks
from pipeline.gate.inputs import GateInputs
from pipeline.gate.player_check import PlayersCheck, check_players
from pipeline.records.metrics import Comparison
from pipeline.records.runs import Check, CheckStanding, Decision, RunState
from pipeline.version_settings import GateSettings

GOLDEN_PER_CLASS = 5
MORE_WOULD_NOT_DECIDE = (
    "no number of answers would decide this: a challenger must be fitted that keeps more of"
    " what the champion knows"
)
# The standing of the checks whose sentences are the reasons of an outcome.
_DECISIVE = {
    RunState.REJECTED: CheckStanding.HARMFUL,
    RunState.HELD: CheckStanding.OPEN,
    RunState.PROMOTED: CheckStanding.PASSED,
}


def decide(
    inputs: GateInputs,
    rules: GateSettings,
    base: Comparison,
    categories: Sequence[str],
) -> Decision:
    """Decide whether the challenger replaces the champion.

    The same rows in any order give the same decision.

    Args:
        inputs: the guesses of both models.
        rules: what may be lost, and how sure each bound must be.
        base: the metrics of both models on clean drawings, stored with the decision.
        categories: the names of the classes, by label.

    Returns:
        A decision whose outcome is `promoted`; or `rejected`, with the checks that show harm as
        reasons; or `held`, with the open checks, and what would decide them, as reasons.
    """
    clean = checks.check_clean(inputs.clean, rules)
    players = check_players(inputs, rules)
    results = [clean, players.check, checks.check_classes(inputs, rules, categories)]
    if inputs.since_baseline is not None:
        results.append(checks.check_since_baseline(inputs.since_baseline, clean, rules))
    if inputs.golden is not None:
        results.append(checks.check_golden(inputs.golden, rules))
    outcome = _choose_outcome(results)
    reasons = [check.reason for check in results if check.standing is _DECISIVE[outcome]]
    more = None
    if outcome is RunState.HELD:
        more, advice = _advise(results, players)
        reasons.append(advice)
    return Decision(
        outcome=outcome,
        reasons=reasons,
        base=base,
        checks=results,
        more=more,
        expected_gain=players.estimate.expected_gain,
        effective_answers=players.estimate.effective_answers,
        players_before=players.estimate.before,
        players_after=players.estimate.after,
    )


def _choose_outcome(results: list[Check]) -> RunState:
    standings = {check.standing for check in results}
    if CheckStanding.HARMFUL in standings:
        return RunState.REJECTED
    return RunState.HELD if CheckStanding.OPEN in standings else RunState.PROMOTED


def _advise(results: list[Check], players: PlayersCheck) -> tuple[int | None, str]:
    """Return how many more answers would decide a held challenger, and a sentence on it.

    More answers help only if nothing but the check of players' drawings is open.
    """
    others = [check for check in results if check is not players.check]
    if all(check.standing is CheckStanding.PASSED for check in others):
        return players.more, players.advice
    return None, MORE_WOULD_NOT_DECIDE


def choose_golden_rows(probabilities: NDArray[np.float32], labels: Labels) -> NDArray[np.int64]:
    """Choose the golden set: obvious drawings, which every version must recognise.

    Of each class, these are the five base test rows that v1.0.0 guesses right with the highest
    confidence. Of equal confidences the first rows are taken, so the set is the same as long as
    v1.0.0 and the base are.

    Args:
        probabilities: of v1.0.0 on the base test rows, `(n, classes)`.
        labels: of the same rows.

    Returns:
        The indices of the rows, ascending; fewer than five of a class if fewer are right.
    """
    is_right, confidences = probabilities.argmax(axis=1) == labels, probabilities.max(axis=1)
    chosen = [np.empty(0, np.int64)]
    for label in np.unique(labels):
        rows = np.flatnonzero(is_right & (labels == label))
        by_confidence = np.argsort(-confidences[rows], kind="stable")
        chosen.append(rows[by_confidence[:GOLDEN_PER_CLASS]])
    return np.sort(np.concatenate(chosen))
