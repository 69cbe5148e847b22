"""Make the FastAPI application from settings, ports, queue and routes, without TensorFlow."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib import import_module
from typing import Any, Literal

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from starlette.types import ASGIApp

from pipeline.bootstrap import connect
from pipeline.errors import RedrawError
from pipeline.ports import Ports
from pipeline.service_settings import CorsSettings
from pipeline.settings import Settings
from pipeline.settings_reading import load_settings
from service.assembly import Verifiers, assemble
from service.backends.bounded import ANSWER_SECONDS
from service.backends.budget import Budgeted
from service.callers.app_check import FirebaseAppCheck
from service.callers.limits import LimitCallers
from service.callers.standing import FirebaseStandings, Standing
from service.callers.tokens import FirebaseTokens
from service.contract.description import complete
from service.contract.unexpected import EmptyParameters
from service.dashboard.frame.errors import answer_browser
from service.dashboard.routers import ROUTERS
from service.http import explaining
from service.http.body_limit import BodyLimit, body_limits
from service.http.conditional import EntityTags
from service.http.cors import CrossOrigin
from service.http.methods import HeadAndOptions
from service.http.request_id import name_requests
from service.http.security_headers import SecurityHeaders
from service.metrics.requests import MeasureRequests
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
)
from service.schemas.events import RunEvent
from service.schemas.predict import PredictBatch, PredictRequest
from service.schemas.problems import Problem
from service.wiring import Enqueue, VerifyToken, Wiring
from workers.app import make_app
from workers.dispatch import dispatch_retrain

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
    forget_by_players = False
    environment: Literal["development", "production"] = "development"

    def build_middleware_stack(self) -> ASGIApp:
        """Return the application with all middleware, the outermost last.

        `add_middleware` would put these behind the answer to an unexpected error.
        """
        marked = CrossOrigin(
            super().build_middleware_stack(), self.cors, forget_by_players=self.forget_by_players
        )
        return name_requests(SecurityHeaders(marked, self.environment))

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI description; make it at the first call."""
        if self.openapi_schema is None:
            complete(
                super().openapi(),
                self.routes,
                self.state.wiring.settings,
                (Problem, PredictRequest, PredictBatch, RunEvent),
            )
        return super().openapi()


def create_app(
    settings: Settings,
    ports: Ports,
    enqueue: Enqueue,
    verify_token: VerifyToken | None = None,
    *,
    verify_app: VerifyToken | None = None,
    look_up: Callable[[str], Standing | None] | None = None,
    answer_seconds: float = ANSWER_SECONDS,
    redis: Any = None,
    warm: bool = False,
) -> FastAPI:
    """Return the application.

    Args:
        settings: of this process.
        ports: the project.
        enqueue: queues a recorded run, by its id, for the workers.
        verify_token: returns the claims of a Firebase ID token; by default Firebase verifies it.
        verify_app: likewise of an App Check token.
        look_up: returns the standing of an owner's account; by default Firebase is asked.
        answer_seconds: how long a request waits for each service behind this one.
        redis: a client of redis-py; by default one of the settings' Redis.
        warm: whether to prepare for guessing at the start, instead of at the first drawing.
    """

    @asynccontextmanager
    async def prepare(app: FastAPI) -> AsyncIterator[None]:
        # The owner's routes run in threads, and wait there. With a thread for each connection no
        # request waits for another one; how many may call a service is limited by Backend.
        current_default_thread_limiter().total_tokens = settings.max_connections
        wiring: Wiring = app.state.wiring
        warming = asyncio.create_task(_warm_up(wiring)) if warm else None
        yield
        if warming is not None:
            warming.cancel()
        wiring.canvases.close()

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
        lifespan=prepare,
    )
    wiring = assemble(
        settings,
        ports,
        enqueue,
        Verifiers(
            verify_token or FirebaseTokens(settings),
            verify_app or FirebaseAppCheck(settings),
            look_up or FirebaseStandings(settings),
        ),
        answer_seconds=answer_seconds,
        redis=redis,
    )
    app.state.wiring = wiring
    modules = (
        predict, answers, retrains, events, baselines, players, corrections, models, files, trials,
        release, releases, keys, notifications, health, metrics, description,
    )  # fmt: skip
    for module in modules:
        # `include_router` would build all routes anew: 36 ms for each application.
        app.router.routes.extend(module.router.routes)
    for router in ROUTERS:
        app.router.routes.extend(router.routes)
    app.cors, app.forget_by_players = settings.cors, settings.forget.by_players
    app.environment = settings.environment
    app.add_middleware(BodyLimit, limits=body_limits(settings))
    app.add_middleware(EmptyParameters)
    app.add_middleware(EntityTags)
    app.add_middleware(HeadAndOptions, routes=app.routes)
    app.add_middleware(Budgeted, seconds=answer_seconds)
    app.add_middleware(LimitCallers, limits=wiring.limits)
    # The last one that is added is the first that a request meets: it measures all the others.
    app.add_middleware(MeasureRequests, times=wiring.metrics.requests, routes=app.routes)
    explaining.install_handlers(app, answer_browser)
    return app


async def _warm_up(wiring: Wiring) -> None:
    """Start the canvas processes and load the released version; what fails is tried again later."""
    with suppress(RedrawError, OSError):
        await wiring.canvases.start()
        await wiring.predictors.get()


def build(settings: Settings | None = None) -> FastAPI:
    """Return the application of a web process; `redraw serve` runs it."""
    settings = settings or load_settings()
    app = create_app(
        settings,
        connect(settings, answer_seconds=ANSWER_SECONDS),
        partial(dispatch_retrain, make_app(settings, ANSWER_SECONDS)),
        warm=True,
    )
    # Otherwise the first requests would do this, while all others wait for the interpreter.
    import_module("firebase_admin.auth")
    app.openapi()
    return app
