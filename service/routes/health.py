"""Say whether the process is alive, and whether it is ready."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait

from fastapi import APIRouter

from pipeline.errors import UnreadableDocument
from pipeline.ports import ModelRegistry, Ports
from pipeline.settings import Settings
from pipeline.versions.released import LOST
from service.dependencies import Wired
from service.problems import RETRY_SECONDS, UNAVAILABLE, ProblemError, problem_responses
from service.schemas import Alive, Ready
from workers.redis_ping import ping

router = APIRouter(tags=["health"])
log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 2.0
_ADVICE = {
    "firestore": (
        "Firestore does not answer: check the credentials, the network and FIRESTORE_EMULATOR_HOST"
    ),
    "redis": (
        "Redis does not answer: start it, or correct REDRAW_REDIS_URL; "
        "until then runs are recorded and wait"
    ),
}


class Probe:
    """A check of another service that never blocks its caller.

    A client may wait for minutes before it gives up on a server that is down, and the probe of an
    orchestrator comes every few seconds. So a check runs in a thread, the caller waits for its
    result as long as it likes, and while one is running no second one is started: later callers
    share its result. Otherwise each probe would leave one more waiting thread behind.
    """

    def __init__(self, check: Callable[[], str | None]) -> None:
        self._check = check
        self._lock = threading.Lock()
        self._result: Future[str | None] | None = None

    def __call__(self) -> Future[str | None]:
        """Return a future: it ends with what the check returned, or with its error."""
        with self._lock:
            if self._result is None or self._result.done():
                self._result = Future()
                # A daemon: a check that hangs must not keep the process from ending.
                threading.Thread(target=self._run, args=(self._result,), daemon=True).start()
            return self._result

    def _run(self, result: Future[str | None]) -> None:
        try:
            problem = self._check()
        except Exception as error:  # noqa: BLE001 - any error means that it cannot be used
            log.warning("not ready: %s", error)
            result.set_exception(error)
        else:
            result.set_result(problem)


def find_release_problem(models: ModelRegistry) -> str | None:
    """Read the release; return what an owner should do about it, None if nothing."""
    try:
        release = models.release()
    except UnreadableDocument as error:
        return str(error)
    if release is None and models.has_ready():
        return f"{LOST}: `redraw promote VERSION` releases one; `redraw models` lists them"
    return None


def make_probes(settings: Settings, ports: Ports) -> dict[str, Callable[[], Future[str | None]]]:
    """Return a probe for each service that this process needs."""
    return {
        "firestore": Probe(lambda: find_release_problem(ports.models)),
        "redis": Probe(lambda: ping(settings.redis_url)),
    }


@router.get(
    "/healthz",
    summary="Is the process up?",
    response_description="It is up.",
    responses=problem_responses(),
)
def healthz() -> Alive:
    """Return at once, without asking other services: a restart would not repair those."""
    return Alive()


@router.get(
    "/readyz",
    response_model_exclude_none=True,
    summary="Is the service ready?",
    response_description="Everything that the service needs answers.",
    responses=problem_responses(UNAVAILABLE),
)
def readyz(wiring: Wired) -> Ready:
    """Check Firestore and Redis, for at most two seconds; 503 says which of them is `down`.

    A release that was deleted or cannot be read is one of the `problems`: it does not make this
    process unready, as another would be no better.
    """
    results = {name: probe() for name, probe in wiring.probes.items()}
    wait(results.values(), TIMEOUT_SECONDS)
    down = [
        name
        for name, result in results.items()
        if not result.done() or result.exception() is not None
    ]
    if down:
        detail = ". ".join(_ADVICE[name] for name in down) + "."
        raise ProblemError(UNAVAILABLE, detail, {"Retry-After": str(RETRY_SECONDS)}, down=down)
    return Ready(
        problems=[problem for each in results.values() if (problem := each.result())] or None
    )
