"""All adapters keep one contract: dictionaries in memory, and Google's clients on emulators."""

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from emulator.servers import Emulators, run_emulators
from pipeline.bootstrap import connect, in_memory
from pipeline.ports import (
    ArtefactStore,
    CorrectionSource,
    ModelRegistry,
    Ports,
    RunStore,
    TrialStore,
)
from pipeline.settings import Settings
from service.cli.stack import running_official
from tests._official import official_only

Call = Callable[[], Any]
DEFAULTS = Settings(_env_file=None)


@pytest.fixture(scope="session")
def official(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Google's own Firestore emulator, as host:port."""
    with running_official(tmp_path_factory.mktemp("official")) as host:
        yield host


@pytest.fixture(scope="session")
def embedded_firebase() -> Iterator[Emulators]:
    """Shared by all tests; each has a project and a bucket of its own in it."""
    with run_emulators() as emulators:
        yield emulators


@pytest.fixture(scope="session")
def official_firebase(official: str) -> Iterator[Emulators]:
    """Google's Firestore, and our Storage."""
    with run_emulators(firestore_host=official) as emulators:
        yield emulators


@pytest.fixture(
    params=["memory", "embedded", pytest.param("official", marks=[official_only, pytest.mark.slow])]
)
def world(request: pytest.FixtureRequest, game_settings: Settings) -> Iterator[Any]:
    """The ports, and what the game does to corrections: `put`, `look`, `delete`.

    `edit` and `read` do what an owner does in Firebase's console to any document, by its path;
    `edit(path, None)` deletes one.
    """
    if request.param == "memory":
        yield _memory(game_settings)
    else:
        emulators = request.getfixturevalue(f"{request.param}_firebase")
        with pytest.MonkeyPatch.context() as patch:
            yield from _google(emulators, patch, game_settings)


@pytest.fixture
def game_settings() -> Settings:
    """The settings that say how the game spells its corrections; a module may have others."""
    return DEFAULTS


def _memory(game_settings: Settings) -> Any:
    ports = in_memory(game_settings)
    documents: dict[str, Any] = ports.corrections.documents  # type: ignore[attr-defined]

    def put(name: str, fields: dict[str, Any]) -> None:
        documents[name] = deepcopy(fields)
        ports.corrections.written[name] = datetime.now(UTC)  # type: ignore[attr-defined]
        ports.corrections.created.setdefault(name, datetime.now(UTC))  # type: ignore[attr-defined]

    runs: Any = ports.runs
    models: Any = ports.models
    notifications: Any = ports.notifications

    def edit(path: str, fields: dict[str, Any] | None) -> None:
        collection, name = path.split("/", 1)
        if path == "releases/production":
            models._release = deepcopy(fields)
        elif collection == "leases":
            runs.slot_document = deepcopy(fields or {})
        elif path == "notification_state/noticed":
            notifications.noticed = deepcopy(fields)
        elif fields is None:
            collections = {
                "trials": models.trials,
                "release_history": models.changes,
                "notifications": notifications.documents,
            }
            collections.get(collection, runs.documents).pop(name)
        else:
            decisions = ports.corrections.odd_decisions  # type: ignore[attr-defined]
            stored = {
                "models": models._models,
                "training_runs": runs.documents,
                "decisions": decisions,
                "guesses": ports.corrections.guesses,  # type: ignore[attr-defined]
                "trials": models.trials,
                "forget_requests": runs.forget_requests,
                "release_history": models.changes,
                "notifications": notifications.documents,
            }
            stored[collection][name] = deepcopy(fields)

    def read(path: str) -> dict[str, Any] | None:
        collection, name = path.split("/", 1)
        if collection == "leases":
            return deepcopy(runs.slot_document) or None
        stored = {
            "releases": {"production": models._release},
            "notification_state": {"noticed": notifications.noticed},
            "models": models._models,
            "training_runs": runs.documents,
            "trials": models.trials,
            "forget_requests": runs.forget_requests,
            "release_history": models.changes,
            "notifications": notifications.documents,
        }
        return deepcopy(stored[collection].get(name))

    return SimpleNamespace(
        ports=ports, put=put, look=documents.get, delete=documents.pop, edit=edit, read=read
    )


def _google(
    emulators: Emulators, patch: pytest.MonkeyPatch, game_settings: Settings
) -> Iterator[Any]:
    for name, value in emulators.environment().items():
        patch.setenv(name, value)
    project = f"demo-{uuid.uuid4().hex}"
    ports = connect(
        game_settings.model_copy(update={"project_id": project, "bucket": f"{project}.appspot.com"})
    )
    game = firestore.Client(project=project, credentials=AnonymousCredentials())
    corrections = game.collection(game_settings.game.collection)

    def edit(path: str, fields: dict[str, Any] | None) -> None:
        if fields is None:
            game.document(path).delete()
        else:
            game.document(path).set(fields)

    yield SimpleNamespace(
        ports=ports,
        put=lambda name, fields: corrections.document(name).set(fields),
        look=lambda name: corrections.document(name).get().to_dict(),
        delete=lambda name: corrections.document(name).delete(),
        edit=edit,
        read=lambda path: game.document(path).get().to_dict(),
    )
    game.close()
    ports.runs._client.close()  # type: ignore[attr-defined]


@pytest.fixture
def ports(world: Any) -> Ports:
    return world.ports


@pytest.fixture
def corrections(ports: Ports) -> CorrectionSource:
    return ports.corrections


@pytest.fixture
def artefacts(ports: Ports) -> ArtefactStore:
    return ports.artefacts


@pytest.fixture
def runs(ports: Ports) -> RunStore:
    return ports.runs


@pytest.fixture
def models(ports: Ports) -> ModelRegistry:
    return ports.models


@pytest.fixture
def trials(ports: Ports) -> TrialStore:
    return ports.trials


@pytest.fixture
def at_once(request: pytest.FixtureRequest) -> Callable[[Sequence[Call]], list[Any]]:
    """Make calls from as many threads at once; return what each one returned or raised."""
    if request.node.callspec.params.get("world") == "official":
        pytest.skip(
            "contention takes minutes on Google's emulator, which locks: see docs/emulators.md"
        )

    def start(calls: Sequence[Call]) -> list[Any]:
        gate = threading.Barrier(len(calls))

        def make(call: Call) -> Any:
            gate.wait()
            try:
                return call()
            except Exception as fault:  # noqa: BLE001 - the test looks at what it was
                return fault

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(make, calls))

    return start
