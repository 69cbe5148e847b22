"""Collecting as a run does it: what is pending read once, collected batch by batch by whoever is there, and joined.

What a batch gave is created once in Storage beside what was read of it. So a batch may be done anywhere, twice, or again.
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


class Send(Protocol):
    """Hands the batches of these numbers to others. `join_harvests`: and has the run executed again when they are through."""

    def __call__(self, numbers: list[int], *, joined: bool) -> None: ...


def gather(
    run_id: str,
    ports: Ports,
    settings: Settings,
    on_progress: OnProgress = silent,
    send: Send | None = None,
) -> bool:
    """Collects what the run still lacks; True when nothing is missing any more.

    With `send`, more than one missing batch is handed to others, and the answer is False. Every second one goes out while the
    reading goes on, for workers that are free. The others wait in line behind those, so when they are through, all are; unless
    somebody died, and then the next execution finds what is missing.
    """
    early: list[int] = []

    def send_early(number: int) -> None:
        if send is not None and number % 2 == 0:
            send([number], joined=False)
            early.append(number)

    plan = plan_batches(
        run_id, ports.corrections, ports.artefacts, settings, on_progress, on_another=send_early
    )
    left = find_missing_batches(run_id, plan, ports.artefacts)
    if send is not None and len(left) > 1:
        send([number for number in left if number not in early] or left, joined=True)
        return False
    total = sum(plan.sizes)
    for place, number in enumerate(left):
        before = total - sum(plan.sizes[later] for later in left[place:])
        gather_batch(run_id, number, ports.artefacts, settings, _behind(before, total, on_progress))
    return True


def _behind(before: int, all_in_all: int, on_progress: OnProgress) -> OnProgress:
    """Tells how far a batch is as how far the run is."""

    def told(message: str, done: int = 0, total: int = 0) -> None:
        del total
        on_progress(message, before + done, all_in_all)

    return told


def find_missing_batches(run_id: str, plan: Plan, artefacts: ArtefactStore) -> list[int]:
    """The numbers of the batches that nobody has collected yet."""
    there = {stored.path for stored in artefacts.list(collect_folder(run_id))}
    return [
        number
        for number in range(len(plan.sizes))
        if HARVEST.fill(run_id=run_id, number=number) not in there
    ]


def measure_progress(run_id: str, artefacts: ArtefactStore) -> Progress | None:
    """How many corrections the finished batches held, of all that were planned; None while the reading goes on."""
    try:
        plan = read_plan(run_id, artefacts)
    except ObjectMissing:
        return None
    left = sum(plan.sizes[number] for number in find_missing_batches(run_id, plan, artefacts))
    total = sum(plan.sizes)
    return Progress(message="collecting corrections", done=total - left, total=total)


def gather_batch(
    run_id: str,
    number: int,
    artefacts: ArtefactStore,
    settings: Settings,
    on_progress: OnProgress = silent,
) -> None:
    """Collects one batch of the run; what somebody has collected before is not changed.

    It is not looked whether somebody has: that is rare, and would cost each batch the time of a request.
    """
    batch = Batch.load(artefacts.read(BATCH.fill(run_id=run_id, number=number)))
    harvest = collect.collect_batch(batch, artefacts, settings, on_progress)
    with suppress(ObjectExists):
        artefacts.create(HARVEST.fill(run_id=run_id, number=number), collect.dump_harvest(harvest))


def read_harvest(run_id: str, artefacts: ArtefactStore) -> collect.Harvest:
    """What the run collected, when `gather` has said True."""
    numbers = range(len(read_plan(run_id, artefacts).sizes))
    return collect.join_harvests(
        collect.load_harvest(artefacts.read(HARVEST.fill(run_id=run_id, number=number)))
        for number in numbers
    )
