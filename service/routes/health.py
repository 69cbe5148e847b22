"""Tells whoever operates the service whether it lives, and whether it can work."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait

from fastapi import APIRouter

from pipeline.ports import Ports
from pipeline.settings import Settings
from service.dependencies import Wired
from service.problems import RETRY_SECONDS, UNAVAILABLE, ProblemError, answers
from service.schemas import Alive, Ready
from workers.redis_ping import ping

router = APIRouter(tags=["health"])
log = logging.getLogger(__name__)

PATIENCE_SECONDS = 2.0
_ADVICE = {
    "firestore": "Firestore does not answer: look at the credentials, the network, or FIRESTORE_EMULATOR_HOST",
    "redis": "Redis does not answer: start it, or correct REDRAW_REDIS_URL; until then runs are recorded and wait",
}


class Probe:
    """Asks one question in the background, however long a client takes to give up, and never twice at a time."""

    def __init__(self, ask: Callable[[], object]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._answer: Future[None] | None = None

    def __call__(self) -> Future[None]:
        """The answer to come: nothing, or the error."""
        with self._lock:
            if self._answer is None or self._answer.done():
                self._answer = Future()
                # A daemon: a client that waits for a dead server must not keep the process from ending.
                threading.Thread(target=self._run, args=(self._answer,), daemon=True).start()
            return self._answer

    def _run(self, answer: Future[None]) -> None:
        try:
            self._ask()
        except Exception as fault:  # noqa: BLE001 - whatever it is, the other side is of no use
            log.warning("not ready: %s", fault)
            answer.set_exception(fault)
        else:
            answer.set_result(None)


def probes(settings: Settings, ports: Ports) -> dict[str, Callable[[], Future[None]]]:
    """What the service cannot work without, and how to ask whether it is there."""
    return {
        "firestore": Probe(ports.models.release),
        "redis": Probe(lambda: ping(settings.redis_url)),
    }


@router.get(
    "/healthz", summary="Is the process up?", response_description="It is.", responses=answers()
)
def healthz() -> Alive:
    """Asks nobody: restarting this process would mend nothing that is wrong elsewhere."""
    return Alive()


@router.get(
    "/readyz",
    summary="Can it work?",
    response_description="Everything that the service needs answers.",
    responses=answers(UNAVAILABLE),
)
def readyz(wiring: Wired) -> Ready:
    """Asks Firestore and Redis, each once and briefly; 503 says which of them is `down` and what to do."""
    asked = {name: probe() for name, probe in wiring.probes.items()}
    wait(asked.values(), PATIENCE_SECONDS)
    down = [
        name
        for name, answer in asked.items()
        if not answer.done() or answer.exception() is not None
    ]
    if down:
        detail = ". ".join(_ADVICE[name] for name in down) + "."
        raise ProblemError(UNAVAILABLE, detail, {"Retry-After": str(RETRY_SECONDS)}, down=down)
    return Ready()
