"""Inject one fault, let it last, and end it."""

import contextlib
import os
import resource
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import redis
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import firestore
from kombu.exceptions import OperationalError

from pipeline.dataset.local_file import FEATURES_FOLDER
from pipeline.errors import RedrawError
from pipeline.storage_paths import RUNS_FOLDER, forget_folder
from service.cli.drill.faults import Kind, Planned
from service.cli.drill.players import Ledger
from service.cli.drill.proxy import Fault as Network
from service.cli.drill.system import System
from service.cli.stack import LOOPBACK
from workers.app import make_app
from workers.names import CHECK, NOTIFY, RETRAIN, SWEEP, TIDY

POLL_SECONDS = 0.2
FULL_BYTES = 4096
"""The longest file that a process can write while its disk is full."""
DAMAGED_BYTES = 64
FORGED_SLOTS: tuple[dict[str, Any], ...] = (
    {"expiresAt": "soon"},
    {"holder": 7},
    {"fence": "high"},
    {"runId": None},
)


def inject(planned: Planned, system: System, ledger: Ledger) -> bool:
    """Inject a fault while a run is under way, keep all processes up while it lasts, and end it.

    Returns:
        Whether there was anything to do it to: without a run, none of its objects can be damaged.
    """
    if _find_run(system) is None:
        with contextlib.suppress(httpx.HTTPError):  # the service may be starting
            httpx.post(
                f"{system.service}/v1/retrains", headers={"X-API-Key": system.key}, timeout=2
            )
    watch(system, planned.delay)
    with _FAULTS[planned.kind](planned, system, ledger) as struck:
        watch(system, planned.seconds)
    return struck


def watch(system: System, seconds: float) -> None:
    """Keep all processes up for so long."""
    until = time.monotonic() + seconds
    while True:
        system.keep_up()
        left = until - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(POLL_SECONDS, left))


@contextlib.contextmanager
def _kill(planned: Planned, system: System, _: Ledger) -> Iterator[bool]:
    system.end(planned.target, signal.SIGKILL)
    yield True


@contextlib.contextmanager
def _stop(planned: Planned, system: System, _: Ledger) -> Iterator[bool]:
    system.end(planned.target, signal.SIGTERM)
    yield True


@contextlib.contextmanager
def _kill_child(planned: Planned, system: System, _: Ledger) -> Iterator[bool]:
    parent = system.stack.processes[planned.target].pid
    children = [pid for pid in list_group(parent) if pid != parent]
    if children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(max(children, key=_read_memory), signal.SIGKILL)
    yield bool(children)


@contextlib.contextmanager
def _stall(planned: Planned, system: System, _: Ledger) -> Iterator[bool]:
    system.send(planned.target, signal.SIGSTOP)
    try:
        yield True
    finally:
        system.send(planned.target, signal.SIGCONT)


@contextlib.contextmanager
def _disturb_network(planned: Planned, system: System, _: Ledger) -> Iterator[bool]:
    proxy = system.proxies[planned.target]
    proxy.set(Network(planned.how))
    try:
        yield True
    finally:
        proxy.set(Network.NONE)


@contextlib.contextmanager
def _flush(_planned: Planned, system: System, _: Ledger) -> Iterator[bool]:
    with redis.Redis(LOOPBACK, system.addresses.redis, socket_timeout=2) as client:
        try:
            client.flushall()
        except redis.RedisError:
            yield False
            return
    yield True


@contextlib.contextmanager
def _damage_data(planned: Planned, system: System, _: Ledger) -> Iterator[bool]:
    yield _damage(system.dataset(planned.target), planned.number)


@contextlib.contextmanager
def _damage_features(planned: Planned, system: System, _: Ledger) -> Iterator[bool]:
    folder = system.folder(planned.target) / FEATURES_FOLDER
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in files:
        _damage(path, planned.number)
    yield bool(files)


@contextlib.contextmanager
def _truncate_data(planned: Planned, system: System, _: Ledger) -> Iterator[bool]:
    path = system.dataset(planned.target)
    try:
        os.truncate(path, path.stat().st_size // 2)
    except FileNotFoundError:
        yield False
        return
    yield True


@contextlib.contextmanager
def _delete_data(planned: Planned, system: System, _: Ledger) -> Iterator[bool]:
    path = system.dataset(planned.target)
    existed = path.exists()
    if planned.how == "folder":
        shutil.rmtree(path.parent, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
    yield existed


@contextlib.contextmanager
def _damage_staging(planned: Planned, system: System, _: Ledger) -> Iterator[bool]:
    yield _damage_object(planned, system)


@contextlib.contextmanager
def _fill_disk(planned: Planned, system: System, _: Ledger) -> Iterator[bool]:
    if not hasattr(resource, "prlimit"):
        yield False  # only Linux limits another process
        return
    _limit_files(system, planned.target, FULL_BYTES)
    try:
        yield True
    finally:
        _limit_files(system, planned.target, resource.RLIM_INFINITY)


@contextlib.contextmanager
def _repeat_tasks(_planned: Planned, system: System, _: Ledger) -> Iterator[bool]:
    app = make_app(system.settings, 2)
    run_id = _find_run(system)
    try:
        with app.connection_for_write() as connection:
            for _round in range(2):
                if run_id is not None:
                    app.send_task(RETRAIN, (run_id,), connection=connection)
                for name in (SWEEP, CHECK, TIDY, NOTIFY):
                    app.send_task(name, connection=connection)
    except (OperationalError, redis.RedisError):
        yield False
        return
    finally:
        app.close()
    yield True


@contextlib.contextmanager
def _edit_slot(planned: Planned, system: System, ledger: Ledger) -> Iterator[bool]:
    run_id = _find_run(system)
    if run_id is None:
        yield False
        return
    client = firestore.Client(project=system.settings.project_id)
    try:
        if planned.how == "slot":
            fields = FORGED_SLOTS[planned.number % len(FORGED_SLOTS)]
            if "runId" in fields:
                ledger.edited_runs.add(run_id)
            client.document("leases/retraining").update(fields, timeout=5)
        else:
            ledger.edited_runs.add(run_id)
            client.document(f"training_runs/{run_id}").update({"state": "odd"}, timeout=5)
    except GoogleAPICallError:
        yield False
        return
    finally:
        client.close()
    yield True


_FAULTS: dict[
    Kind, Callable[[Planned, System, Ledger], contextlib.AbstractContextManager[bool]]
] = {
    Kind.KILL: _kill,
    Kind.KILL_CHILD: _kill_child,
    Kind.STOP: _stop,
    Kind.STALL: _stall,
    Kind.NETWORK: _disturb_network,
    Kind.FLUSH: _flush,
    Kind.DAMAGE: _damage_data,
    Kind.TRUNCATE: _truncate_data,
    Kind.DELETE: _delete_data,
    Kind.DAMAGE_FEATURES: _damage_features,
    Kind.DAMAGE_STAGING: _damage_staging,
    Kind.FULL: _fill_disk,
    Kind.REPEAT: _repeat_tasks,
    Kind.FORGED: _edit_slot,
}


def list_group(group: int) -> list[int]:
    """Return the ids of the processes of a group, on Linux; elsewhere none."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                found.append(int(entry.name))
    return found


def _read_memory(pid: int) -> int:
    """Return the memory of a process in pages: the largest is what lack of memory would kill."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0


def _limit_files(system: System, name: str, size: int) -> None:
    for pid in list_group(system.stack.processes[name].pid):
        with contextlib.suppress(ProcessLookupError):
            _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))


def _damage(path: Path, number: int) -> bool:
    """Write other bytes somewhere into a file, in place."""
    with contextlib.suppress(FileNotFoundError), path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(number % max(1, size - DAMAGED_BYTES))
        file.write(bytes(byte ^ 0xA5 for byte in number.to_bytes(4, "big")) * (DAMAGED_BYTES // 4))
        return True
    return False


def _find_run(system: System) -> str | None:
    """Return the run in the slot; None if there is none, or Firestore does not answer."""
    with contextlib.suppress(RedrawError):
        run = system.ports.runs.slot().run
        return run.id if run else None
    return None


def _damage_object(planned: Planned, system: System) -> bool:
    run_id = _find_run(system)
    if run_id is None:
        return False
    artefacts = system.ports.artefacts
    with contextlib.suppress(RedrawError):
        paths = [
            stored.path
            for stored in artefacts.list(f"{RUNS_FOLDER}{run_id}/")
            if not stored.path.startswith(forget_folder(run_id))
        ]
        if not paths:
            return False
        path = paths[planned.number % len(paths)]
        data = artefacts.read(path)
        artefacts.delete(path)
        if planned.how == "cut":
            artefacts.create(path, data[: len(data) // 2])
        return True
    return False
