"""Count the objects that runs leave in Storage, and those that retention leaves of them.

    python -m benchmarks.retention [--runs N]

Runs in a row as in `benchmarks.growth`: each on 60 new corrections, each challenger promoted. Then
retention with its default settings, 100 days later and twice, as versions beyond the number to keep
are withdrawn first and deleted days later. The embedded emulators count requests.
"""

import argparse
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.growth import SENT, WRONG_SHARE, execute_run, make_first_version, serving
from emulator.players.bad_labels import add_label_noise
from emulator.players.canvases import player_corrections
from emulator.players.seed import seed_corrections
from emulator.players.sketches import sketch_rows
from pipeline.bootstrap import connect
from pipeline.categories import CATEGORIES
from pipeline.ports import Ports
from pipeline.retention.clean import carry_out, plan_project
from pipeline.retention.space import measure_space
from pipeline.settings import Settings
from pipeline.storage_paths import OWN_FOLDERS

LATER = timedelta(days=100)


def main() -> None:
    """Make runs, clean up after them, and print what is stored before and after."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=40, help="how many in a row")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make_first_version(folder)
        with serving(folder) as (emulators, settings):
            ports = connect(settings)
            for number in range(options.runs):
                run_once(folder, settings, number)
            print_space(f"after {options.runs} runs and the one before them", ports)
            for round_number in (1, 2):
                before, started = emulators.bill.usage, time.monotonic()
                plan = plan_project(ports, settings, datetime.now(UTC) + round_number * LATER)
                cleaned = carry_out(plan, ports)
                used, seconds = emulators.bill.usage - before, time.monotonic() - started
                print(
                    f"retention: {len(cleaned.withdrawn)} versions withdrawn, "
                    f"{len(cleaned.deleted)} objects deleted, {plan.freed / 1e6:.1f} MB freed; "
                    f"{used.reads} documents read, {used.writes} written; {seconds:.1f} s"
                )
                print_space(f"after retention, time {round_number}", ports)


def run_once(folder: Path, settings: Settings, number: int) -> None:
    """Send corrections, and execute a run."""
    rows = {name: sketch_rows(name, 8, 1 + number) for name in CATEGORIES}
    sent = player_corrections(rows, SENT, number, "v1.0.0", players=30, faulty=0)
    seed_corrections(add_label_noise(sent, WRONG_SHARE, number), settings)
    print(f"run {number + 1}: {execute_run(folder)['state']}", flush=True)


def print_space(when: str, ports: Ports) -> None:
    """Print how many objects of each kind there are."""
    spaces = measure_space(each for folder in OWN_FOLDERS for each in ports.artefacts.list(folder))
    kinds = ", ".join(f"{space.name} {space.objects} ({space.size:,} bytes)" for space in spaces)
    print(f"{when}: {sum(space.objects for space in spaces)} objects: {kinds}", flush=True)


if __name__ == "__main__":
    main()
