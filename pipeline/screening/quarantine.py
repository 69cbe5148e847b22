"""Which usable corrections a person has to decide about, each with its reason. Pure: evidence in, verdicts out."""

from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pipeline.categories import CATEGORIES
from pipeline.corrections.collect import Harvest
from pipeline.corrections.players import PlayerRecord
from pipeline.formatting import format_category, format_percent
from pipeline.records.corrections import CorrectionState, Verdict
from pipeline.screening.evidence import LabelChecks

# A player is distrusted as a whole when of at least so many corrections at least this share is contradicted. Where the evidence
# is wrong about one honest correction in fifty, three of six are bad luck for one player in six thousand.
FEWEST_JUDGED = 6
DISTRUSTED_SHARE = 0.5


def quarantine(
    harvest: Harvest,
    evidence: LabelChecks,
    copied: NDArray[np.int64],
    records: Mapping[str, PlayerRecord],
    *,
    most_of_a_class: int,
) -> dict[str, Verdict]:
    """The verdicts on the corrections that are held, by correction id; what is not in it may be merged.

    Args:
        harvest: usable corrections.
        evidence: on each of them.
        copied: `(n,)`, the drawing that each is a near copy of, as `bursts` says; the first of a burst is not held for it.
        records: of earlier runs, by hashed player.
        most_of_a_class: how many corrections, and as many confirmations, of one class a player may add in one run.
    """
    distrusted = _distrusted(harvest, evidence, records)
    taken: Counter[tuple[str, int, bool]] = Counter()
    held = {}
    columns = (harvest.ids, harvest.players, harvest.labels, harvest.labels == harvest.guesses)
    for at, (name, player, label, confirms) in enumerate(
        zip(*(column.tolist() for column in columns), strict=True)
    ):
        verdict = _of_the_drawing(harvest, evidence, int(copied[at]), at) or distrusted.get(player)
        if verdict is None:
            taken[player, label, confirms] += 1
            if taken[player, label, confirms] <= most_of_a_class:
                continue
            what = format_category(CATEGORIES[label])
            verdict = _held(
                "flood", f"more than {most_of_a_class} times {what} by the same player in one run"
            )
        held[name] = verdict
    return held


def _of_the_drawing(harvest: Harvest, evidence: LabelChecks, first: int, at: int) -> Verdict | None:
    if first not in {at, -1}:
        return _held(
            "burst",
            f"one of several drawings that are all but the same as correction {harvest.ids[first]}",
        )
    if evidence.no_class[at]:
        return _held("no_class", "the drawing resembles none of the classes")
    if evidence.contradicted[at]:
        said, seen = (
            format_category(CATEGORIES[label])
            for label in (harvest.labels[at], evidence.instead[at])
        )
        return _held(
            "contradicted_label",
            f"labelled {said}, but it looks like {seen} ({format_percent(evidence.sure[at], 0)} sure)",
        )
    return None


def _distrusted(
    harvest: Harvest, evidence: LabelChecks, records: Mapping[str, PlayerRecord]
) -> dict[str, Verdict]:
    """Verdicts by player."""
    judged = Counter(harvest.players.tolist())
    contradicted = Counter(harvest.players[evidence.contradicted].tolist())
    found = {}
    for player in judged:
        record = records.get(player, PlayerRecord())
        every, against = judged[player] + record.judged, contradicted[player] + record.contradicted
        if every >= FEWEST_JUDGED and against >= DISTRUSTED_SHARE * every:
            found[player] = _held(
                "player_record", f"{against} of {every} corrections of this player are contradicted"
            )
    return found


def _held(reason: str, explanation: str) -> Verdict:
    return Verdict(state=CorrectionState.QUARANTINED, reason=reason, explanation=explanation)
