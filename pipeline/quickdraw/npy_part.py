"""The first rows of a remote .npy file to a file here, which is continued after any cut, but only with the very same bytes."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import httpx
import numpy as np

from pipeline.errors import Unavailable
from pipeline.files import write_atomically
from pipeline.quickdraw.remote_npy import (
    ROW,
    Pace,
    Patience,
    RemoteNpy,
    answered,
    strong_etag,
    total_length,
)


def npy_header(rows: int) -> bytes:
    """What np.save writes before uint8 `(rows, 784)`; of one length, however many rows."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        buffer, {"descr": "|u1", "fortran_order": False, "shape": (rows, ROW)}
    )
    return buffer.getvalue()


HEADER = len(npy_header(0))


def part_of(target: Path) -> Path:
    """Where `target` is kept until it is whole. Beside it lies a note that says of which file at the source it is a part."""
    return target.with_name(f"{target.name}.part")


def note_of(part: Path) -> Path:
    """The note beside a part."""
    return part.with_name(f"{part.name}.json")


def kept_bytes(part: Path, remote: RemoteNpy, rows: int) -> int:
    """How many bytes of rows the part holds already; 0 when nothing proves that they are of this very file."""
    try:
        noted = json.loads(note_of(part).read_text())
        held = part.stat().st_size - HEADER
    except (OSError, ValueError):
        return 0
    same = remote.etag is not None and noted == remote._asdict()
    return max(0, min(held, rows * ROW)) if same else 0


def forget(part: Path) -> None:
    """Removes a part, and the note after it: a note alone claims nothing."""
    part.unlink(missing_ok=True)
    note_of(part).unlink(missing_ok=True)


async def fill(
    client: httpx.AsyncClient,
    remote: RemoteNpy,
    part: Path,
    rows: int,
    *,
    patience: Patience,
    held: Callable[[int], None],
) -> None:
    """Brings the part to its full length: our header, and the first `rows` rows. `held` is told the bytes it holds.

    Raises Unavailable when the stream ends early or another file stands there by now, and as `remote_npy.answered`.
    """
    start, stop = kept_bytes(part, remote, rows), rows * ROW
    if not start:
        forget(part)
        write_atomically(note_of(part), json.dumps(remote._asdict()).encode())
    with part.open("r+b" if start else "wb") as file:
        file.write(npy_header(rows))
        if start == stop:
            file.truncate(HEADER + stop)
            held(stop)
            return
        etag = remote.etag if start else None
        async with answered(
            client, remote.url, remote.header + start, remote.header + stop, etag
        ) as answer:
            if strong_etag(answer) != remote.etag or total_length(answer) not in {
                None,
                remote.header + remote.rows * ROW,
            }:
                raise Unavailable(
                    f"{remote.url} was replaced while it was being fetched: run again"
                )
            skip = 0
            if (
                answer.status_code == httpx.codes.OK
            ):  # ranges are not served: all of it comes, from the beginning
                start, skip = 0, remote.header
            got = await _copy(
                answer, file, start, stop, skip=skip, pace=Pace(remote.url, patience), held=held
            )
    if got < stop:
        raise Unavailable(
            f"{remote.url} ended after {got // ROW:,} of {rows:,} drawings: run again; what was fetched is kept"
        )


async def _copy(
    answer: httpx.Response,
    file: BinaryIO,
    at: int,
    stop: int,
    *,
    skip: int,
    pace: Pace,
    held: Callable[[int], None],
) -> int:
    """Writes what comes behind `at` bytes of rows, without its first `skip` bytes, up to `stop`; returns how far it came."""
    file.truncate(HEADER + at)
    file.seek(HEADER + at)
    async for piece in answer.aiter_raw():
        wanted = piece[skip : skip + stop - at]
        skip -= min(skip, len(piece))
        file.write(wanted)
        at += len(wanted)
        held(at)
        pace.got(len(piece))
        if at == stop:
            break  # leaving the answer closes a connection that would send more
    return at
