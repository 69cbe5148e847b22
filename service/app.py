"""Composes the web process: settings, ports, queue and routes become one FastAPI application. Never loads TensorFlow."""

from functools import partial
from typing import Any

from fastapi import FastAPI, HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.bootstrap import connect
from pipeline.ports import Ports
from pipeline.settings import Settings, load_settings
from service import problems
from service.auth import FirebaseTokens
from service.dependencies import Enqueue, VerifyToken, Wiring
from service.routes import corrections, health, models, release, retrains
from workers.app import make_app
from workers.dispatch import dispatch_retrain

MAX_BODY_BYTES = 16_384
DESCRIPTION = """Redraw retrains the model of a drawing-guessing game from its players' corrections.

A retrain is asked for at `/v1/retrains` and watched there; corrections that it holds back wait for the owner at
`/v1/corrections`; its result is a version under `/v1/models`; game clients read
at `/v1/release` which version to use. Every error is a problem document (RFC 9457)."""


class Service(FastAPI):
    """A FastAPI whose description knows problem documents."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI description, made when somebody asks for it, and kept."""
        if self.openapi_schema is None:
            problems.document(super().openapi())
        return super().openapi()


class BodyLimit:
    """Stops reading a request's body at MAX_BODY_BYTES, whatever length it declares; the answer is an ordinary problem."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        num_bytes = 0

        async def limited() -> Message:
            nonlocal num_bytes
            message = await receive()
            num_bytes += len(message.get("body", b""))
            if num_bytes > MAX_BODY_BYTES:
                # The one kind of error that FastAPI lets through while it reads a body.
                raise HTTPException(413, f"a body has {MAX_BODY_BYTES:,} bytes at most")
            return message

        await self._app(scope, limited, send)


def create_app(
    settings: Settings, ports: Ports, enqueue: Enqueue, verify_token: VerifyToken | None = None
) -> FastAPI:
    """The application over these parts. `enqueue` hands the id of a recorded run to the workers."""
    app = Service(
        title="Redraw",
        summary="Active-learning retraining for drawing-guessing games",
        description=DESCRIPTION,
        version="1",
        # FastAPI's pages load their scripts from somebody else's servers.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.wiring = Wiring(
        settings,
        ports,
        enqueue,
        verify_token or FirebaseTokens(settings),
        health.probes(settings, ports),
    )
    for part in (retrains, corrections, models, release, health):
        app.include_router(part.router)
    app.add_middleware(BodyLimit)
    problems.install(app)
    return app


def build() -> FastAPI:
    """The application of a real process: `uvicorn --factory service.app:build`."""
    settings = load_settings()
    return create_app(settings, connect(settings), partial(dispatch_retrain, make_app(settings)))
