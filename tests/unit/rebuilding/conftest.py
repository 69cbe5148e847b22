"""A project whose v1.0.1 and v1.0.2 were made by runs, for versions to be rebuilt from it."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from emulator.players.canvases import player_corrections
from emulator.players.sketches import sketch_rows
from pipeline import retrain
from pipeline.adapters.memory import MemoryArtefacts
from pipeline.categories import CATEGORIES
from pipeline.rebaseline import challenger
from pipeline.rebuilding.rebuild import Rebuilt, rebuild
from pipeline.records.runs import Run, RunKind
from pipeline.settings import Settings
from pipeline.versions import publish
from tests.unit.conftest import World, put
from tests.unit.retrain._baselines import Training, shuffled_version
from workers.execution import execute

# So small a challenger errs on many drawings: what these tests are about is not the gate.
LENIENT = {"golden_wrong": 100, "margin": 1.0, "class_margin": 1.0, "players_margin": 1.0}
MADE = {
    "v1.0.1": RunKind.RETRAIN,
    "v1.0.2": RunKind.RETRAIN,
    "v1.1.0": RunKind.BASELINE,
    "v1.1.1": RunKind.RETRAIN,
}


def send_more(ports: Any, seed: int) -> None:
    rows = {name: sketch_rows(name, 8, 4 + seed) for name in CATEGORIES}
    for sent in player_corrections(rows, 40, seed, "v1.0.1", players=30, faulty=0.0):
        put(ports, sent._replace(id=f"{seed}-{sent.id}"))


@pytest.fixture(scope="session")
def published(
    _first_version: World, copy_ports: Callable[[Any], Any], tmp_path_factory: Any
) -> World:
    """v1.0.0, v1.0.1, v1.0.2, the new baseline v1.1.0 and v1.1.1: not to be changed.

    Each is the parent of the next.
    """
    folder = tmp_path_factory.mktemp("published") / "data"
    shutil.copytree(_first_version.settings.data_dir, folder)
    settings = _first_version.settings.with_changes(
        data_dir=folder,
        fit={"base_rows": 200, "most_answers": 30},
        gate={**LENIENT, "baseline_margin": 1.0},
    )
    ports = copy_ports(_first_version.ports)
    for number, (version, kind) in enumerate(MADE.items()):
        if number:
            send_more(ports, number)
        ports.runs.request(Run(id=f"run-{number}", kind=kind, requested_at=datetime.now(UTC)))
        with pytest.MonkeyPatch.context() as patch:
            # Whatever the gate says, it is published: it is put on trial.
            patch.setattr(retrain, "wants_trial", lambda *_: True)
            model = shuffled_version(ports.artefacts)
            patch.setattr(challenger, "train_apart", Training(model))
            # The files are not loaded in a fresh process: that is tested where it is made.
            unchecked = partial(publish.publish, check=lambda *_: [])
            patch.setattr(publish, "publish", unchecked)
            run = execute(f"run-{number}", ports, settings)
        assert run.version == version, (run.state, run.reason)
        ports.models.promote(version, by="owner", why="a test")
    return World(ports, settings)


@dataclass
class Copy:
    """The objects of `published`, to be spoilt, and an empty folder."""

    artefacts: Any
    settings: Settings
    folder: Path

    @property
    def objects(self) -> dict[str, bytes]:
        """What Storage holds, by path."""
        found: dict[str, bytes] = self.artefacts.objects
        return found

    def rebuild(self, version: str = "v1.0.1") -> Rebuilt:
        """Rebuild a version on an empty machine."""
        return rebuild(version, self.artefacts, self.folder / version, self.settings)

    def flip(self, path: str, byte: int = 0, mask: int = 1) -> None:
        """Change one bit of an object."""
        data = bytearray(self.objects[path])
        data[byte] ^= mask
        self.objects[path] = bytes(data)


@pytest.fixture
def copied(published: World, tmp_path: Path) -> Copy:
    artefacts = MemoryArtefacts()
    artefacts.objects = dict(published.ports.artefacts.objects)
    # Other settings than those of the runs: a rebuild goes by the record.
    return Copy(artefacts, Settings(_env_file=None, data_dir=tmp_path / "data"), tmp_path / "out")
