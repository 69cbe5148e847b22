"""The service before real servers that can be made to fail: Firestore, Storage, Redis, Google's.

Google's is the server that knows accounts; a small one stands for it.

Each server stands behind a proxy. What a test itself reads and writes goes past the proxies.
"""

import os
import shutil
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from unittest.mock import patch

import httpx
from fakeredis import TcpFakeServer
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from emulator.servers import run_emulators
from pipeline.bootstrap import connect
from pipeline.formats.weights import dump_weights
from pipeline.model.file import read_predictor
from pipeline.ports import Ports
from pipeline.records.runs import Run, RunState
from pipeline.records.versions import VersionNumber
from pipeline.settings import Settings
from service.access.rules import Rule
from service.cli.drill.proxy import Fault, Proxy, proxying
from tests._small_model import make_model
from tests.api._corrections import CANVAS, NOW, PATH
from tests.api._google import sign_token
from tests.api._routes import Example
from tests.unit.cli._accounts import AccountServer
from tests.unit.versions._publishing import PUBLICATION, publish_in

WEIGHTS = dump_weights(read_predictor(make_model()))
BACKENDS = ("firestore", "storage", "redis", "google")
FAULTS = tuple(fault for fault in Fault if fault is not Fault.NONE)
KEY = "an-api-key-for-tests"
PATIENCE_SECONDS = 60.0
"""Of a client of a test: who waits for longer waits for ever."""


Credentials = dict[str, dict[str, str]]


class Answer(NamedTuple):
    """What a route answered: status 0 if nothing came."""

    status: int
    body: bytes
    headers: Any
    seconds: float


@dataclass
class Project:
    """A project with something behind each example of a path."""

    settings: Settings
    environment: dict[str, str]
    """Leads a process to the proxies."""
    ports: Ports
    """Past the proxies."""
    client: Any
    """Of Firestore, past the proxies."""
    proxies: dict[str, Proxy] = field(default_factory=dict)

    def set(self, fault: Fault, *backends: str) -> None:
        for name in backends:
            self.proxies[name].set(fault)

    def reset(self) -> None:
        """Delete what there is, and seed the project anew."""
        for collection in self.client.collections():
            for document in collection.stream():
                document.reference.delete()
        for stored in self.ports.artefacts.list(""):
            self.ports.artefacts.delete(stored.path)
        seed(self)

    def snapshot(self) -> dict[str, int]:
        """Return how many documents each collection has, and how many objects there are."""
        counts = {
            collection.id: len(list(collection.stream()))
            for collection in self.client.collections()
        }
        return counts | {"objects": len(self.ports.artefacts.list(""))}


@contextmanager
def running_redis() -> Iterator[int]:
    """Run a Redis until the block ends, and yield its port."""
    if shutil.which("redis-server") is None:
        TcpFakeServer.allow_reuse_address = True
        server = TcpFakeServer(("127.0.0.1", 0), server_type="redis")
        threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()
        yield server.server_address[1]
        server.shutdown()
        server.server_close()
        return
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        ["redis-server", "--port", str(port), "--save", "", "--bind", "127.0.0.1"],
        stdout=subprocess.DEVNULL,
    )
    try:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.01)
        yield port
    finally:
        process.kill()
        process.wait()


@contextmanager
def running_accounts() -> Iterator[int]:
    """Run the server that knows the player and the owner, and yield its port."""
    server = AccountServer()
    server.add("pia")
    server.add("ada")
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    ).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@contextmanager
def running_project(settings: Settings) -> Iterator[Project]:
    """Run the servers and the proxies until the block ends."""
    name = f"demo-{uuid.uuid4().hex}"
    with ExitStack() as stack:
        emulators = stack.enter_context(run_emulators())
        redis = stack.enter_context(running_redis())
        accounts = stack.enter_context(running_accounts())
        targets = {
            "firestore": int(emulators.firestore_host.rpartition(":")[2]),
            "storage": int(emulators.storage_host.rpartition(":")[2]),
            "redis": redis,
            "google": accounts,
        }
        proxies = {each: stack.enter_context(proxying(targets[each])) for each in BACKENDS}
        environment = {
            "FIRESTORE_EMULATOR_HOST": f"127.0.0.1:{proxies['firestore'].port}",
            "STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{proxies['storage'].port}",
            "REDRAW_REDIS_URL": f"redis://127.0.0.1:{proxies['redis'].port}/0",
            "FIREBASE_AUTH_EMULATOR_HOST": f"127.0.0.1:{proxies['google'].port}",
            "REDRAW_PROJECT_ID": name,
            "REDRAW_BUCKET": f"{name}.appspot.com",
            "REDRAW_API_KEY": KEY,
        }
        settings = settings.model_copy(
            update={
                "project_id": name,
                "bucket": environment["REDRAW_BUCKET"],
                "redis_url": environment["REDRAW_REDIS_URL"],
            }
        )
        with patch.dict(os.environ, emulators.environment()):
            ports = connect(settings)
            client = firestore.Client(project=name, credentials=AnonymousCredentials())
        project = Project(settings, environment, ports, client, proxies)
        seed(project)
        yield project
        client.close()


def connect_through(project: Project, answer_seconds: float) -> Ports:
    """Return ports that reach the servers through the proxies."""
    with patch.dict(os.environ, project.environment):
        return connect(project.settings, answer_seconds)


def seed(project: Project) -> None:
    """Put something behind each example of a path."""
    ports = project.ports
    files = {**PUBLICATION.files, "weights.bin": lambda _: WEIGHTS}
    for patch_number in range(3):
        number = VersionNumber(1, 0, patch_number)
        version = publish_in(
            ports,
            run_id=f"run-{number}-published",
            choose_number=lambda _, number=number: number,
            files=files,
        ).version
        if patch_number:  # so v1.0.0 is ready, and neither released nor in the history
            ports.models.promote(version, by="owner", why="it is better")
    ports.runs.request(Run(id="run-1", requested_at=datetime.now(UTC)))
    ports.runs.record(ports.runs.claim("run-1", "worker", 60), {"state": RunState.PROMOTED})
    ports.artefacts.create(PATH, CANVAS)
    retraining = {
        "state": "quarantined",
        "reason": "no_class",
        "explanation": "It fits no class.",
        "runId": "run-1",
        "at": NOW,
    }
    project.client.collection(project.settings.game.collection).document("c1").set(
        {
            "status": "quarantined",
            "correctedLabel": "cat",
            "originalPrediction": "sun",
            "timestamp": NOW,
            "userId": "pia",
            "imageStoragePath": PATH,
            "retraining": retraining,
        }
    )


def bearer(project: Project, uid: str, **claims: Any) -> dict[str, str]:
    """Return the header with an unsigned token, as the emulator of accounts makes them."""
    token = sign_token(
        "",
        algorithm="none",
        aud=project.settings.project_id,
        iss=f"https://securetoken.google.com/{project.settings.project_id}",
        sub=uid,
        **claims,
    )
    return {"Authorization": f"Bearer {token}"}


def credentials(project: Project, *, with_tokens: bool = False) -> Credentials:
    """Return what an owner and a player send; the owner the key, or a token."""
    owner = bearer(project, "ada") if with_tokens else {"X-API-Key": KEY}
    return {"owner": owner, "player": bearer(project, "pia", admin=None)}


def ask(client: httpx.Client, example: Example, sent: Credentials, **headers: str) -> Answer:
    """Send the request of an example, as a player where the route is for players."""
    who = "player" if example.rule in {Rule.PLAYER, Rule.VISITOR} else "owner"
    started = time.monotonic()
    try:
        answer = client.request(
            example.method,
            example.path,
            json=example.body,
            headers={**sent[who], **headers},
        )
    except httpx.TransportError:
        return Answer(0, b"", {}, time.monotonic() - started)
    return Answer(answer.status_code, answer.content, answer.headers, time.monotonic() - started)


def ask_all(
    client: httpx.Client, examples: list[Example], sent: Credentials, at_once: int = 8
) -> list[tuple[Example, Answer]]:
    """Send the requests of all examples, some at the same time."""
    with ThreadPoolExecutor(at_once) as pool:
        return list(
            zip(examples, pool.map(lambda each: ask(client, each, sent), examples), strict=True)
        )
