"""Worlds in which v1.0.1 is released, which learned from all players of the first run."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipeline.versions import publish
from tests.unit.forgetting._worlds import gate, retrain
from tests.unit.retrain.conftest import quick, remembered

__all__ = ["quick", "remembered"]


@pytest.fixture(autouse=True)
def trusted_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files of versions are not loaded in a fresh process: that is tested where it is made."""
    unchecked = partial(publish.publish, check=lambda *_: [])
    monkeypatch.setattr(publish, "publish", unchecked)


@pytest.fixture(scope="session")
def learned_once(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The world after its first run, once it was made."""
    return {"folder": tmp_path_factory.mktemp("learned")}


@pytest.fixture
def seen(
    world: Any,
    quick: None,
    learned_once: dict[str, Any],
    copy_ports: Callable[[Any], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> Any:
    """v1.0.1 is released, which learned from all players; the gate promotes what comes next."""
    gate(monkeypatch)
    folder = learned_once["folder"] / "data"
    if "ports" not in learned_once:
        retrain(world, "run-1")
        learned_once["ports"] = copy_ports(world.ports)
        shutil.copytree(world.settings.data_dir, folder)
    else:
        shutil.rmtree(world.settings.data_dir)
        shutil.copytree(folder, world.settings.data_dir)
        world.ports = copy_ports(learned_once["ports"])
    return world


@pytest.fixture
def copies(seen: Any, copy_ports: Callable[[Any], Any], tmp_path: Path) -> Callable[[], Any]:
    """Makes copies of that world, each with a folder of its own."""
    made: list[Path] = []

    def make() -> Any:
        folder = tmp_path / f"copy-{len(made)}"
        made.append(shutil.copytree(seen.settings.data_dir, folder))
        if len(made) > 1:  # the one before was looked at
            shutil.rmtree(made[-2], ignore_errors=True)
        return type(seen)(copy_ports(seen.ports), seen.settings.with_changes(data_dir=folder))

    return make
