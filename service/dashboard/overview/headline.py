"""Say in a sentence how things are."""

from collections.abc import Sequence
from typing import NamedTuple

from pipeline.formatting import format_percent
from pipeline.gate.summary import PLAYERS, describe_players
from pipeline.pages.words import join_names
from pipeline.records.runs import CheckStanding, Decision
from pipeline.records.trials import TrialKind, TrialOffer
from service.versions.past_releases import PastRelease


class Headline(NamedTuple):
    """The first words of the page: the finding, and what it is based on."""

    finding: str
    basis: str


def write_headline(past: Sequence[PastRelease]) -> Headline:
    """Return what the releases so far mean.

    Args:
        past: at least one release, the oldest first.
    """
    now = past[-1]
    if now.back:
        return Headline(f"{now.version} is released again", _end(now.why) + _describe_now(now))
    if now.gate is not None and now.parent is not None:
        return _compare(now.version, now.parent, now.gate)
    if len(past) == 1:
        return Headline(
            f"{now.version} is released, and waits for what players send",
            f"{_describe_now(now)}Each run learns from players' corrections, and releases what is"
            " better.",
        )
    return Headline(f"{now.version} is released", _describe_now(now).strip())


def _compare(version: str, parent: str, gate: Decision) -> Headline:
    """Return what the gate found. It compared both versions on the same drawings."""
    check = next((check for check in gate.checks if check.name == PLAYERS), None)
    released = f"{version} is released"
    if check is not None and check.standing is CheckStanding.PASSED:
        finding = f"{released}, and it is better than {parent}"
    elif check is not None and (check.difference or 0.0) > 0:
        finding = f"{released}, and it seems better than {parent}"
    else:
        finding = f"{released}, and it is not shown to be better than {parent}"
    before, after = gate.base.champion.accuracy, gate.base.challenger.accuracy
    clean = f"Clean drawings: {format_percent(before)} to {format_percent(after)} right."
    return Headline(finding, f"{describe_players(gate)} {clean}")


def _describe_now(now: PastRelease) -> str:
    known = [
        f"{format_percent(share)} of {name}"
        for share, name in ((now.players, "players' drawings"), (now.clean, "clean drawings"))
        if share is not None
    ]
    return f"It recognises {join_names(known)}. " if known else ""


def _end(why: str) -> str:
    text = why[:1].upper() + why[1:]
    return f"{text} " if text.endswith(".") else f"{text}. "


def describe_trial(trial: TrialOffer, released: str) -> str:
    """Return what is tried, and on whom."""
    if trial.kind is TrialKind.WATCH:
        return f"{released} is watched: if it is worse than {trial.version}, that one comes back"
    seen = "guesses for" if trial.kind is TrialKind.CANARY else "guesses unseen beside it for"
    return f"{trial.version} {seen} {format_percent(trial.share, 0)} of the players"
