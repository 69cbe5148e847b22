"""The source of raw drawings to a folder with `<category>.npy`, the first rows of each class; goes on where it was cut off."""

import asyncio
import shutil
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple, TypeVar
from urllib.parse import quote

import httpx

from pipeline.categories import CATEGORIES, source_name
from pipeline.errors import InvalidRawDrawings, NotEnoughRoom, RedrawError, Unavailable
from pipeline.files import move_into_place
from pipeline.progress import OnProgress, silent
from pipeline.quickdraw.downloaded import (
    RECORD,
    FileRecord,
    alone_in,
    is_there,
    read_record,
    sha256_of,
    write_record,
)
from pipeline.quickdraw.npy_part import HEADER, fill, forget, kept_bytes, note_of, part_of
from pipeline.quickdraw.remote_npy import ROW, Patience, RemoteNpy, ask, new_client
from pipeline.quickdraw.tally import Tally

AT_ONCE = 4
SPARE_BYTES = 64 * 1024 * 1024  # a disk filled to the last byte is nobody's wish
PATIENT = Patience()

T = TypeVar("T")


class _Order(NamedTuple):
    """What was asked for."""

    folder: Path
    source: str
    samples: int
    patience: Patience

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.npy"

    def rows(self, remote: RemoteNpy) -> int:
        return min(self.samples, remote.rows)


def download(
    folder: Path,
    *,
    source: str,
    samples_per_class: int,
    on_progress: OnProgress = silent,
    patience: Patience = PATIENT,
) -> dict[str, FileRecord]:
    """Fills `folder` with `<category>.npy`, uint8 `(rows, 784)`, rows = samples_per_class, or all where the source has fewer.

    Four files at a time, by range requests where the server knows them. A file gets its name when it is whole; what an
    interrupted call leaves is continued by the next one, if the source proves by a strong ETag that it is the same file.

    Files of an earlier call are kept when they are as recorded: then nothing is fetched. One that was damaged meanwhile is
    fetched again. One that no call recorded, or that holds more rows than asked for, is not ours to replace.

    It runs an event loop of its own: in a notebook, which has one already, call it by `asyncio.to_thread`.

    Returns:
        The record of each file by category; it is also written to `downloaded.json` in the folder.

    Raises:
        InvalidRawDrawings: a file at the source is not what it must be, or one in the folder is not ours.
        NotEnoughRoom: before anything is fetched.
        FolderInUse: another process is filling the folder.
        Unavailable: the source does not answer, after a few attempts.
    """
    order = _Order(folder, source, samples_per_class, patience)
    folder.mkdir(parents=True, exist_ok=True)
    with alone_in(folder):
        record, wanted = read_record(folder), []
        for done, name in enumerate(CATEGORIES):
            on_progress(f"checking {name}", done, len(CATEGORIES))
            if not is_there(
                order.path(name), record.get(name), url_of(source, name), samples_per_class
            ):
                wanted.append(name)
        if wanted:
            try:
                asyncio.run(_fetch(order, wanted, record, Tally(on_progress)))
            except BaseExceptionGroup as group:  # one file's fault has ended the others
                raise group.exceptions[0] from None
        return {name: record[name] for name in CATEGORIES}


def answers_within(seconds: float, source: str) -> bool:
    """Whether the source gives a good header of its first file in that time, looking up its name included."""
    good: list[RemoteNpy] = []

    async def try_once() -> None:
        async with new_client(Patience(connect=seconds, silence=seconds)) as client:
            good.append(await ask(client, url_of(source, CATEGORIES[0])))

    def work() -> None:
        try:
            asyncio.run(try_once())
        except RedrawError:
            return

    # A thread that nobody waits for: no timeout ends the system's look-up of a name.
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    return bool(good)


def url_of(source: str, category: str) -> str:
    """Where the file of a class is."""
    return f"{source.rstrip('/')}/{quote(source_name(category))}.npy"


async def _fetch(
    order: _Order, wanted: list[str], record: dict[str, FileRecord], tally: Tally
) -> None:
    """Fetches the files of these classes and enters them into `record`."""
    async with new_client(order.patience) as client:

        async def header(name: str) -> RemoteNpy:
            return await _insisting(
                lambda: ask(client, url_of(order.source, name)), lambda: 0, order.patience
            )

        # All headers first: a class that is not there is told before an hour of work, and the sizes are known.
        found = await _each(wanted, header)
        _see_room(order, found)
        tally.expect(sum(order.rows(remote) * ROW for remote in found.values()))

        async def whole(name: str) -> None:
            remote = await _fetch_one(client, order, name, found[name], tally)
            await _finish(order, name, remote, record)

        await _each(wanted, whole)


async def _fetch_one(
    client: httpx.AsyncClient, order: _Order, name: str, first: RemoteNpy, tally: Tally
) -> RemoteNpy:
    """Fills the part of a class, over as many answers as it takes; returns the file that it is a part of."""
    part, remote, tried = part_of(order.path(name)), first, False

    async def attempt() -> None:
        nonlocal remote, tried
        if tried:
            remote = await ask(client, first.url)  # it may be another file by now
        tried = True
        await fill(
            client,
            remote,
            part,
            order.rows(remote),
            patience=order.patience,
            held=lambda size: tally.hold(name, size),
        )

    await _insisting(attempt, lambda: kept_bytes(part, remote, order.samples), order.patience)
    return remote


async def _finish(
    order: _Order, name: str, remote: RemoteNpy, record: dict[str, FileRecord]
) -> None:
    """Checks a full part, records it, and gives it its name."""
    path, part, rows = order.path(name), part_of(order.path(name)), order.rows(remote)
    made = FileRecord(
        remote.url, remote.etag, rows, remote.rows, await asyncio.to_thread(sha256_of, part)
    )
    if part.stat().st_size != HEADER + rows * ROW:
        raise InvalidRawDrawings(
            f"{part} was changed by somebody else: run again when nothing else writes there"
        )
    if name in record and made.contradicts(record[name]):
        forget(part)
        raise InvalidRawDrawings(
            f"{remote.url} gives other drawings than the first time, under the same ETag: run again; "
            f"if it stays so, delete {order.folder / RECORD} and {path}"
        )
    record[name] = made
    # Before the file has its name: a file without a record would be nobody's, and a record without its file claims nothing.
    write_record(order.folder, record)
    move_into_place(part, path)
    note_of(part).unlink(missing_ok=True)


async def _each(names: list[str], work: Callable[[str], Awaitable[T]]) -> dict[str, T]:
    """What `work` makes of each name, a few at a time; the first error ends all."""
    turn = asyncio.Semaphore(AT_ONCE)
    made: dict[str, T] = {}

    async def one(name: str) -> None:
        async with turn:
            made[name] = await work(name)

    async with asyncio.TaskGroup() as group:
        for name in names:
            group.create_task(one(name))
    return made


async def _insisting(
    work: Callable[[], Awaitable[T]], gained: Callable[[], int], patience: Patience
) -> T:
    """`work`, tried again while its fault is one of the moment: a few times, counted anew whenever it has gained something."""
    failures, most = 0, gained()
    while True:
        try:
            return await work()
        except Unavailable:
            failures, most = (1, gained()) if gained() > most else (failures + 1, most)
            if failures >= patience.attempts:
                raise
            await asyncio.sleep(patience.pause * 2 ** (failures - 1))


def _see_room(order: _Order, found: dict[str, RemoteNpy]) -> None:
    needed = SPARE_BYTES
    for name, remote in found.items():
        rows = order.rows(remote)
        needed += HEADER + rows * ROW - kept_bytes(part_of(order.path(name)), remote, rows)
    free = shutil.disk_usage(order.folder).free
    if free < needed:
        figures = f"{needed / 1e6:,.0f} MB are needed and {free / 1e6:,.0f} MB free"
        raise NotEnoughRoom(f"{order.folder}: {figures}: make room, or ask for fewer drawings")
