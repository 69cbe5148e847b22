"""Measure how long a backup, the next one, its verification and a restore take.

    python -m benchmarks.backup [--corrections N]

A project with N corrections (documents with strokes, and canvases) on embedded emulators, which run
in a process of their own, as Firebase does. Everything is on one disk. The restore goes into other,
empty emulators, and ends with reading everything back.
"""

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from emulator.players.canvases import player_corrections
from emulator.players.seed import seed_corrections
from emulator.players.sketches import sketch_rows
from pipeline.adapters.folder_artefacts import FolderArtefacts
from pipeline.backup.forgotten import Forgotten
from pipeline.backup.make import make_backup
from pipeline.backup.manifests import choose_backup
from pipeline.backup.restore import Existing, Restoring
from pipeline.backup.scope import choose_scope
from pipeline.backup.verify import require_whole
from pipeline.bootstrap import connect_raw
from pipeline.categories import CATEGORIES
from pipeline.progress import silent
from pipeline.settings import Settings
from service.cli.stack import find_free_ports, new_stack, start_firebase

T = TypeVar("T")

CLASSES = len(CATEGORIES)


def main() -> None:
    """Fill a project, back it up twice, verify it, restore it, and print what each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corrections", type=int, default=10_000, help="how many there are")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        settings = Settings(_env_file=None, data_dir=folder)
        target, scope = FolderArtefacts(folder / "backups"), choose_scope(settings.game)
        with emulators(folder / "original"):
            fill(settings, options.corrections)
            for number in ("first", "second"):
                made = timed(
                    f"{number} backup",
                    lambda: make_backup(connect_raw(settings), target, scope, folder, silent),
                )
                counts = made.manifest.counts
                print(
                    f"  {counts.documents:,} documents, {counts.objects:,} objects,"
                    f" {counts.size / 1e6:.1f} MB; {made.written / 1e6:.1f} MB added"
                )
        manifest = choose_backup(target, None)
        timed("verification", lambda: require_whole(manifest, target, folder, silent))
        with emulators(folder / "restored"):
            project = connect_raw(settings)
            restoring = Restoring(
                manifest, target, project, Forgotten(), Existing.REFUSE, folder, silent
            )
            timed("restore, writing", restoring.write)
            expected, found = timed("restore, reading back", restoring.measure)
        print("equal by digest:", expected.hexdigest() == found.hexdigest() == manifest.digest)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        print(f"most memory of this process, which also made the corrections: {peak:,.0f} MB")


def fill(settings: Settings, count: int) -> None:
    """Send corrections as players do."""
    each = -(-count // CLASSES)
    rows = {name: sketch_rows(name, each, 1) for name in CATEGORIES}
    seed_corrections(player_corrections(rows, count, 0, "v1.0.0", players=count // 5), settings)


@contextmanager
def emulators(folder: Path) -> Iterator[None]:
    """Run emulators over a folder in a process of their own, until the block ends."""
    settings, addresses = Settings(_env_file=None, data_dir=folder), find_free_ports()
    with new_stack(settings, addresses, {}) as stack:
        start_firebase(stack, settings, addresses)
        os.environ.update(addresses.environment())
        yield
    for name in addresses.environment():
        del os.environ[name]  # or the next ones would be taken to run already


def timed(what: str, work: Callable[[], T]) -> T:
    """Do some work, and print how long it took."""
    started = time.monotonic()
    result = work()
    print(f"{what}: {time.monotonic() - started:.1f} s", flush=True)
    return result


if __name__ == "__main__":
    main()
