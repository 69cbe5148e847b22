"""A first version for tests: trained once for a whole test session."""

import fcntl
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator.players.sketches import write_sketches
from pipeline.bootstrap import in_memory
from pipeline.settings import Settings

DRAWINGS = 60  # of each class
RECIPE = {"samples_per_class": DRAWINGS, "epochs": 2, "batch_size": 32, "canvas_copies": 50}


def shared_folder(factory: pytest.TempPathFactory, name: str, fill: Callable[[Path], None]) -> Path:
    """Return a folder that `fill` has filled, once for all processes of this test session.

    The first process that asks fills it; the others wait for it at a lock.
    """
    root = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # each worker of pytest-xdist has a folder of its own in there
    folder, unfinished = root / name, root / f"{name}.unfinished"
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            fill(unfinished)
            unfinished.rename(folder)
    return folder


def train_first_version(folder: Path) -> None:
    """Draw sketches, then train, publish and release v1.0.0: `raw`, `data` and `stored.pickle`."""
    from pipeline.baseline import make_baseline

    write_sketches(folder / "raw", DRAWINGS, 0)
    ports: Any = in_memory()
    settings = Settings(_env_file=None, data_dir=folder / "data", **RECIPE)  # type: ignore[arg-type]
    make_baseline(folder / "raw", ports, settings)
    stored = (ports.artefacts.objects, ports.models._models, ports.models._release)
    (folder / "stored.pickle").write_bytes(pickle.dumps(stored))


def load_ports(folder: Path) -> Any:
    """Return ports in memory that hold what `train_first_version` has published."""
    ports: Any = in_memory()
    stored = pickle.loads((folder / "stored.pickle").read_bytes())
    ports.artefacts.objects, ports.models._models, ports.models._release = stored
    return ports
