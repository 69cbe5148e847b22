"""Say whether the process is alive, and whether it is ready."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from pipeline.ports import Ports
from pipeline.settings import Settings
from service.access.roles import Public
from service.backends.bounded import ANSWER_SECONDS
from service.backends.single_flight import SingleFlight, is_done_within
from service.contract.routers import make_router
from service.http.problems import RETRY_SECONDS, UNAVAILABLE, ProblemError, problem_responses
from service.schemas.health import Alive, Ready
from service.versions.release_files import ReleaseFiles
from service.wiring import Wired
from workers.redis_ping import ping

router = make_router(tags=["health"])
log = logging.getLogger(__name__)

T = TypeVar("T")

_ADVICE = {
    "firestore": (
        "Firestore does not answer: check the credentials, the network and FIRESTORE_EMULATOR_HOST"
    ),
    "redis": (
        "Redis does not answer: start it, or correct REDRAW_REDIS_URL; "
        "until then runs are recorded and wait"
    ),
}


def make_probe(check: Callable[[], str | None]) -> SingleFlight[str | None]:
    """Return a probe: call it for a future of what the check returns, or of its error."""

    def run() -> str | None:
        try:
            return check()
        except Exception as error:
            log.warning("not ready: %s", error)
            raise

    return SingleFlight(run)


def make_probes(settings: Settings, ports: Ports) -> dict[str, Callable[[], Future[str | None]]]:
    """Return a probe for each service that this process needs."""
    files = ReleaseFiles(ports)
    return {
        "firestore": make_probe(files.read_release),
        "release": make_probe(files.find_problem),
        "redis": make_probe(lambda: ping(settings.redis_url)),
    }


@router.get(
    "/healthz",
    summary="Is the process up?",
    response_description="It is up.",
    responses=problem_responses(),
)
async def healthz(_public: Public) -> Alive:
    """Return at once, without asking other services: a restart would not repair those."""
    # It runs in the event loop: a probe must not wait for a thread of the pool.
    return Alive()


@router.get(
    "/readyz",
    response_model_exclude_none=True,
    summary="Is the service ready?",
    response_description="Everything that the service needs answers.",
    responses=problem_responses(UNAVAILABLE),
)
async def readyz(wiring: Wired, _public: Public) -> Ready:
    """Check Firestore and Redis, for at most two seconds; 503 says which of them is `down`.

    A release that was deleted, cannot be read, or lacks a file in Storage is one of the `problems`:
    it does not make this process unready, as another would be no better.
    """
    results = {name: probe() for name, probe in wiring.probes.items()}
    await asyncio.gather(*(is_done_within(each, ANSWER_SECONDS) for each in results.values()))
    down = [
        name
        for name in _ADVICE
        if not (result := results[name]).done() or result.exception() is not None
    ]
    if down:
        detail = ". ".join(_ADVICE[name] for name in down) + "."
        raise ProblemError(UNAVAILABLE, detail, {"Retry-After": str(RETRY_SECONDS)}, down=down)
    return Ready(
        problems=[
            problem for each in results.values() if each.done() and (problem := each.result())
        ]
        or None
    )
