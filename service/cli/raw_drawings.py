"""Drawings for the demo when its owner brought none: Quick, Draw!'s, fetched, or else synthetic sketches; and says which."""

from pathlib import Path
from urllib.parse import urlsplit

from emulator.players.sketches import write_sketches
from pipeline.categories import CATEGORIES
from pipeline.errors import RedrawError
from pipeline.quickdraw.download import answers_within, download
from pipeline.quickdraw.remote_npy import Patience
from service.cli.display import console, progress_bar

FETCHED_ROWS = 2000  # a class: 31 MB in all
SKETCHED_ROWS = 440  # a class
WAIT_SECONDS = 3.0
HURRIED = Patience(connect=WAIT_SECONDS, silence=5, slow=10, attempts=2)
SKETCHES = "sketches"  # the name of their folder


def find_or_make_drawings(data_dir: Path, source_url: str) -> Path:
    """A folder with drawings of each class within `data_dir`: what an earlier demo used, else fetched, else sketched."""
    sketched, fetched = data_dir / SKETCHES, data_dir / "quickdraw"
    if _is_whole(sketched):  # the data set of this folder is made of them
        console.print("  using the [bold]synthetic[/] sketches of the demo before")
        return sketched
    if _is_whole(fetched) or _fetch(fetched, source_url):
        return fetched
    console.print(
        "  using [bold]synthetic[/] sketches instead; for real drawings give --raw or REDRAW_RAW_DIR"
    )
    with progress_bar("sketching") as told:
        write_sketches(
            sketched, SKETCHED_ROWS, 0, lambda done, total: told("sketching", done, total)
        )
    return sketched


def _is_whole(folder: Path) -> bool:
    return all((folder / f"{name}.npy").exists() for name in CATEGORIES)


def _fetch(folder: Path, source_url: str) -> bool:
    host = urlsplit(source_url).netloc
    console.print(
        f"  no Quick, Draw! drawings at hand: asking {host} for {FETCHED_ROWS:,} of each class (31 MB)"
    )
    with progress_bar(f"asking {host}") as told:
        if not answers_within(WAIT_SECONDS, source_url):
            console.print(f"  {host} gives no drawings within {WAIT_SECONDS:g} seconds")
            return False
        try:
            download(
                folder,
                source=source_url,
                samples_per_class=FETCHED_ROWS,
                on_progress=told,
                patience=HURRIED,
            )
        except RedrawError as fault:
            console.print(f"  {fault}", markup=False)
            return False
    return True
