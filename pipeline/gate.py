"""The decision between champion and challenger, with reasons that the owner of a game understands. Pure."""

from pipeline.records import Comparison, Decision, RunState


def decide(base: Comparison, players: Comparison | None, *, margin: float) -> Decision:
    """Promotes a challenger that is better on players' drawings and not worse on clean ones.

    Args:
        base: both on the test split of the base rows.
        players: both on held-out players' drawings; None when there are none yet.
        margin: accuracy that the challenger may lose on the base, as a share (0.005 is half a point).

    Returns:
        outcome `promoted`, `rejected` (harmful, says where) or `held` (no evidence that it is better).
    """
    lost = round(base.champion.accuracy - base.challenger.accuracy, 9)  # 0.9 - 0.895 is a little more than 0.005
    clean = f"clean drawings: {_percent(base)} of {base.challenger.rows}"
    if lost > margin:
        return _decision(RunState.REJECTED, [f"{clean}: worse by more than {margin:.1%}"], base, players)
    if players is None:
        return _decision(
            RunState.HELD, [clean, "no player's drawing is in the holdout yet: more players must correct"], base, None
        )
    played = f"players' drawings: {_percent(players)} of {players.challenger.rows}"
    gained = players.challenger.accuracy - players.champion.accuracy
    if gained < 0:
        return _decision(RunState.REJECTED, [clean, f"{played}: worse"], base, players)
    if gained == 0:
        return _decision(RunState.HELD, [clean, f"{played}: no difference to be seen"], base, players)
    return _decision(RunState.PROMOTED, [f"{clean}: not worse by more than {margin:.1%}", f"{played}: better"], base, players)


def _decision(outcome: RunState, reasons: list[str], base: Comparison, players: Comparison | None) -> Decision:
    return Decision(outcome=outcome, reasons=reasons, base=base, players=players)


def _percent(compared: Comparison) -> str:
    return f"{compared.champion.accuracy:.1%} before, {compared.challenger.accuracy:.1%} after"
