"""Clients that poll over HTTP while versions come and go see whole, ready versions only."""

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx
import pytest

from emulator.servers import run_emulators
from pipeline.bootstrap import connect
from pipeline.errors import Unavailable
from pipeline.ports import Ports
from pipeline.records.releases import Promotion
from pipeline.records.runs import Run, RunState
from pipeline.records.trials import TrialKind, TrialPlan
from pipeline.records.versions import VersionFile
from pipeline.settings import Settings
from pipeline.versions.janitor import tidy_versions
from service.app import create_app
from tests.api._server import serving
from tests.unit.versions._publishing import publish_in, stopping

pytestmark = pytest.mark.slow
ROUNDS = 4
KEY = {"X-API-Key": "an-api-key-for-tests"}
WATCH = TrialPlan(kind=TrialKind.WATCH, share=1, days=7, revision=3, started_by="run")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    project = f"demo-{uuid.uuid4().hex}"
    return settings.model_copy(update={"project_id": project, "bucket": f"{project}.appspot.com"})


@pytest.fixture
def reach(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Callable[[], Ports]]:
    """Connect to the embedded emulators, as each process does for itself."""
    with run_emulators() as emulators:
        for name, value in emulators.environment().items():
            monkeypatch.setenv(name, value)
        yield lambda: connect(settings)


@dataclass
class Client:
    """Polls the release, and looks at everything that it names."""

    address: str
    ports: Ports
    seen: list[str] = field(default_factory=list)
    tried: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def poll(self) -> None:
        with httpx.Client(base_url=self.address) as http:
            tag = ""
            while not self.stop.is_set():
                answer = http.get("/v1/release", headers={"If-None-Match": tag})
                if answer.status_code == 200:
                    tag = answer.headers["ETag"]
                    self.look(http, answer.json())
                elif answer.status_code != 304:
                    self.faults.append(f"{answer.status_code}: {answer.text}")

    def look(self, http: httpx.Client, release: dict[str, Any]) -> None:
        """Load all files of the released version, and of the one on trial."""
        paths = {release["version"]: release["manifestPath"]}
        if release["trial"] is not None:
            paths[release["trial"]["version"]] = release["trial"]["manifestPath"]
            self.tried.add(release["trial"]["version"])
        self.seen.append(release["version"])
        for version, path in paths.items():
            status = self.ports.models.get(version).status
            if status == "withdrawn":  # it may have been withdrawn since: then no client is told so
                now = http.get("/v1/release").json()
                trial = (now["trial"] or {}).get("version")
                if version in {now["version"], trial}:
                    self.faults.append(f"{version} is withdrawn and named")
            elif status != "ready":
                self.faults.append(f"{version} is {status}")
            manifest = json.loads(self.ports.artefacts.read(path))
            for file in map(VersionFile.model_validate, manifest["files"]):
                if VersionFile.of(file.path, self.ports.artefacts.read(file.path)) != file:
                    self.faults.append(f"{file.path} is not what the manifest says")


def publish(ports: Ports, run_id: str, stop_at: int | None = None) -> str:
    """Publish and release a version in a run that ends; stopped at a call, the run fails."""
    ports.runs.request(Run(id=run_id, requested_at=datetime.now(UTC)))
    lease = ports.runs.claim(run_id, "worker", 60)
    promotion = Promotion(run_id, "it is better", watch=WATCH)
    struck, _ = stopping(ports, stop_at, after=True)
    try:
        made = publish_in(struck, run_id=run_id, lease=lease, promotion=promotion).version
    except Unavailable:
        ports.runs.record(lease, {"state": RunState.FAILED})
        tidy_versions(ports, lambda *_: [])
        return ""
    ports.runs.record(lease, {"state": RunState.PROMOTED})
    return made


def test_through_publications_rollbacks_trials_and_withdrawals_a_client_sees_whole_versions(
    reach: Callable[[], Ports], settings: Settings
) -> None:
    ports = reach()
    publish(ports, "run-first")
    app = create_app(settings, reach(), enqueue=print, verify_token=dict)
    with serving(app) as port:
        address = f"http://127.0.0.1:{port}"
        client = Client(address, reach())
        thread = threading.Thread(target=client.poll)
        thread.start()
        try:
            with httpx.Client(base_url=address, headers=KEY) as owner:
                more = count()
                for number in range(ROUNDS):
                    publish(ports, f"run-{number}-struck", stop_at=4 + 3 * number)
                    made = publish(ports, f"run-{number}")
                    owner.post("/v1/releases/rollback", json={"why": "a drill"})
                    owner.post(f"/v1/models/{made}/trial")
                    owner.post(f"/v1/trials/{made}/stop")
                    ports.models.withdraw(made, by="owner", why="a drill")
                    # The client may be slower: it sees one more release before the next round.
                    seen = len(client.seen)
                    while len(client.seen) == seen and not client.faults:
                        publish(ports, f"run-more-{next(more)}")
        finally:
            client.stop.set()
            thread.join()
    assert client.faults == []
    assert len(set(client.seen)) >= ROUNDS
    assert client.tried
