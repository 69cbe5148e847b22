"""The drawings of a demo whose owner gives none: downloaded, or synthetic sketches instead."""

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from emulator.players.sketches import write_sketches
from pipeline.dataset.raw_drawings import find_raw
from pipeline.errors import RedrawError
from pipeline.quickdraw.download import download, url_of
from pipeline.quickdraw.remote_npy import Limits, NpyClient
from service.cli.display import console, progress_bar

DOWNLOADED_ROWS = 2000  # of each class: 1.6 MB
SKETCHED_ROWS = 440  # of each class
WAIT_SECONDS = 3.0
SHORT_LIMITS = Limits(connect=WAIT_SECONDS, silence=5, slow=10, attempts=2)
ROW_BYTES = 784
SKETCHES = "sketches"  # the name of their folder


def find_or_make_drawings(data_dir: Path, source_url: str, categories: Sequence[str]) -> Path:
    """Return a folder within `data_dir` that holds drawings of each class.

    The drawings of an earlier demo are used again. Otherwise they are downloaded, or sketched if
    the source does not answer soon. A message says which.
    """
    sketched, downloaded = data_dir / SKETCHES, data_dir / "quickdraw"
    if _is_complete(sketched, categories):  # the data set of this folder was made from them
        console.print("  using the synthetic sketches of the demo before")
        return sketched
    if _is_complete(downloaded, categories) or _try_download(downloaded, source_url, categories):
        return downloaded
    console.print(
        "  using synthetic sketches instead; for real drawings give --raw or REDRAW_RAW_DIR"
    )
    with progress_bar("sketching") as report_progress:
        write_sketches(
            sketched,
            SKETCHED_ROWS,
            0,
            lambda done, total: report_progress("sketching", done, total),
            categories=categories,
        )
    return sketched


def answers_within(seconds: float, source_url: str, category: str) -> bool:
    """Say whether the source sends a valid header of a class's file within `seconds`."""
    valid = threading.Event()
    limits = Limits(connect=seconds, silence=seconds)

    async def read_header() -> None:
        async with NpyClient(limits) as client:
            await client.read_header(url_of(source_url, category))
            valid.set()

    def run() -> None:
        with suppress(RedrawError):
            asyncio.run(read_header())

    # In a daemon thread, because no timeout ends the system's look-up of a host name.
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    return valid.is_set()


def _is_complete(folder: Path, categories: Sequence[str]) -> bool:
    return all(find_raw(folder, name).exists() for name in categories)


def _try_download(folder: Path, source_url: str, categories: Sequence[str]) -> bool:
    host = urlsplit(source_url).netloc
    console.print(
        f"  no Quick, Draw! drawings found: asking {host} for {DOWNLOADED_ROWS:,} of each class"
        f" ({len(categories) * DOWNLOADED_ROWS * ROW_BYTES / 1e6:.0f} MB)"
    )
    with progress_bar(f"asking {host}") as report_progress:
        if not answers_within(WAIT_SECONDS, source_url, categories[0]):
            console.print(f"  {host} gives no drawings within {WAIT_SECONDS:g} seconds")
            return False
        try:
            download(
                folder,
                source=source_url,
                categories=categories,
                samples_per_class=DOWNLOADED_ROWS,
                on_progress=report_progress,
                limits=SHORT_LIMITS,
            )
        except RedrawError as error:
            console.print(f"  {error}")
            return False
    return True
