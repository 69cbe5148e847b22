"""Write the receipt of a run that forgot a player, once nothing of the player is left."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

from pipeline.errors import ObjectExists, ObjectMissing
from pipeline.forgetting.removing import read_removed
from pipeline.records.forgetting import (
    Counts,
    ForgetPlan,
    Forgotten,
    Proof,
    Receipt,
    Refit,
    Removed,
    RemovedKind,
)
from pipeline.runs.context import RunContext
from pipeline.storage_paths import FORGET_PLAN, RECEIPT, forget_folder


class ModelsNow(NamedTuple):
    """What has become of the models.

    released: the version that is released now. refit: the model that was fitted again; None if
    there was no need. withdrawn, kept: versions that had learned from the player.
    """

    released: str | None
    refit: Refit | None
    withdrawn: list[str]
    kept: list[str]


def read_receipt(context: RunContext) -> Receipt | None:
    """Return the receipt that an earlier attempt of this run has written; None if none has."""
    try:
        stored = context.ports.artefacts.read(context.path(RECEIPT))
    except ObjectMissing:
        return None
    return Receipt.model_validate_json(stored)


def write_receipt(
    plan: ForgetPlan, models: ModelsNow, proof: Proof, context: RunContext
) -> Receipt:
    """Store the receipt, once, and return it.

    Args:
        plan: of the run.
        models: what has become of the models.
        proof: the listing in which nothing was left.
        context: of the run.
    """
    removed = read_removed(plan, context)
    counts = count_removed(removed, plan)
    receipt = Receipt(
        run_id=context.run_id,
        requested_at=context.log.run.requested_at,
        finished_at=datetime.now(UTC),
        summary=summarize(counts, plan, models),
        counts=counts,
        rows=plan.rows,
        revisions=plan.revisions,
        edition=plan.before if plan.edition is None else plan.edition,
        released=models.released,
        refit=models.refit,
        withdrawn=models.withdrawn,
        kept=models.kept,
        also_finished=plan.unfinished,
        removed=removed,
        proof=proof,
    )
    with suppress(ObjectExists):
        data = receipt.model_dump_json(by_alias=True, indent=2).encode()
        context.ports.artefacts.create(context.path(RECEIPT), data, "application/json")
    stored = read_receipt(context)
    return receipt if stored is None else stored


def note_forgotten(receipt: Receipt, context: RunContext) -> None:
    """Record in the run's document what was forgotten, and delete what the run has noted for it.

    Likewise the plans of earlier runs that this one has finished; the plans go last.
    """
    forgotten = Forgotten(
        counts=receipt.counts,
        refit=receipt.refit,
        withdrawn=receipt.withdrawn,
        kept=receipt.kept,
        receipt=context.path(RECEIPT),
    )
    context.log.note(forgotten=forgotten)
    for run_id in (*receipt.also_finished, context.run_id):
        paths = [each.path for each in context.ports.artefacts.list(forget_folder(run_id))]
        plan = FORGET_PLAN.fill(run_id=run_id)
        for path in sorted(paths, key=lambda path: path == plan):
            context.ports.artefacts.delete(path)


def count_removed(removed: Sequence[Removed], plan: ForgetPlan) -> Counts:
    """Return how much was deleted, by kind."""
    kinds = Counter(each.kind for each in removed)
    return Counts(
        documents=kinds[RemovedKind.DOCUMENT],
        decisions=kinds[RemovedKind.DECISION],
        canvases=kinds[RemovedKind.CANVAS],
        rows=sum(plan.rows.values()),
        revisions=len(plan.revisions),
        staging=kinds[RemovedKind.STAGING],
        versions=len(plan.learned),
    )


def summarize(counts: Counts, plan: ForgetPlan, models: ModelsNow) -> str:
    """Return in a line what was forgotten, and what is released now."""
    refit = models.refit
    if counts.is_nothing and not plan.learned:
        return "nothing of this player was found, in Firestore, Storage and the data set"
    parts = [
        (
            f"forgotten: {_count(counts.documents, 'correction')},"
            f" {_count(counts.canvases, 'canvas', 'canvases')},"
            f" {_count(counts.decisions, 'decision')},"
            f" {_count(counts.rows, 'row')} of the data set"
        )
    ]
    if refit is not None and refit.version is not None:
        parts.append(f"{refit.version} was fitted without them, from {refit.ancestor}")
    elif refit is not None:
        why = "nothing is left to learn" if refit.outcome == "unchanged" else refit.outcome
        parts.append(f"{refit.ancestor} is released again ({why})")
    elif models.released is not None and not plan.learned:
        parts.append(f"no version had learned from them, {models.released} stays released")
    if models.withdrawn:
        parts.append(f"withdrawn: {', '.join(models.withdrawn)}")
    if models.kept:
        parts.append(f"kept, though they learned from them: {', '.join(models.kept)}")
    return "; ".join(parts)


def _count(number: int, one: str, more: str = "") -> str:
    return f"{number:,} {one if number == 1 else more or one + 's'}"
