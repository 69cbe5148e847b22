"""Screen a harvest: follow the owner's decisions and quarantine what may be wrong."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pipeline.corrections.collect import Harvest
from pipeline.corrections.decisions import OWNER_REFUSED
from pipeline.corrections.players import PlayerRecord, build_player_records
from pipeline.dataset import revisions
from pipeline.dataset.origins import count_merged
from pipeline.records.base import Record
from pipeline.records.corrections import OwnerAction, OwnerDecision, Verdict
from pipeline.runs.context import RunContext
from pipeline.screening.bursts import find_bursts
from pipeline.screening.label_check import LabelChecks, check_labels
from pipeline.screening.quarantine import quarantine_corrections
from pipeline.screening.referee_training import load_or_train_referee
from pipeline.storage_paths import SCREENING


class ScreeningResult(Record):
    """What one run decided about its usable corrections, as stored in Storage.

    Both mappings are by correction id.
    """

    not_merged: dict[str, Verdict] = Field(alias="held")
    """Verdicts on those not to merge: quarantined, or refused by the owner. Stored as `held`."""
    labels: dict[str, int]
    """The owner's labels for those that were relabelled, as indices of classes."""


class ScreenedHarvest(NamedTuple):
    """A harvest after screening.

    harvest: all usable corrections, with the owner's labels where there are any.
    not_merged: verdicts on those not to merge, by correction id.
    """

    harvest: Harvest
    not_merged: Mapping[str, Verdict]


def find_owner_labels(
    harvest: Harvest, decisions: Mapping[str, OwnerDecision], categories: Sequence[str]
) -> dict[str, int]:
    """Return the owner's labels for corrections of a harvest, by correction id.

    Args:
        harvest: the corrections.
        decisions: the owner's decisions, by correction id.
        categories: the names of the classes, by label.
    """
    return {
        correction_id: categories.index(decision.label)
        for correction_id in harvest.ids.tolist()
        if (decision := decisions.get(correction_id)) is not None and decision.label in categories
    }


def apply_labels(harvest: Harvest, labels: Mapping[str, int]) -> Harvest:
    """Return the harvest with these labels, by correction id, instead of the players'."""
    replaced = [
        labels.get(correction_id, label)
        for correction_id, label in zip(harvest.ids.tolist(), harvest.labels.tolist(), strict=True)
    ]
    return harvest._replace(labels=np.array(replaced, np.uint8))


def screen(
    harvest: Harvest,
    decisions: Mapping[str, OwnerDecision],
    checks: LabelChecks,
    originals: NDArray[np.int64],
    records: Mapping[str, PlayerRecord],
    *,
    categories: Sequence[str],
    most_of_a_class: int,
) -> ScreeningResult:
    """Return which corrections are not merged, and the owner's labels.

    The owner's decision comes before every rule: what was accepted or relabelled is not
    quarantined, and what was refused is refused.

    Args:
        harvest: n usable corrections, with the owner's labels (see `apply_labels`).
        decisions: the owner's decisions, by correction id.
        checks: the label check of the harvest.
        originals: int64 `(n,)`, what `find_bursts` returns.
        records: the players' records of earlier runs, by hashed player.
        categories: the names of the classes, by label.
        most_of_a_class: see `quarantine_corrections`.
    """
    not_merged = quarantine_corrections(
        harvest,
        checks,
        originals,
        records,
        categories=categories,
        most_of_a_class=most_of_a_class,
    )
    for correction_id in harvest.ids.tolist():
        if correction_id in decisions:
            not_merged.pop(correction_id, None)
            if decisions[correction_id].action is OwnerAction.REFUSE:
                not_merged[correction_id] = OWNER_REFUSED
    return ScreeningResult(
        not_merged=not_merged, labels=find_owner_labels(harvest, decisions, categories)
    )


def screen_harvest(harvest: Harvest, context: RunContext) -> ScreenedHarvest:
    """Quarantine corrections that may be wrong, and follow the owner's decisions.

    A run screens its harvest once and stores the result. If the run is repeated, it uses that
    result, although the owner may have decided on more corrections since.

    Args:
        harvest: what the run collected.
        context: the run.
    """
    ports, settings, log = context.ports, context.settings, context.log

    def compute() -> bytes:
        path, categories = settings.dataset_file, settings.categories
        revisions.bring_up_to_date(ports.artefacts, path, log.progress, categories=categories)
        decisions = ports.corrections.decisions(harvest.ids.tolist(), strict=True)
        referee = load_or_train_referee(
            ports.artefacts,
            path,
            seed=settings.seed,
            precision=settings.precision,
            on_progress=log.progress,
        )
        labelled = apply_labels(harvest, find_owner_labels(harvest, decisions, categories))
        images, labels = labelled.images, labelled.labels
        players = labelled.players.tolist()
        records = build_player_records(
            players, labelled.contradicted.tolist(), count_merged(path, players)
        )
        result = screen(
            labelled,
            decisions,
            check_labels(
                images,
                labels,
                labelled.guesses,
                labelled.players,
                referee,
                on_progress=log.progress,
            ),
            find_bursts(images, labels, log.progress),
            records,
            categories=categories,
            most_of_a_class=settings.player_class_cap,
        )
        return result.model_dump_json(by_alias=True).encode()

    result = ScreeningResult.model_validate_json(context.once(SCREENING, compute))
    return ScreenedHarvest(apply_labels(harvest, result.labels), result.not_merged)
