"""A Redraw of its own for each test, over a copy of a folder in which v1.0.0 is released."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from emulator.players.canvases import player_corrections
from emulator.players.seed import seed_corrections
from emulator.players.sketches import PLAYERS_HASTE, sketch_rows
from emulator.servers import run_emulators
from pipeline.bootstrap import connect
from pipeline.categories import CATEGORIES
from pipeline.dataset.hdf5 import read_base_digest
from pipeline.settings_reading import load_settings
from pipeline.storage_paths import REFEREE
from service.cli.demo import make_guesser
from service.cli.stack import running_official
from tests._first_version import RECIPE, load_ports
from tests.end_to_end._house import SENT, House, moved_in


@pytest.fixture(scope="session")
def first_version(first_version_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with v1.0.0 released and players' corrections pending, a few of them faulty.

    Model and referee are those of `first_version_folder`: here they are only published.
    """
    folder = tmp_path_factory.mktemp("first-version")
    shutil.copytree(first_version_folder / "data", folder / "data")
    settings = load_settings(data_dir=folder / "data", **RECIPE)
    referee = REFEREE.fill(
        dataset=settings.dataset_file.stem, digest=read_base_digest(settings.dataset_file)
    )
    with (
        run_emulators(settings.data_dir / "firebase") as emulators,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in emulators.environment().items():
            patch.setenv(name, value)
        from pipeline.baseline import make_baseline

        ports = connect(settings)
        ports.artefacts.create(referee, load_ports(first_version_folder).artefacts.read(referee))
        baseline = make_baseline(first_version_folder / "raw", ports, settings)
        rows = {name: sketch_rows(name, 60, 1, PLAYERS_HASTE) for name in CATEGORIES}
        guess = make_guesser(baseline.version, ports.artefacts, CATEGORIES)
        seed_corrections(
            player_corrections(rows, SENT, 0, "v1.0.0", players=80, faulty=0.1, guess=guess),
            settings,
        )
    return settings.data_dir


@pytest.fixture
def house(first_version: Path, tmp_path: Path) -> Iterator[House]:
    """On redis-server where it is installed."""
    with moved_in(first_version, tmp_path / "data") as house:
        yield house


@pytest.fixture(params=["auto", pytest.param("fakeredis", marks=pytest.mark.slow)])
def house_on_either_redis(
    request: pytest.FixtureRequest, first_version: Path, tmp_path: Path
) -> Iterator[House]:
    """Once on redis-server where it is installed, once on fakeredis."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REDRAW_REDIS_SERVER", request.param)
        with moved_in(first_version, tmp_path / "data") as house:
            yield house


@pytest.fixture
def house_on_google_s_firestore(
    first_version: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    """Firestore is Google's own emulator, with the documents of the first version in it."""
    with running_official(tmp_path / "logs") as official:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", official)
        with moved_in(first_version, tmp_path / "data") as house:
            copy_documents(f"127.0.0.1:{house.addresses.firestore}", house.firestore, monkeypatch)
            yield house


def copy_documents(source: str, target: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """All documents of another Firestore, given as host:port."""
    with monkeypatch.context() as patch:
        patch.setenv("FIRESTORE_EMULATOR_HOST", source)
        filled = firestore.Client(project=target.project, credentials=AnonymousCredentials())
    for collection in filled.collections():
        for document in collection.stream():
            target.document(document.reference.path).set(document.to_dict())
    filled.close()
