"""A running Redraw for one test: its own processes, over a copy of a data folder."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore, storage

from pipeline.settings import Settings
from pipeline.settings_reading import load_settings
from service.cli.processes import Stack
from service.cli.stack import (
    Addresses,
    find_free_ports,
    new_stack,
    start_firebase,
    start_redis,
    start_service,
)

KEY = "an-api-key-for-tests"
LEASE_SECONDS = 3
WAIT_SECONDS = 240
SENT = 400  # corrections and confirmations that are pending in that folder


@dataclass
class House:
    """A running Redraw, without a worker yet."""

    stack: Stack
    settings: Settings
    addresses: Addresses
    http: httpx.Client
    firestore: Any
    bucket: Any

    def wait_until_ended(self, run_id: str) -> dict[str, Any]:
        """Wait until the run has ended, and return it as the HTTP service shows it."""
        ends = {"promoted", "rejected", "held", "skipped", "failed", "cancelled", "forgotten"}
        return self.wait_for(lambda: self._run_in(run_id, ends))

    def _run_in(self, run_id: str, states: set[str]) -> dict[str, Any] | None:
        run: dict[str, Any] = self.http.get(f"/v1/retrains/{run_id}").raise_for_status().json()
        return run if run["state"] in states else None

    def wait_for(self, look: Callable[[], Any]) -> Any:
        """Call `look` until it returns something true, and return that."""
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            answer = look()
            if answer:
                return answer
            time.sleep(0.2)
        logs = "\n".join(
            f"--- {log}\n{log.read_text()[-3000:]}" for log in sorted(self.stack.logs.glob("*.log"))
        )
        raise AssertionError(f"waited {WAIT_SECONDS} s in vain\n{logs}")


@contextmanager
def moved_in(first_version: Path, folder: Path) -> Iterator[House]:
    """Start emulators, Redis and the service over a copy of `first_version`, for one block."""
    shutil.copytree(first_version, folder)
    settings, addresses = load_settings(data_dir=folder), find_free_ports()
    extra = {
        "REDRAW_API_KEY": KEY,
        "REDRAW_LEASE_SECONDS": str(LEASE_SECONDS),
        # Tests of the loop expect a promotion. So small a challenger errs on two of the golden
        # set, which is the default limit: rounding would decide. It wins clearly on all else.
        "REDRAW_GATE_GOLDEN_WRONG": "50",
    }
    with pytest.MonkeyPatch.context() as patch, new_stack(settings, addresses, extra) as stack:
        start_firebase(stack, settings, addresses)
        start_redis(stack, settings, addresses)
        start_service(stack, addresses)
        for name, value in addresses.environment().items():
            patch.setenv(name, value)
        credentials = AnonymousCredentials()
        with httpx.Client(
            base_url=f"http://127.0.0.1:{addresses.service}", headers={"X-API-Key": KEY}, timeout=30
        ) as http:
            yield House(
                stack,
                settings,
                addresses,
                http,
                firestore.Client(project=settings.project_id, credentials=credentials),
                storage.Client(project=settings.project_id, credentials=credentials).bucket(
                    settings.bucket
                ),
            )
