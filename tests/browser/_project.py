"""A project that runs: embedded Firestore and Storage, Redis, and the service over HTTP."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from emulator.servers import Emulators
from pipeline.ports import Ports
from pipeline.settings import Settings
from service.app import create_app
from service.cli.processes import Stack
from service.cli.stack import WORKER, find_free_ports, find_signing_key, new_stack, start_redis
from tests._first_version import RECIPE
from tests.api._server import serving
from tests.browser._seeded import emulating
from workers.app import make_app
from workers.dispatch import dispatch_retrain

KEY = "an-api-key-for-tests"
ANSWER_SECONDS = 15.0
"""A page that gives up on a service sooner would fail tests on a busy machine."""


@dataclass(eq=False)
class Project:
    """A running service, and what is behind it."""

    url: str
    settings: Settings
    ports: Ports
    emulators: Emulators
    stack: Stack
    app: Any

    @property
    def cookie(self) -> Any:
        """A session of the owner, as the browser holds it."""
        sessions = self.app.state.wiring.sessions
        return {"name": sessions.cookie, "value": sessions.sign("api-key"), "url": self.url}

    def start_worker(self) -> None:
        """Start a worker, which executes the runs that are requested."""
        self.stack.start("worker", *WORKER)


@contextmanager
def project_in(seeded: Path, folder: Path, **changes: Any) -> Iterator[Project]:
    """Run a copy of a project until the block ends.

    Args:
        seeded: the project.
        folder: for the copy; it does not exist yet.
        changes: of settings.
    """
    shutil.copytree(seeded, folder)
    with emulating(folder) as (emulators, stored, ports):
        addresses = find_free_ports()
        redis = addresses.environment()["REDRAW_REDIS_URL"]
        settings = stored.with_changes(
            environment="development",
            api_key=SecretStr(KEY),
            redis_url=redis,
            limit={"requests": 0, "wrong_keys": 0},
            **changes,
        )
        extra = {
            **emulators.environment(),
            **find_signing_key(settings),
            **{f"REDRAW_{name.upper()}": str(value) for name, value in RECIPE.items()},
        }
        with new_stack(settings, addresses, extra) as stack:
            start_redis(stack, settings, addresses)
            enqueue = partial(dispatch_retrain, make_app(settings))
            app = create_app(settings, ports, enqueue, answer_seconds=ANSWER_SECONDS)
            with serving(app) as port:
                yield Project(f"http://127.0.0.1:{port}", settings, ports, emulators, stack, app)
