"""A baseline looks at the release before it trains, and does not replace one that was lost."""

from pathlib import Path
from typing import Any

import pytest

from pipeline import baseline as module
from pipeline.baseline import make_baseline
from pipeline.bootstrap import in_memory
from pipeline.errors import AccessDenied, NotFound, UnreadableDocument
from pipeline.settings import Settings
from tests.contract import _odd
from tests.contract._versions import ready


class Stopped(Exception):
    """The baseline went on to its first step."""


@pytest.fixture
def ports() -> Any:
    return in_memory()


@pytest.fixture
def make(ports: Any, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    def stop(*_: Any) -> None:
        raise Stopped

    monkeypatch.setattr(module, "prepare_dataset", stop)
    return lambda: make_baseline(tmp_path, ports, settings)


def test_where_the_release_was_deleted_a_version_is_to_be_promoted(make: Any, ports: Any) -> None:
    newest = [ready(ports.models, f"run-{number}") for number in range(3)][-1]
    with pytest.raises(NotFound, match=f"`redraw promote {newest}`"):
        make()


@pytest.mark.parametrize("release", [{}, {**_odd.RELEASE, "fence": "?"}])
def test_a_release_that_cannot_be_read_stops_it_at_once(
    make: Any, ports: Any, release: dict[str, Any]
) -> None:
    version = ready(ports.models)
    ports.models._release = release
    with pytest.raises(UnreadableDocument, match=f"`redraw promote {version}`"):
        make()


def test_a_storage_that_cannot_be_read_stops_it_at_once(
    make: Any, ports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(prefix: str) -> None:
        raise AccessDenied(prefix)

    monkeypatch.setattr(ports.artefacts, "list", refuse)
    with pytest.raises(AccessDenied):
        make()


def test_versions_of_the_game_s_own_and_odd_documents_do_not_stop_it(make: Any, ports: Any) -> None:
    for number, fields in enumerate(_odd.FOREIGN_VERSIONS.values()):
        ports.models._models[f"v1.0.{number}"] = fields
    ports.models._models["v5.0.0_100cat"] = {}
    with pytest.raises(Stopped):
        make()


def test_beside_a_release_another_baseline_may_be_made(make: Any, ports: Any) -> None:
    ports.models.promote(ready(ports.models), by="owner", why="it is better")
    with pytest.raises(Stopped):
        make()


def test_a_baseline_that_stopped_before_its_release_is_continued(
    make: Any, ports: Any, settings: Settings
) -> None:
    settings.baseline_file.parent.mkdir(parents=True)
    settings.baseline_file.write_bytes(b"the model that it trained")
    ready(ports.models, module.name_baseline(b"the model that it trained"))
    with pytest.raises(Stopped):
        make()
