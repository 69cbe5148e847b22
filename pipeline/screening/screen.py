"""Screen a harvest: follow the owner's decisions and quarantine what may be wrong."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.categories import LABELS
from pipeline.corrections.collect import Harvest
from pipeline.corrections.decisions import OWNER_REFUSED
from pipeline.corrections.players import PlayerRecord, player_records
from pipeline.dataset import hdf5, revisions
from pipeline.records.base import Record
from pipeline.records.corrections import OwnerAction, OwnerDecision, Verdict
from pipeline.runs.context import RunContext
from pipeline.screening.bursts import find_bursts
from pipeline.screening.evidence import LabelChecks, check_labels
from pipeline.screening.quarantine import quarantine
from pipeline.screening.referee_training import load_or_train_referee
from pipeline.storage_paths import SCREENING


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


def screen_harvest(harvest: Harvest, context: RunContext) -> ScreenedHarvest:
    """Quarantine corrections that may be wrong, and follow the owner's decisions."""
    ports, settings, log = context.ports, context.settings, context.log

    def compute() -> bytes:
        path = settings.dataset_file
        revisions.bring_up_to_date(ports.artefacts, path, log.progress)
        decisions = ports.corrections.decisions()
        known = hdf5.read_provenance(path)
        referee = load_or_train_referee(
            ports.artefacts, path, seed=settings.seed, on_progress=log.progress
        )
        labelled = apply_labels(harvest, find_owner_labels(harvest, decisions))
        images, labels = labelled.images, labelled.labels
        player_key = settings.player_key.get_secret_value().encode()
        result = screen(
            labelled,
            decisions,
            check_labels(images, labels, labelled.players, referee, log.progress),
            find_bursts(images, labels, log.progress),
            player_records(ports.corrections, known.players.tolist(), player_key),
            most_of_a_class=settings.player_class_cap,
        )
        return result.model_dump_json(by_alias=True).encode()

    result = ScreeningResult.model_validate_json(context.once(SCREENING, compute))
    return ScreenedHarvest(apply_labels(harvest, result.labels), result.held)
