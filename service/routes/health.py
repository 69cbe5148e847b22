"""Say whether the process is alive, and whether it is ready."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait

from fastapi import APIRouter

from pipeline.ports import Ports
from pipeline.settings import Settings
from service.dependencies import Wired
from service.problems import RETRY_SECONDS, UNAVAILABLE, ProblemError, problem_responses
from service.release_files import ReleaseFiles
from service.schemas import Alive, Ready
from workers.redis_ping import ping

router = APIRouter(tags=["health"])
log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 2.0
_ADVICE = {
    "firestore": (
        "Firestore does not answer: check the credentials, the network and FIRESTORE_EMULATOR_HOST"
    ),
    "release": (
        "A file of the released version is missing in Storage: `redraw doctor` names it, and "
        "`redraw promote` releases another version"
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

    def __init__(self, check: Callable[[], object]) -> None:
        self._check = check
        self._lock = threading.Lock()
        self._result: Future[None] | None = None

    def __call__(self) -> Future[None]:
        """Return a future: it ends with None, or with the error of the check."""
        with self._lock:
            if self._result is None or self._result.done():
                self._result = Future()
                # A daemon: a check that hangs must not keep the process from ending.
                threading.Thread(target=self._run, args=(self._result,), daemon=True).start()
            return self._result

    def _run(self, result: Future[None]) -> None:
        try:
            self._check()
        except Exception as error:  # noqa: BLE001 - any error means that it cannot be used
            log.warning("not ready: %s", error)
            result.set_exception(error)
        else:
            result.set_result(None)


def make_probes(settings: Settings, ports: Ports) -> dict[str, Callable[[], Future[None]]]:
    """Return a probe for each service that this process needs."""
    files = ReleaseFiles(ports)
    return {
        "firestore": Probe(files.read_release),
        "release": Probe(files.check),
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
    summary="Is the service ready?",
    response_description="Everything that the service needs answers.",
    responses=problem_responses(UNAVAILABLE),
)
def readyz(wiring: Wired) -> Ready:
    """Check Firestore, Redis and the files of the release, for at most two seconds.

    503 says what is `down`.
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
    return Ready()
