"""Take a player's rows out of the data set: in Storage, and here."""

from pipeline.dataset import revisions
from pipeline.dataset.editions import complete_edition, write_edition
from pipeline.dataset.log import list_log
from pipeline.forgetting.removing import Hide, note_objects
from pipeline.records.dataset import DatasetRevision
from pipeline.records.forgetting import ForgetPlan, RemovedKind
from pipeline.runs.context import RunContext


def bring_here(context: RunContext) -> DatasetRevision | None:
    """Bring the local file up to date; what Storage has lost of the log is stored again.

    Returns:
        What the file holds; None where no data set was made yet.
    """
    if list_log(context.ports.artefacts, context.settings.dataset_name).is_empty:
        return None
    revision = revisions.bring_up_to_date(
        context.ports.artefacts,
        context.settings.dataset_file,
        context.log.progress,
        categories=context.settings.categories,
    )
    context.log.note(revision=revision.revision)
    return revision


def drop_rows(plan: ForgetPlan, hide: Hide, context: RunContext) -> DatasetRevision | None:
    """Write an edition of the log without the rows, and build the local file anew from it.

    The objects of the edition before are noted first: as soon as the new one counts, the next
    process that brings a file up to date deletes them.

    Raises:
        LeaseLost: another worker has taken the run over; the new edition does not count yet.
    """
    artefacts, name = context.ports.artefacts, context.settings.dataset_name
    log = list_log(artefacts, name)
    if plan.edition is not None and log.edition < plan.edition:
        write_edition(artefacts, log, plan.edition, plan.ids, context.log.progress)
        before = [stored.path for stored in (*log.stale, *log.revisions.values(), *log.mark)]
        note_objects(before, RemovedKind.REVISION, hide, context)  # proves the lease too
        complete_edition(artefacts, log, plan.edition)
    return bring_here(context)
