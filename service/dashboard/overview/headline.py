"""Say in a sentence how things are."""

from collections.abc import Sequence
from typing import NamedTuple

from pipeline.formatting import format_percent, format_points
from pipeline.pages.words import join_names
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
    first = next((each for each in past if each.players is not None), None)
    if first is not None and now.players is not None and first.version != now.version:
        gain = now.players - (first.players or 0.0)
        if gain > 0:
            finding = f"{now.version} is released, and it is better than {first.version}"
        else:
            finding = f"{now.version} is released, and it is no better than {first.version}"
        shares = f"{format_percent(first.players or 0.0)} to {format_percent(now.players)}"
        basis = f"Of players' drawings {shares} are recognised"
        if now.clean is not None and first.clean is not None:
            basis += f"; {_compare_clean(first.clean, now.clean)}"
        return Headline(finding, f"{basis}.")
    if len(past) == 1:
        return Headline(
            f"{now.version} is released, and waits for what players send",
            f"{_describe_now(now)}Each run learns from players' corrections, and releases what is"
            " better.",
        )
    return Headline(f"{now.version} is released", _describe_now(now).strip())


def _compare_clean(before: float, after: float) -> str:
    change = after - before
    if format_points(change, unit=False) == "0":
        return f"of clean drawings {format_percent(after)}, as before"
    lost = "more" if change > 0 else "fewer"
    return f"of clean drawings {format_percent(after)}, {format_points(abs(change))} {lost}"


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
