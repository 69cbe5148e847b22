"""Describe how a version came about: of a retrained head, of a new baseline, and of the first."""

import json
from pathlib import Path
from typing import Any

from pipeline.dataset import hdf5
from pipeline.fit.challenger import FittedHead, count_choosing_rows
from pipeline.fit.champion import Challenger, Champion
from pipeline.lineage.origin import record_origin
from pipeline.records.dataset import Split
from pipeline.records.lineage import DatasetOrigin, FitOrigin, Lineage, Origin, RunOrigin
from pipeline.records.runs import RunKind
from pipeline.runs.context import RunContext
from pipeline.settings import Settings
from pipeline.storage_paths import TRAINING, name_dataset


def describe_challenger(champion: Champion, challenger: Challenger, context: RunContext) -> Lineage:
    """Return the lineage of a run's challenger, which no number is given to yet."""
    run, artefacts, path = context.log.run, context.ports.artefacts, context.open_dataset()
    since, fitted = champion.version.dataset_revision, challenger.fit
    return make_lineage(
        RunOrigin(id=run.id, kind=run.kind, recipe=run.recipe, trigger=run.trigger),
        describe_dataset(path),
        record_origin(run.id, artefacts, context.settings),
        parent=champion.version.version,
        baseline=None if fitted is None else champion.baseline,
        fit=None if fitted is None else describe_fit(fitted, path, context.settings, since),
        training=None if fitted is not None else json.loads(artefacts.read(context.path(TRAINING))),
        sample=run.sample,
    )


def describe_first(run_id: str, path: Path, training: dict[str, Any], origin: Origin) -> Lineage:
    """Return the lineage of a baseline that was trained on base rows alone.

    Args:
        run_id: what stands for its run.
        path: the data set.
        training: its recipe and the curves of its training.
        origin: what differs between machines.
    """
    run = RunOrigin(id=run_id, kind=RunKind.BASELINE)
    return make_lineage(run, describe_dataset(path), origin, training=training)


def make_lineage(run: RunOrigin, dataset: DatasetOrigin, origin: Origin, **facts: Any) -> Lineage:
    """Return the lineage with these parts; `facts` are further fields of it."""
    return Lineage(
        run=run,
        dataset=dataset,
        canvas_rule=origin.canvas_rule,
        code=origin.code,
        machine=origin.machine,
        settings=origin.settings,
        **facts,
    )


def describe_dataset(path: Path) -> DatasetOrigin:
    """Return what is recorded of the data set that the file holds."""
    held, base = hdf5.describe(path), hdf5.read_base_counts(path)
    return DatasetOrigin(
        name=name_dataset(len(held.categories)),
        revision=held.revision,
        digest=held.digest,
        base_digest=hdf5.read_base_digest(path),
        seed=held.seed,
        categories=held.categories,
        base_rows=base,
        answers={split: rows - base[split] for split, rows in held.rows.items()},
    )


def describe_fit(fitted: FittedHead, path: Path, settings: Settings, since: int) -> FitOrigin:
    """Return how a head was fitted.

    Args:
        fitted: the head.
        path: the data set.
        settings: those of the fit.
        since: the revision that the parent learned from.
    """
    dataset, rules, chosen = describe_dataset(path), settings.fit, fitted.hyperparameters
    plain = rules.method == "keras"  # it is fitted to all rows of train, and chooses nothing

    def count(split: Split) -> int:
        return min(dataset.answers[split], rules.most_answers)

    base = dataset.base_rows[Split.TRAIN]
    return FitOrigin(
        method=rules.method,
        since=since,
        weight=None if chosen is None else chosen.weight,
        strength=None if chosen is None else chosen.strength,
        tried=len(fitted.trials),
        base_rows=base if plain else min(base, rules.base_rows),
        answers=dataset.answers[Split.TRAIN] if plain else count(Split.TRAIN),
        choosing_rows=0 if plain else count_choosing_rows(path),
        choosing_answers=0 if plain else count(Split.VAL),
    )
