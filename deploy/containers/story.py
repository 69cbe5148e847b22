"""The story: from nothing to a released version in containers, faults, backup and restore."""

import argparse
import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from deploy.containers.calls import Service
from deploy.containers.composed import BEHIND, OURS, PARTS, Composed
from deploy.containers.engine import Engine, Failed, find_obstacle
from deploy.containers.images import BASELINE, PYTHON, REDIS, RUN, build, get_bases
from deploy.containers.report import Report

ROOT = Path(__file__).parents[2]
TRAINING = {  # so few drawings and epochs that the baseline takes half a minute
    "REDRAW_SAMPLES_PER_CLASS": 300,
    "REDRAW_EPOCHS": 5,
    "REDRAW_BATCH_SIZE": 64,
    "REDRAW_CANVAS_COPIES": 1000,
}
SENT, SENT_LATER = 600, 80
PLAYER = "player-001"
KILLED = (("worker", "service", "beat"), ("emulators", "redis"))
"""What is killed, one after another, while a run goes on, by run."""
SKETCH = (
    "from pathlib import Path; from emulator.players.sketches import write_sketches;"
    "from pipeline.categories import CATEGORIES;"
    "write_sketches(Path('/data/sketches'), 300, 0, categories=CATEGORIES)"
)
COUNT = (
    "import json; from pipeline.bootstrap import connect;"
    "from pipeline.settings_reading import load_settings;"
    "print(json.dumps(dict(connect(load_settings()).corrections.count_statuses().values)))"
)
WIPE = (
    "import urllib.request as u;"
    "u.urlopen(u.Request('http://emulators:9199/emulator/v1/state', method='DELETE'))"
)
FORGET_FILES = (
    "find /data -mindepth 1 -maxdepth 1 ! -name firebase ! -name backups -exec rm -r {} +"
)


def main() -> int:
    """Take the story to its end, print the table, and clean up; return the exit code."""
    options = _read_options()
    if (obstacle := find_obstacle()) is not None:
        print(f"try-containers: {obstacle}", file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    folder = options.folder or Path(tempfile.mkdtemp(prefix="redraw-containers-", dir="/var/tmp"))
    engine, report = Engine(folder.absolute()), Report()
    try:
        tell(engine, options.raw, report)
    except (Failed, OSError) as error:
        print(f"try-containers: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("try-containers: interrupted", file=sys.stderr)
        return 130
    finally:
        # A second Ctrl-C would leave mounts behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        print("cleaning up ...", flush=True)
        engine.clear(images=not options.keep)
    report.print()
    if options.result is not None:
        report.write(options.result)
    return 0


def tell(engine: Engine, raw: Path | None, report: Report) -> None:
    """Take the story from its beginning to its end.

    Raises:
        Failed: something is not as it should be.
    """
    engine.clear(images=False)
    with report.step("base images"):
        report.note("base images", get_bases(engine))
    for target, name in (("run", RUN), ("baseline", BASELINE)):
        with report.step(f"build {target}"):
            build(engine, target, name, ROOT)
    for name in (PYTHON, RUN, BASELINE, REDIS):
        report.images[name.rpartition("/")[2]] = engine.read_size(name)
    folder = engine.folder / "raw"
    folder.mkdir(exist_ok=True)
    composed = Composed(engine, ROOT, raw or folder)
    composed.install()
    service = Service(composed.port, composed.key)
    try:
        with report.sampling(composed):
            start(composed, report)
            make_baseline(composed, report, sketched=raw is None)
            sent = learn(composed, service, report)
            decide(composed, service, report)
            restore(composed, service, report)
            sent_later, waiting = kill_each(composed, service, report)
            check(composed, sent + sent_later, waiting, report)
            forget(composed, report)
    except Failed:
        print(composed.logs(), file=sys.stderr)
        raise


def start(composed: Composed, report: Report) -> None:
    """Start the containers, and show that those of the small image lack TensorFlow."""
    with report.step("up"):
        composed.up(*BEHIND)
        composed.wait_healthy(*BEHIND)
        composed.up(*OURS)
        composed.wait_healthy(*OURS)
        find = "import importlib.util as i; print(i.find_spec('tensorflow'), i.find_spec('pip'))"
        found = composed.execute("worker", "python", "-c", find)
        if found != "None None":
            raise Failed(f"the small image holds what it should not: {found}")
        report.note("up", "all healthy; no TensorFlow and no pip in them")


def make_baseline(composed: Composed, report: Report, *, sketched: bool) -> None:
    """Make the first version in the image that has TensorFlow."""
    with report.step("baseline"):
        variables: dict[str, object] = dict(TRAINING)
        if sketched:
            composed.execute("emulators", "python", "-c", SKETCH)
        words = ["redraw", "baseline", "--raw", "/data/sketches"] if sketched else []
        said = composed.run_once("baseline", *words, **variables).strip().splitlines()
        if not said or said[-1] != "v1.0.0 is released":
            raise Failed(f"no first version: {said[-5:]}")
        report.note("baseline", next(line for line in said if line.startswith("v1.0.0:")))


def send(composed: Composed, count: int, seed: int) -> int:
    """Let players send corrections, and return how many."""
    said = composed.execute(
        *("service", "redraw", "emulators", "seed", "--count", str(count), "--seed", str(seed))
    )
    if not said.startswith(f"{count} corrections are new"):
        raise Failed(f"players could not send: {said}")
    return count


def learn(composed: Composed, service: Service, report: Report) -> int:
    """Let players send corrections, and retrain by HTTP to a released version."""
    with report.step("players"):
        sent = send(composed, SENT, seed=1)
    with report.step("retrain"):
        run = service.wait_ended(service.request_run("the first retrain"))
        release = read_release(service)
        if (run["state"], run["version"], release) != ("promoted", "v1.0.1", "v1.0.1"):
            raise Failed(f"{release} is released; the run is {run['state']}: {run['reason']}")
        report.note("retrain", f"{release} is released")
    return sent


def decide(composed: Composed, service: Service, report: Report) -> None:
    """Rebuild the version from Storage, roll back, and go forward again, in the small image."""
    with report.step("rebuild, roll back"):
        composed.execute("worker", "redraw", "rebuild", "v1.0.1")
        composed.execute("worker", "redraw", "rollback")
        composed.wait("v1.0.0 is released", lambda: read_release(service) == "v1.0.0")
        composed.execute("worker", "redraw", "promote", "v1.0.1")
        composed.wait("v1.0.1 is released", lambda: read_release(service) == "v1.0.1")
        report.note("rebuild, roll back", "v1.0.1 is rebuilt byte for byte, taken back, released")


def forget(composed: Composed, report: Report) -> None:
    """Forget a player: a run that makes the data set and later versions anew."""
    with report.step("forget"):
        composed.stop("worker", "beat")
        composed.execute("service", "redraw", "forget", PLAYER)
        report.note("forget", "one player, without TensorFlow")


def restore(composed: Composed, service: Service, report: Report) -> None:
    """Back up, lose everything else, restore, and compare what is released."""
    before = service.ask("/v1/release")
    with report.step("backup"):
        said = composed.execute("worker", "redraw", "backup", "/data/backups")
        report.note("backup", said.splitlines()[0])
    with report.step("restore"):
        composed.stop("worker", "beat")
        composed.execute("service", "python", "-c", WIPE)
        composed.execute("service", "sh", "-c", FORGET_FILES)
        composed.execute("service", "redraw", "restore", "/data/backups", "--yes")
        composed.up("worker", "beat")
        composed.wait_healthy("worker", "beat")
        after = service.ask("/v1/release")
        if _without_times(after) != _without_times(before):
            raise Failed(f"released was {before}, and after the restore {after}")
        report.note("restore", f"{after['version']} is released, as before")


def kill_each(composed: Composed, service: Service, report: Report) -> tuple[int, int]:
    """Kill each container once while runs go on.

    Returns:
        How many corrections were sent meanwhile, and how many of all wait for their canvas.
    """
    sent = waiting = 0
    for number, parts in enumerate(KILLED, start=2):
        name = f"run {number}, kills: {', '.join(parts)}"
        with report.step(name):
            sent += send(composed, SENT_LATER, seed=number)
            run_id = service.request_run(f"retrain {number}")
            service.wait_started(run_id)
            for part in parts:
                composed.kill(part)
            run = service.wait_ended(run_id)
            if run["state"] in {"failed", "cancelled"}:
                raise Failed(f"{run_id} is {run['state']}: {run['reason']}")
            composed.wait_healthy(*PARTS)
            waiting = run["counts"]["waiting"]
            report.note(name, f"{run['state']}, all healthy again")
    return sent, waiting


def check(composed: Composed, sent: int, waiting: int, report: Report) -> None:
    """Check that nothing is lost or left over, and that doctor finds nothing wrong."""
    with report.step("doctor"):
        composed.execute("worker", "redraw", "doctor")
        counts: dict[str, int] = json.loads(composed.execute("service", "python", "-c", COUNT))
        if sum(counts.values()) != sent or counts.get("pending", 0) != waiting:
            raise Failed(f"{sent} were sent, {waiting} wait for a canvas, and there are {counts}")
        told = ", ".join(f"{number} {status}" for status, number in sorted(counts.items()))
        report.note("doctor", f"nothing wrong; of {sent} corrections {told}")


def read_release(service: Service) -> str:
    """Return the version that the service names to games."""
    return str(service.ask("/v1/release")["version"])


def _without_times(release: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in release.items() if not name.endswith("At")}


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deploy/try-containers", description=__doc__)
    parser.add_argument("--folder", type=Path, help="for images and containers; default: a new one")
    parser.add_argument("--keep", action="store_true", help="keep the images in that folder")
    raw = os.environ.get("REDRAW_RAW_DIR")
    parser.add_argument(
        *("--raw",),
        type=Path,
        default=None if raw is None else Path(raw),
        help="folder with <category>.npy files; default: REDRAW_RAW_DIR, or sketches",
    )
    parser.add_argument("--result", type=Path, help="a file for the figures, as JSON")
    options = parser.parse_args()
    if options.keep and options.folder is None:
        parser.error("--keep needs --folder")
    return options
