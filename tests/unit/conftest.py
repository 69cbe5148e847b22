"""Small worlds for unit tests: a data set of random drawings, and v1.0.0 on ports in memory."""

import ctypes
import hashlib
import shutil
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emulator.players.canvases import SentCorrection, player_corrections
from emulator.players.sketches import sketch_rows
from pipeline.adapters.memory import MemoryArtefacts
from pipeline.bootstrap import in_memory
from pipeline.categories import CATEGORIES
from pipeline.dataset.additions import Additions
from pipeline.dataset.preprocess import preprocess
from pipeline.dataset.splits import player_split
from pipeline.drawings import Images
from pipeline.formats import check
from pipeline.ports import Ports
from pipeline.records.dataset import DatasetRevision
from pipeline.records.runs import Run
from pipeline.settings import Settings
from tests._first_version import RECIPE, load_ports


@pytest.fixture(scope="session", autouse=True)
def one_blas_thread() -> None:
    """One thread for OpenBLAS: on a busy machine two spin, and a fit takes twenty times as long."""
    for library in (Path(np.__file__).parents[1] / "numpy.libs").glob("libscipy_openblas64*"):
        ctypes.CDLL(str(library)).scipy_openblas_set_num_threads64_(1)


@pytest.fixture(scope="session")
def compared() -> dict[str, list[str]]:
    """What comparisons of files said, by the digest of what was compared."""
    return {}


@pytest.fixture(autouse=True)
def compare_files_here(monkeypatch: pytest.MonkeyPatch, compared: dict[str, list[str]]) -> None:
    """The files of a publication are compared in this process, by two drawings, the same ones once.

    The process of its own that `redraw` starts for it takes a second. It is tested in formats/.
    """

    def compare_once(files: Mapping[str, bytes], golden: Images) -> list[str]:
        from pipeline.formats.compare import compare_files

        state = hashlib.sha256(golden.tobytes())
        for name, data in files.items():
            state.update(f"{name} {len(data)} ".encode() + data)
        if state.hexdigest() not in compared:
            compared[state.hexdigest()] = compare_files(files, golden[:2])
        return compared[state.hexdigest()]

    monkeypatch.setattr(check, "compare_apart", compare_once)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """For a run that takes a moment. Nothing is read from the environment's `.env`."""
    return Settings(_env_file=None, data_dir=tmp_path / "data", fit={"base_rows": 200})


@pytest.fixture(scope="session")
def random_raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Raw drawings, each different from all others: 20 to 39 a class."""
    folder = tmp_path_factory.mktemp("random-raw")
    rng = np.random.default_rng(7)
    for label, name in enumerate(CATEGORIES):
        rows = rng.integers(0, 256, (20 + label, 784)) * (rng.random((20 + label, 784)) < 0.2)
        np.save(folder / f"{name}.npy", rows.astype(np.uint8))
    return folder


@pytest.fixture(scope="session")
def pristine_base(random_raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Revision 0, of random drawings: not to be changed."""
    path = tmp_path_factory.mktemp("base") / "data.h5"
    preprocess(random_raw, path, categories=CATEGORIES, samples_per_class=100, seed=3)
    return path


@pytest.fixture
def base_file(pristine_base: Path, tmp_path: Path) -> Path:
    """A copy of revision 0, of random drawings."""
    return Path(shutil.copy(pristine_base, tmp_path / "data.h5"))


@pytest.fixture(scope="session")
def make_additions() -> Callable[..., Additions]:
    """Additions of `count` random drawings on top of a revision; ids begin with `name`."""

    def make(held: DatasetRevision, count: int, name: str = "c", seed: int = 0) -> Additions:
        rng = np.random.default_rng(seed)
        players = [rng.bytes(32).hex() for _ in range(count)]
        return Additions(
            run_id="run",
            revision=held.revision + 1,
            parent=held.digest,
            images=rng.integers(0, 256, (count, 28, 28), np.uint8),
            labels=rng.integers(0, 20, count).astype(np.uint8),
            ids=np.array([f"{name}{each:04d}" for each in range(count)], np.str_),
            players=np.array(players, np.str_),
            splits=np.array([str(player_split(player)) for player in players], np.str_),
            guesses=rng.integers(0, 20, count).astype(np.uint8),
            confidences=rng.random(count, np.float32),
            versions=np.full(count, "v1.0.0"),
            asked=rng.choice(np.array([0, 1, 2, 3, 255], np.uint8), count),
            chances=np.where(rng.random(count) < 0.5, np.nan, rng.random(count)).astype(np.float32),
        )

    return make


@pytest.fixture(scope="session")
def copy_ports() -> Callable[[Ports], Ports]:
    """The same documents and objects on ports of their own."""

    def copy(ports: Any) -> Ports:
        copied: Any = in_memory()
        copied.corrections.documents = {
            name: dict(fields) for name, fields in ports.corrections.documents.items()
        }
        copied.corrections.decided = dict(ports.corrections.decided)
        copied.artefacts.objects = dict(ports.artefacts.objects)
        copied.runs.documents = deepcopy(ports.runs.documents)
        copied.runs.slot_document = dict(ports.runs.slot_document)
        copied.models._models = deepcopy(ports.models._models)
        copied.models._release = deepcopy(ports.models._release)
        copied.models.trials = deepcopy(ports.models.trials)
        copied.models.changes = deepcopy(ports.models.changes)
        return copied

    return copy


def put(ports: Any, sent: SentCorrection) -> None:
    ports.corrections.documents[sent.id] = dict(sent.fields)
    if sent.path is not None and sent.png is not None:
        ports.artefacts.objects.setdefault(sent.path, sent.png)


@dataclass
class World:
    """A project with a released v1.0.0 and 40 pending corrections, five of them faulty."""

    ports: Any
    settings: Settings

    def request(self, run_id: str = "run-1") -> Run:
        """Request a run, and leave its execution to the test."""
        run: Run = self.ports.runs.request(Run(id=run_id, requested_at=datetime.now(UTC)))
        return run


@pytest.fixture(scope="session")
def _first_version(first_version_folder: Path) -> World:
    ports = load_ports(first_version_folder)
    settings = Settings(_env_file=None, data_dir=first_version_folder / "data", **RECIPE)
    rows = {name: sketch_rows(name, 8, 1) for name in CATEGORIES}
    sent = list(player_corrections(rows, 40, 0, "v1.0.0", players=30, faulty=0.0))
    sent[3] = sent[3]._replace(png=None)
    sent[8] = sent[8]._replace(png=b"no image")
    sent[13] = sent[13]._replace(fields=sent[13].fields | {"correctedLabel": "no class"})
    sent[18] = sent[18]._replace(fields=sent[18].fields | {"userId": ["7"]})
    sent[23] = sent[23]._replace(png=sent[22].png)
    for each in sent:
        put(ports, each)
    return World(ports, settings)


@pytest.fixture
def world(_first_version: World, copy_ports: Callable[[Ports], Ports], settings: Settings) -> World:
    """A copy of the first version: the data set and all documents and objects."""
    shutil.copytree(_first_version.settings.data_dir, settings.data_dir)
    return World(copy_ports(_first_version.ports), settings)


@pytest.fixture
def artefacts() -> MemoryArtefacts:
    return MemoryArtefacts()
