"""Choose which usable corrections are quarantined, and why.

The rules work on the results of screening; they read and write nothing outside.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.corrections.collect import Harvest
from pipeline.corrections.players import PlayerRecord, Standing, find_standing
from pipeline.formatting import format_category, format_percent
from pipeline.reasons import QuarantineReason
from pipeline.records.corrections import CorrectionState, Verdict
from pipeline.screening.label_check import LabelChecks


def quarantine_corrections(
    harvest: Harvest,
    checks: LabelChecks,
    originals: NDArray[np.int64],
    records: Mapping[str, PlayerRecord],
    *,
    categories: Sequence[str],
    most_of_a_class: int,
) -> dict[str, Verdict]:
    """Return the verdicts on the corrections to quarantine, by id; the others may be merged.

    Args:
        harvest: n usable corrections.
        checks: the label check of each.
        originals: int64 `(n,)`, what `find_bursts` returns. The first drawing of a burst is not
            quarantined for the burst.
        records: the players' records of earlier runs, by hashed player.
        categories: the names of the classes, by label.
        most_of_a_class: how many corrections of one class a player may add in one run, and also how
            many confirmations.
    """
    # The rules are tried in this order, and the first that applies gives the reason: the drawing
    # itself (burst, no class, contradicted label), the player's record, the number of drawings. A
    # correction that is quarantined by an earlier rule does not count towards that number.
    distrusted = _find_distrusted_players(harvest, checks, records)
    added: Counter[tuple[str, int, bool]] = Counter()
    verdicts = {}
    columns = (harvest.ids, harvest.players, harvest.labels, harvest.labels == harvest.guesses)
    for index, (correction_id, player, label, confirms) in enumerate(
        zip(*(column.tolist() for column in columns), strict=True)
    ):
        verdict = _screen_drawing(harvest, checks, int(originals[index]), index, categories)
        verdict = verdict or distrusted.get(player)
        if verdict is None:
            added[player, label, confirms] += 1
            if added[player, label, confirms] <= most_of_a_class:
                continue
            category = format_category(categories[label])
            verdict = _quarantine(
                QuarantineReason.FLOOD,
                f"more than {most_of_a_class} times {category} by the same player in one run",
            )
        verdicts[correction_id] = verdict
    return verdicts


def _screen_drawing(
    harvest: Harvest, checks: LabelChecks, original: int, index: int, categories: Sequence[str]
) -> Verdict | None:
    """Return the verdict on a correction because of its drawing; None if there is no reason."""
    if original not in {index, -1}:
        first_id = harvest.ids[original]
        return _quarantine(
            QuarantineReason.BURST,
            f"one of several drawings that are all but the same as correction {first_id}",
        )
    if checks.no_class[index]:
        return _quarantine(QuarantineReason.NO_CLASS, "the drawing resembles none of the classes")
    if checks.contradicted[index]:
        label = format_category(categories[harvest.labels[index]])
        likeliest = format_category(categories[checks.likeliest[index]])
        sure = format_percent(checks.probabilities[index], 0)
        return _quarantine(
            QuarantineReason.CONTRADICTED_LABEL,
            f"labelled {label}, but it looks like {likeliest} ({sure} sure)",
        )
    return None


def _find_distrusted_players(
    harvest: Harvest, checks: LabelChecks, records: Mapping[str, PlayerRecord]
) -> dict[str, Verdict]:
    """Return the verdict on all corrections of each distrusted player, by hashed player.

    Confirmations do not count: they cost nothing, and a liar could hide among them.
    """
    corrects = harvest.labels != harvest.guesses
    sent = Counter(harvest.players[corrects].tolist())
    sent_contradicted = Counter(harvest.players[corrects & checks.contradicted].tolist())
    verdicts = {}
    for player in set(harvest.players.tolist()):
        before = records.get(player, PlayerRecord())
        record = PlayerRecord(
            sent[player] + before.corrections, sent_contradicted[player] + before.contradicted
        )
        if find_standing(record) is Standing.PLAYER_RECORD:
            verdicts[player] = _quarantine(
                QuarantineReason.PLAYER_RECORD,
                f"{record.contradicted} of {record.corrections} corrections of this player are"
                " contradicted",
            )
    return verdicts


def _quarantine(reason: QuarantineReason, explanation: str) -> Verdict:
    """Return the verdict `quarantined`."""
    return Verdict(state=CorrectionState.QUARANTINED, reason=str(reason), explanation=explanation)
