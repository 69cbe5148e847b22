"""Calls of Redraw's HTTP service, as an owner's program makes them."""

import http.client
import json
import time
from typing import Any

from deploy.containers.engine import Failed

ENDS = {"promoted", "rejected", "held", "skipped", "failed", "cancelled"}
RUN_SECONDS = 420.0
POLL_SECONDS = 0.5


class Service:
    """The service at a port of this machine."""

    def __init__(self, port: int, key: str) -> None:
        self._port, self._key = port, key

    def ask(self, path: str, method: str = "GET", **headers: str) -> dict[str, Any]:
        """Send a request, and return the answer's object.

        Raises:
            OSError: no answer, or one that is no success.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request(method, path, headers={"X-API-Key": self._key, **headers})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status >= http.client.MULTIPLE_CHOICES:
                raise OSError(f"{answer.status} {body.decode(errors='replace')}")
            found: dict[str, Any] = json.loads(body)
            return found
        except (http.client.HTTPException, json.JSONDecodeError) as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()

    def ask_patiently(self, path: str, method: str = "GET", **headers: str) -> dict[str, Any]:
        """Send a request until there is an answer: parts are being killed meanwhile.

        Raises:
            Failed: there was none for minutes.
        """
        deadline = time.monotonic() + RUN_SECONDS
        while True:
            try:
                return self.ask(path, method, **headers)
            except OSError as error:
                if time.monotonic() > deadline:
                    raise Failed(f"{method} {path}: no answer: {error}") from None
                time.sleep(POLL_SECONDS)

    def request_run(self, key: str) -> str:
        """Request a retrain, and return its id. The same key means the same run."""
        run = self.ask_patiently("/v1/retrains", "POST", **{"Idempotency-Key": key})
        return str(run["id"])

    def wait_started(self, run_id: str) -> str:
        """Wait until a worker has begun a run, and return its state."""
        return str(self._wait(run_id, lambda run: run["state"] != "requested")["state"])

    def wait_ended(self, run_id: str) -> dict[str, Any]:
        """Wait until a run has ended, and return it."""
        return self._wait(run_id, lambda run: run["state"] in ENDS)

    def _wait(self, run_id: str, is_so: Any) -> dict[str, Any]:
        deadline = time.monotonic() + RUN_SECONDS
        while True:
            run = self.ask_patiently(f"/v1/retrains/{run_id}")
            if is_so(run):
                return run
            if time.monotonic() > deadline:
                raise Failed(f"the run {run_id} is {run['state']} after {RUN_SECONDS:.0f} s")
            time.sleep(POLL_SECONDS)
