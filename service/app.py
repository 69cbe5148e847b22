"""Make the FastAPI application from settings, ports, queue and routes, without TensorFlow."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.bootstrap import connect
from pipeline.ports import Ports
from pipeline.service_settings import CorsSettings
from pipeline.settings import Settings, load_settings
from service.backends.bounded import ANSWER_SECONDS, Backend, bound_ports
from service.backends.budget import Budgeted
from service.backends.redis import RedisCalls, connect_redis
from service.callers.tokens import FirebaseTokens
from service.callers.verified import VerifiedTokens
from service.http import problems
from service.http.cors import CrossOrigin
from service.http.methods import HeadAndOptions
from service.routes import (
    answers,
    baselines,
    corrections,
    description,
    events,
    files,
    health,
    keys,
    metrics,
    models,
    notifications,
    players,
    predict,
    release,
    releases,
    retrains,
    trials,
    web,
)
from service.versions.release_cache import ReleaseCache
from service.versions.version_files import VersionFiles
from service.wiring import Enqueue, VerifyToken, Wiring
from workers.app import make_app
from workers.dispatch import dispatch_retrain

MAX_BODY_BYTES = 16_384
DESCRIPTION = """Redraw retrains the model of a drawing-guessing game from its players' corrections.

Request a retrain at `/v1/retrains`, or a new baseline at `/v1/baselines`, and follow it at
`/v1/retrains`. Corrections that it quarantines wait for the owner at `/v1/corrections`. Its result
is a version under `/v1/models`. A version may be tried on players before all get it: `/v1/trials`
shows how that goes. Game clients read at `/v1/release` which version to use, and which one is on
trial, and load its files below `/v1/models`. Every error is a problem document (RFC 9457). Every
path answers OPTIONS, and HEAD where it answers GET."""


class Service(FastAPI):
    """A FastAPI application whose OpenAPI description contains the problem documents.

    Pages of other origins may read its answers, also those to errors that no route foresees.
    """

    cors = CorsSettings()

    def build_middleware_stack(self) -> ASGIApp:
        """Return the application with all middleware; CrossOrigin is the outermost.

        `add_middleware` would put it behind the answer to an unexpected error.
        """
        return CrossOrigin(super().build_middleware_stack(), self.cors)

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI description; make it at the first call."""
        if self.openapi_schema is None:
            problems.add_problem_schema(super().openapi())
        return super().openapi()


class BodyLimit:
    """Middleware that stops reading a request's body after MAX_BODY_BYTES.

    It counts the bytes that arrive, as a client may declare a wrong length, or none.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        num_bytes = 0

        async def receive_limited() -> Message:
            nonlocal num_bytes
            message = await receive()
            num_bytes += len(message.get("body", b""))
            if num_bytes > MAX_BODY_BYTES:
                # While FastAPI reads a body, it turns any other exception into a 400.
                raise HTTPException(413, f"a body has {MAX_BODY_BYTES:,} bytes at most")
            return message

        await self._app(scope, receive_limited, send)


def create_app(
    settings: Settings,
    ports: Ports,
    enqueue: Enqueue,
    verify_token: VerifyToken | None = None,
    *,
    answer_seconds: float = ANSWER_SECONDS,
    redis: Any = None,
) -> FastAPI:
    """Return the application.

    Args:
        settings: of this process.
        ports: the project.
        enqueue: queues a recorded run, by its id, for the workers.
        verify_token: returns the claims of a Firebase ID token; by default Firebase verifies it.
        answer_seconds: how long a request waits for each service behind this one.
        redis: a client of redis-py; by default one of the settings' Redis.
    """

    @asynccontextmanager
    async def enough_threads(_: FastAPI) -> AsyncIterator[None]:
        # The owner's routes run in threads, and wait there. With a thread for each connection no
        # request waits for another one; how many may call a service is limited by Backend.
        current_default_thread_limiter().total_tokens = settings.max_connections
        yield

    app = Service(
        title="Redraw",
        summary="Active-learning retraining for drawing-guessing games",
        description=DESCRIPTION,
        version="1",
        # FastAPI's documentation pages load their scripts from servers of third parties.
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # `routes/description.py` has the route
        redirect_slashes=False,
        lifespan=enough_threads,
        generate_unique_id_function=lambda route: route.name,
    )
    bounded = bound_ports(ports, answer_seconds)
    queue = Backend("Redis", answer_seconds)
    app.state.wiring = Wiring(
        settings,
        bounded,
        partial(queue.call, enqueue),
        VerifiedTokens(
            partial(
                Backend("Google", answer_seconds).call, verify_token or FirebaseTokens(settings)
            )
        ),
        health.make_probes(settings, ports),
        ReleaseCache(ports.models.release, settings.release_cache_seconds, answer_seconds),
        VersionFiles(bounded, settings.release_cache_seconds),
        RedisCalls(lambda: redis or connect_redis(settings.redis_url), queue),
    )
    modules = (
        predict, answers, retrains, events, baselines, players, corrections, models, files, trials,
        release, releases, keys, notifications, health, metrics, description,
    )  # fmt: skip
    for module in modules:
        app.include_router(module.router)
    if settings.environment == "development":
        app.include_router(web.router)
    app.cors = settings.cors
    app.add_middleware(BodyLimit)
    app.add_middleware(HeadAndOptions, routes=app.routes)
    app.add_middleware(Budgeted)
    problems.install_handlers(app)
    return app


def build() -> FastAPI:
    """Return the application of a web process; `redraw serve` runs it."""
    settings = load_settings()
    return create_app(
        settings,
        connect(settings, answer_seconds=ANSWER_SECONDS),
        partial(dispatch_retrain, make_app(settings)),
    )
