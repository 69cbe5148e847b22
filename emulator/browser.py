"""What a game in a browser calls: Firebase's uploads, Firestore's commits over HTTP, and CORS."""

import re
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import grpc
from google.cloud.firestore_v1.types import firestore as _types
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emulator import objects
from emulator.firestore import Firestore
from emulator.uploads import parse_json
from emulator.values import Refusal, invalid, unsupported

USERS_TOKEN = "requests with a user's token: it does not evaluate security rules"
_PATHS = ("/v0/", "/v1/")
"""The addresses that browsers call; Google's other clients need no permission."""
_LOCAL = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?")
"""Pages of this machine: the emulators protect nothing, so no page from elsewhere may call them."""
_STATUS = {
    grpc.StatusCode.INVALID_ARGUMENT: HTTPStatus.BAD_REQUEST,
    grpc.StatusCode.FAILED_PRECONDITION: HTTPStatus.BAD_REQUEST,
    grpc.StatusCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    grpc.StatusCode.ALREADY_EXISTS: HTTPStatus.CONFLICT,
    grpc.StatusCode.ABORTED: HTTPStatus.CONFLICT,
    grpc.StatusCode.UNIMPLEMENTED: HTTPStatus.NOT_IMPLEMENTED,
}


class Commits:
    """Firestore's `documents:commit` over HTTP; Firestore's other calls are gRPC alone here."""

    def __init__(self, firestore: Firestore) -> None:
        self._firestore = firestore

    def routes(self) -> list[Route]:
        """Return the route."""
        return [Route("/v1/{database:path}/documents:commit", self.commit, methods=["POST"])]

    async def commit(self, request: Request) -> Response:
        """Apply the writes of a request in JSON, all or none."""
        try:
            message = _parse(request, await request.body())
            answer = await run_in_threadpool(self._firestore.commit, message)
        except Refusal as refusal:
            status = _STATUS.get(refusal.code, HTTPStatus.INTERNAL_SERVER_ERROR)
            error = {"code": status, "message": str(refusal), "status": refusal.code.name}
            return JSONResponse({"error": error}, status)
        return JSONResponse(MessageToDict(answer))


def _parse(request: Request, body: bytes) -> Any:
    if "authorization" in request.headers:
        raise unsupported(USERS_TOKEN)
    message = _types.CommitRequest.pb()()
    try:
        ParseDict(parse_json(body), message)
    except ParseError as error:
        raise invalid(f"Invalid JSON payload received. {error}") from None
    message.database = unquote(request.path_params["database"])
    return message


class LocalPages:
    """Middleware that lets pages of this machine read answers, as Firebase lets all pages (CORS).

    https://fetch.spec.whatwg.org/#http-cors-protocol
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = Headers(scope=scope) if scope["type"] == "http" else Headers()
        origin = asked.get("origin", "")
        if not _LOCAL.fullmatch(origin) or not scope["path"].startswith(_PATHS):
            await self._app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            permission = {
                "Access-Control-Allow-Origin": origin,
                "Access-Control-Allow-Methods": "GET, POST",
                "Access-Control-Allow-Headers": asked.get("access-control-request-headers", ""),
                "Vary": "Origin",
            }
            await Response(status_code=204, headers=permission)(scope, receive, send)
            return

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Access-Control-Allow-Origin"] = origin
                headers.append("Vary", "Origin")
            await send(message)

        await self._app(scope, receive, send_marked)


def check_upload(request: Request) -> None:
    """Refuse an upload that is not as Firebase's clients send small files.

    Raises:
        StorageError: it has another form, or a user's token.
    """
    if "authorization" in request.headers:
        raise objects.unsupported(USERS_TOKEN)
    if request.headers.get("x-goog-upload-protocol") != "multipart":
        raise objects.unsupported("Firebase's /v0 uploads, but for those in one multipart request")
