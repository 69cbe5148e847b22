"""A harvest vetted: the owner's decisions followed, and what a person has to decide about held. Asks nobody, stores nothing."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.categories import LABELS
from pipeline.corrections.collect import Harvest
from pipeline.corrections.decisions import OWNER_REFUSED
from pipeline.corrections.players import PlayerRecord
from pipeline.records.base import Record
from pipeline.records.corrections import OwnerAction, OwnerDecision, Verdict
from pipeline.screening.evidence import LabelChecks
from pipeline.screening.quarantine import quarantine


class ScreeningResult(Record):
    """What one run decided about its harvest, as stored in Storage; both by correction id.

    held: those not to be merged. labels: those that the owner gave, as index into the categories.
    """

    held: dict[str, Verdict]
    labels: dict[str, int]


class ScreenedHarvest(NamedTuple):
    """A harvest under the labels that count, and the verdicts on those of its corrections that are not to be merged, by id."""

    harvest: Harvest
    held: Mapping[str, Verdict]


def find_owner_labels(harvest: Harvest, decisions: Mapping[str, OwnerDecision]) -> dict[str, int]:
    """The labels that the owner gave, by correction id."""
    decided = {name: decisions[name] for name in harvest.ids.tolist() if name in decisions}
    return {
        name: LABELS[choice.label] for name, choice in decided.items() if choice.label in LABELS
    }


def apply_labels(harvest: Harvest, labels: Mapping[str, int]) -> Harvest:
    """The same with these labels in the place of the players'."""
    given = [
        labels.get(name, label)
        for name, label in zip(harvest.ids.tolist(), harvest.labels.tolist(), strict=True)
    ]
    return harvest._replace(labels=np.array(given, np.uint8))


def screen(
    harvest: Harvest,
    decisions: Mapping[str, OwnerDecision],
    evidence: LabelChecks,
    copied: NDArray[np.int64],
    records: Mapping[str, PlayerRecord],
    *,
    most_of_a_class: int,
) -> ScreeningResult:
    """What is held, and the owner's labels. What the owner has decided about is not held; what he refused is refused.

    Args:
        harvest: under the owner's labels (`apply_labels`).
        decisions: the owner's, by correction id.
        evidence: on the harvest.
        copied: of a burst, as `bursts` says.
        records: of earlier runs, by hashed player.
        most_of_a_class: see `quarantine`.
    """
    held = quarantine(harvest, evidence, copied, records, most_of_a_class=most_of_a_class)
    for name in harvest.ids.tolist():
        if name in decisions:
            held.pop(name, None)
            if decisions[name].action is OwnerAction.REFUSE:
                held[name] = OWNER_REFUSED
    return ScreeningResult(held=held, labels=find_owner_labels(harvest, decisions))
