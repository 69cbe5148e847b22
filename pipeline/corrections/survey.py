"""Look at the game's documents without changing any: what a run would see of them.

`redraw doctor` shows it, before an owner wonders why a run has learned nothing.
"""

from collections import Counter
from datetime import datetime
from itertools import islice
from typing import NamedTuple

import numpy as np

from pipeline.corrections.canvas_paths import CanvasPlace
from pipeline.corrections.players import find_dominant_player
from pipeline.corrections.statuses import describe_foreign, describe_known
from pipeline.corrections.validation import CorrectionRefused, read_correction
from pipeline.formatting import format_percent
from pipeline.ports import CorrectionSource
from pipeline.records.corrections import CorrectionDocument
from pipeline.settings import Settings

SAMPLE = 50
"""Pending documents that are read, each whole."""


class Finding(NamedTuple):
    """A sentence about the documents, and whether something has to be done about it."""

    sentence: str
    is_problem: bool = False


def survey_corrections(corrections: CorrectionSource, settings: Settings) -> list[Finding]:
    """Return what there is to say about the game's documents; first how many there are."""
    counts = corrections.count_statuses()
    collection = settings.game.collection
    findings = [Finding(f"{describe_known(counts)} in the collection {collection}")]
    if not counts.total:
        hint = "if the game writes to another, set REDRAW_GAME_COLLECTION"
        return [Finding(f"{findings[0].sentence}: {hint}")]
    if foreign := describe_foreign(counts):
        findings.append(Finding(foreign, is_problem=True))
    sample = list(islice(corrections.pending(), SAMPLE))
    if sample:
        findings += [*_survey_reading(sample, settings), *_survey_players(sample)]
        findings += _survey_times(sample)
    return findings


def _survey_reading(sample: list[CorrectionDocument], settings: Settings) -> list[Finding]:
    """Return how many documents of a sample would be refused unseen, and for what."""
    place = CanvasPlace.of(settings)
    refused: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for document in sample:
        try:
            read_correction(document.fields, place, settings.categories)
        except CorrectionRefused as error:
            refused[error.verdict.reason] += 1
            examples.setdefault(error.verdict.reason, str(error))
    if not refused:
        return []
    named = "; ".join(
        f"{number} as {reason}, one because {examples[reason]}"
        for reason, number in refused.most_common()
    )
    number = refused.total()
    return [
        Finding(
            f"{number} of the first {len(sample)} pending corrections would be refused: {named}",
            is_problem=number * 2 >= len(sample),
        )
    ]


def _survey_players(sample: list[CorrectionDocument]) -> list[Finding]:
    ids = [document.fields.get("userId") for document in sample]
    dominant = find_dominant_player(
        np.array([name for name in ids if isinstance(name, str)], np.str_)
    )
    if dominant is None:
        return []
    return [
        Finding(
            f"{format_percent(dominant.share, 0)} of the first {len(sample)} pending corrections"
            " carry one userId: if these are many players, sign them in, anonymously is enough",
            is_problem=True,
        )
    ]


def _survey_times(sample: list[CorrectionDocument]) -> list[Finding]:
    others = sum(not isinstance(document.fields.get("timestamp"), datetime) for document in sample)
    if others * 2 < len(sample):
        return []
    return [
        Finding(
            f"in {others} of the first {len(sample)} pending corrections timestamp is no time of"
            " Firestore: they are read, but neither age nor drift starts a run by them"
        )
    ]
