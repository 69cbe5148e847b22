"""Worlds with a requested run, in which slow steps are computed once."""

import itertools
import math
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.corrections import collect
from pipeline.dataset import hdf5
from pipeline.fit import champion, feature_cache
from pipeline.records.runs import RunState
from pipeline.runs import log
from pipeline.screening import screen
from tests.unit.retrain import _trial
from workers import cancellation


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, remembered: dict[Any, Any]) -> None:
    """What is slow and pure is computed once for all runs of this folder.

    No progress is written, and no thread looks at the run, so that the calls are always the same.
    """

    def remember(where: Any, name: str, key: Callable[..., Any]) -> None:
        compute = getattr(where, name)

        def once(*args: Any, **options: Any) -> Any:
            at = (name, key(*args, **options))
            if at not in remembered:
                remembered[at] = compute(*args, **options)
            return remembered[at]

        monkeypatch.setattr(where, name, once)

    remember(collect, "normalize_canvas", lambda png: png)
    remember(
        feature_cache,
        "compute_features",
        lambda model, images, *_: (model.backbone_digest, images.tobytes()),
    )
    remember(
        champion.challenger,
        "fit_challenger",
        lambda cache, path, *_, since, **__: (
            cache.model.backbone_digest,
            hdf5.describe(path).digest,
            since,
        ),
    )
    remember(
        screen,
        "check_labels",
        lambda *arrays_and_referee, **_: tuple(
            array.tobytes() for array in arrays_and_referee[:-1]
        ),
    )
    monkeypatch.setattr(log, "SECONDS_BETWEEN_WRITES", math.inf)
    monkeypatch.setattr(cancellation, "LOOK_SECONDS", threading.TIMEOUT_MAX)


@pytest.fixture(scope="session")
def remembered() -> dict[Any, Any]:
    return {}


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Worlds after their first run, by what that run did, with a folder for each."""
    return {"folder": tmp_path_factory.mktemp("begun")}


def _begin(world: Any, name: str, begun: dict[str, Any], copy_ports: Any, run: Any) -> Any:
    """Return the world after its first run, which is made once for all tests of this session."""
    folder = begun["folder"] / name
    if name not in begun:
        run(world)
        begun[name] = copy_ports(world.ports)
        shutil.copytree(world.settings.data_dir, folder)
    else:
        shutil.rmtree(world.settings.data_dir)
        shutil.copytree(folder, world.settings.data_dir)
        world.ports = copy_ports(begun[name])
    return world


@pytest.fixture
def tried(
    world: Any, quick: None, begun: Any, copy_ports: Any, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """A world in which v1.0.1, which the gate held, is on trial beside v1.0.0.

    The gate would hold later challengers too.
    """
    _trial.fix_gate(monkeypatch, RunState.HELD)
    return _begin(world, "tried", begun, copy_ports, _trial.put_first_on_trial)


@pytest.fixture
def released(world: Any, quick: None, begun: Any, copy_ports: Any) -> Any:
    """A world in which v1.0.1 is released, and v1.0.0 compared with it."""
    return _begin(world, "released", begun, copy_ports, _trial.release_first)


@pytest.fixture
def fresh_world(
    _first_version: Any, copy_ports: Any, tmp_path: Path, quick: None
) -> Callable[[], Any]:
    """A world with a requested run, as often as one is needed."""
    numbers = itertools.count()

    def make() -> Any:
        folder = tmp_path / f"data-{next(numbers)}"
        shutil.copytree(_first_version.settings.data_dir, folder)
        settings = _first_version.settings.with_changes(data_dir=folder, fit={"base_rows": 200})
        world = type(_first_version)(copy_ports(_first_version.ports), settings)
        world.request()
        return world

    return make
