"""Collect all batches of a run, in this process or in several, and join them.

What is collected of a batch is stored in Storage once, beside the batch. So any worker may collect
any batch, and it does no harm if two of them do, or if one repeats it.
"""

from contextlib import suppress
from typing import Protocol

from pipeline.corrections import collect
from pipeline.corrections.batches import Batch, Plan, plan_batches, read_plan
from pipeline.errors import ObjectExists, ObjectMissing
from pipeline.ports import ArtefactStore, Ports
from pipeline.progress import OnProgress, silent
from pipeline.records.runs import Progress
from pipeline.settings import Settings
from pipeline.storage_paths import BATCH, HARVEST, collect_folder


class SendBatches(Protocol):
    """A callback that sends the batches with these numbers to other workers.

    With `joined`, the run is executed again when these batches are collected.
    """

    def __call__(self, numbers: list[int], *, joined: bool) -> None: ...


def gather(
    run_id: str,
    ports: Ports,
    settings: Settings,
    on_progress: OnProgress = silent,
    send: SendBatches | None = None,
) -> bool:
    """Plan the run's batches and collect those that are missing.

    Args:
        run_id: the run.
        ports: where the corrections and the batches are.
        settings: see `plan_batches` and `collect_batch`.
        on_progress: called after each correction.
        send: sends batches to other workers. It is used if more than one batch is missing;
            without it, all are collected here.

    Returns:
        Whether all batches are collected; False if they were sent.
    """
    # Reading the documents takes long, and other workers would be idle meanwhile. So every second
    # batch is sent as soon as it is stored. The other half is sent together when all documents are
    # read, and its completion executes the run again. It queues behind the early half, so then the
    # early half is normally collected too. If a worker died with an early batch, the next
    # execution finds that it is missing.
    sent_early: list[int] = []

    def send_early(number: int) -> None:
        if send is not None and number % 2 == 0:
            send([number], joined=False)
            sent_early.append(number)

    plan = plan_batches(
        run_id, ports.corrections, ports.artefacts, settings, on_progress, on_batch_ready=send_early
    )
    missing = find_missing_batches(run_id, plan, ports.artefacts)
    if send is not None and len(missing) > 1:
        # If only early batches are missing, they are sent again: something must be sent with
        # `joined`, or the run would not be executed again.
        send([number for number in missing if number not in sent_early] or missing, joined=True)
        return False
    total = sum(plan.sizes)
    done = total - sum(plan.sizes[number] for number in missing)
    for number in missing:
        report_progress = _count_from(done, total, on_progress)
        gather_batch(run_id, number, ports.artefacts, settings, report_progress)
        done += plan.sizes[number]
    return True


def _count_from(start: int, run_total: int, on_progress: OnProgress) -> OnProgress:
    """Return a callback that turns the progress of a batch into the progress of the run.

    Args:
        start: corrections of the run that were done before the batch.
        run_total: corrections of the run.
        on_progress: receives the progress of the run.
    """

    def report_progress(message: str, done: int = 0, total: int = 0) -> None:
        del total
        on_progress(message, start + done, run_total)

    return report_progress


def find_missing_batches(run_id: str, plan: Plan, artefacts: ArtefactStore) -> list[int]:
    """Return the numbers of the batches that are not collected yet."""
    stored_paths = {stored.path for stored in artefacts.list(collect_folder(run_id))}
    return [
        number
        for number in range(len(plan.sizes))
        if HARVEST.fill(run_id=run_id, number=number) not in stored_paths
    ]


def measure_progress(run_id: str, artefacts: ArtefactStore) -> Progress | None:
    """Return how many of the run's corrections are collected; None while documents are read."""
    try:
        plan = read_plan(run_id, artefacts)
    except ObjectMissing:
        return None
    missing = find_missing_batches(run_id, plan, artefacts)
    total = sum(plan.sizes)
    done = total - sum(plan.sizes[number] for number in missing)
    return Progress(message="collecting corrections", done=done, total=total)


def gather_batch(
    run_id: str,
    number: int,
    artefacts: ArtefactStore,
    settings: Settings,
    on_progress: OnProgress = silent,
) -> None:
    """Collect one batch of the run and store its harvest; a stored harvest is not replaced."""
    # There is no check whether the batch is collected already. That is rare, and the check would
    # cost one request for every batch.
    batch = Batch.load(artefacts.read(BATCH.fill(run_id=run_id, number=number)))
    harvest = collect.collect_batch(batch, artefacts, settings, on_progress)
    with suppress(ObjectExists):
        artefacts.create(HARVEST.fill(run_id=run_id, number=number), collect.dump_harvest(harvest))


def read_harvest(run_id: str, artefacts: ArtefactStore) -> collect.Harvest:
    """Return what the run collected, after `gather` has returned True."""
    numbers = range(len(read_plan(run_id, artefacts).sizes))
    return collect.join_harvests(
        collect.load_harvest(artefacts.read(HARVEST.fill(run_id=run_id, number=number)))
        for number in numbers
    )
