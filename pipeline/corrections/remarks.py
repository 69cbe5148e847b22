"""Say in plain sentences what is odd about the corrections of a run, and what to do about it."""

from collections import Counter
from collections.abc import Mapping

from pipeline.corrections.collect import Harvest
from pipeline.corrections.players import find_dominant_player
from pipeline.corrections.statuses import describe_foreign
from pipeline.formatting import format_percent
from pipeline.reasons import QuarantineReason
from pipeline.records.corrections import CorrectionState, StatusCounts, Verdict

MOST = 0.5
"""A reason is worth a sentence if at least this share of a harvest was refused for it."""


def describe_harvest(
    harvest: Harvest, not_merged: Mapping[str, Verdict], counts: StatusCounts
) -> list[str]:
    """Return sentences for the owner; none if there is nothing odd.

    Args:
        harvest: what the run collected.
        not_merged: the verdicts of screening, by correction id.
        counts: the documents of the game, by status.
    """
    sentences = [
        _describe_dominant_player(harvest, not_merged),
        _describe_refusals(harvest),
        _describe_waiting(harvest),
        describe_foreign(counts),
    ]
    return [sentence for sentence in sentences if sentence is not None]


def _describe_dominant_player(harvest: Harvest, not_merged: Mapping[str, Verdict]) -> str | None:
    dominant = find_dominant_player(harvest.players)
    if dominant is None:
        return None
    floods = sum(
        not_merged[name].reason == QuarantineReason.FLOOD
        for name in harvest.ids[harvest.players == dominant.player].tolist()
        if name in not_merged
    )
    flooded = (
        f"; {floods} of them are quarantined, as one player may add only so many of a class"
        if floods
        else ""
    )
    return (
        f"{format_percent(dominant.share, 0)} of the corrections carry one userId: if these are"
        " many players, sign them in, anonymously is enough, so that each has an id; until then"
        " they are learned from, but for the gate they are one player, and one player alone shows"
        f" nothing{flooded}"
    )


def _describe_refusals(harvest: Harvest) -> str | None:
    total = len(harvest.ids) + len(harvest.unusable)
    refused = [
        verdict for verdict in harvest.unusable.values() if verdict.state is CorrectionState.REFUSED
    ]
    if not refused:
        return None
    reason, number = Counter(verdict.reason for verdict in refused).most_common(1)[0]
    if number < MOST * total:
        return None
    example = next(verdict.explanation for verdict in refused if verdict.reason == reason)
    return f"{number:,} of {total:,} corrections are refused as {reason}, one because {example}"


def _describe_waiting(harvest: Harvest) -> str | None:
    waiting = sum(verdict.state is CorrectionState.PENDING for verdict in harvest.unusable.values())
    if not waiting:
        return None
    correction = "1 correction stays" if waiting == 1 else f"{waiting:,} corrections stay"
    return (
        f"{correction} pending, as the canvas is not in Storage yet; if it never comes, look at the"
        " game's uploads"
    )
