"""The Storage server: turns the JSON API that Google's client speaks, and Firebase's downloads, into calls of the store."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import quote, unquote

from starlette.applications import Starlette
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from emulator.downloads import download
from emulator.objects import Conditions, Objects, StorageError, StoredObject, unsupported
from emulator.resources import bucket, error_response, list_page, partial, resource
from emulator.uploads import Sessions, Upload, parse_json, settable, split_multipart

_CONDITIONS = (
    "ifGenerationMatch",
    "ifGenerationNotMatch",
    "ifMetagenerationMatch",
    "ifMetagenerationNotMatch",
)
_HARMLESS = {"prettyPrint", "projection", "alt", "key", "userProject", "token"}
"""Parameters that change nothing here: a bucket with uniform access, as ours are, has no lists of access to project."""


class _Quoted(StringConvertor):
    """A path segment in which %2F stands for a slash of the name."""

    def convert(self, value: str) -> str:
        return unquote(value)


register_url_convertor("quoted", _Quoted())


class Storage:
    """The calls, one method each."""

    def __init__(self, objects: Objects, reset: Callable[[], None]) -> None:
        self._objects = objects
        self._sessions = Sessions(objects)
        self._reset = reset

    def app(self) -> ASGIApp:
        """The server."""
        item, upload = (
            "/storage/v1/b/{bucket:quoted}/o/{name:quoted}",
            "/upload/storage/v1/b/{bucket:quoted}/o",
        )
        routes = [
            Route("/storage/v1/b/{bucket:quoted}", self.get_bucket, methods=["GET"]),
            Route("/storage/v1/b/{bucket:quoted}/o", self.list_objects, methods=["GET"]),
            Route(item, self.get_object, methods=["GET"]),
            Route(item, self.patch_object, methods=["PATCH"]),
            Route(item, self.delete_object, methods=["DELETE"]),
            Route("/download" + item, self.get_object, methods=["GET"]),
            Route(upload, self.start_upload, methods=["POST"]),
            Route(upload, self.continue_upload, methods=["PUT"]),
            Route("/v0/b/{bucket:quoted}/o/{name:quoted}", self.firebase_download, methods=["GET"]),
            Route("/emulator/v1/state", self.reset, methods=["DELETE"]),
        ]
        answers: dict[Any, Any] = {
            StorageError: _refused,
            HTTPException: _no_such_call,
            ClientDisconnect: _cut,
        }
        app = Starlette(routes=routes, exception_handlers=answers)
        app.router.redirect_slashes = False
        return _RawPaths(app)

    async def get_bucket(self, request: Request) -> Response:
        """The bucket, whatever its name."""
        given = _parameters(request, "fields")
        return JSONResponse(partial(bucket(request.path_params["bucket"]), given.get("fields")))

    async def list_objects(self, request: Request) -> Response:
        """A page of objects."""
        given = _parameters(request, "prefix", "pageToken", "maxResults")
        return JSONResponse(
            list_page(self._objects, request.path_params["bucket"], given, str(request.base_url))
        )

    async def get_object(self, request: Request) -> Response:
        """What is said about an object, or with alt=media its bytes."""
        _parameters(request, "fields", "generation", *_CONDITIONS)
        stored = self._find(request, otherwise=304)
        if request.query_params.get("alt", "json") == "media" or request.url.path.startswith(
            "/download/"
        ):
            return download(self._objects, stored, request.headers.get("range"))
        return _answer(stored, request)

    async def patch_object(self, request: Request) -> Response:
        """Changes what is said about an object."""
        _parameters(request, "generation", *_CONDITIONS)
        changes = settable(parse_json(await request.body()))
        return _answer(self._objects.patch(self._find(request), changes), request)

    async def delete_object(self, request: Request) -> Response:
        """Deletes an object."""
        _parameters(request, "generation", *_CONDITIONS)
        self._objects.delete(self._find(request))
        return Response(status_code=204)

    async def start_upload(self, request: Request) -> Response:
        """A whole object in one request, or the beginning of a resumable upload."""
        given = _parameters(request, "uploadType", "name", *_CONDITIONS)
        if given.get("uploadType") == "resumable":
            return await self._start_resumable(request)
        body = request.stream()
        try:
            return await self._receive(request, given, body)
        except StorageError:
            async for _ in body:  # a client that is still sending would not hear the answer
                pass
            raise

    async def _receive(
        self, request: Request, given: dict[str, str], body: AsyncIterator[bytes]
    ) -> Response:
        content_type = request.headers.get("content-type", "")
        match given.get("uploadType"):
            case "media":
                said: dict[str, object] = {"contentType": content_type} if content_type else {}
            case "multipart":
                said, media_type, body = await split_multipart(content_type, body)
                if media_type:
                    said.setdefault("contentType", media_type)
            case other:
                raise unsupported(f"uploadType={other}")
        upload = Upload.of(
            request.path_params["bucket"], given.get("name"), said, _conditions(request)
        )
        upload.expect(request.headers.get("x-goog-hash", ""))
        incoming = self._objects.receive()
        try:
            async for chunk in body:
                incoming.write(chunk)
            return _answer(upload.finish(self._objects, incoming), request)
        except BaseException:
            incoming.discard()
            raise

    async def _start_resumable(self, request: Request) -> Response:
        said = parse_json(await request.body())
        if "x-upload-content-type" in request.headers:
            said.setdefault("contentType", request.headers["x-upload-content-type"])
        name = request.path_params["bucket"]
        identifier = self._sessions.start(
            Upload.of(name, request.query_params.get("name"), said, _conditions(request))
        )
        address = f"{request.base_url}upload/storage/v1/b/{quote(name, safe='')}/o?uploadType=resumable&upload_id={identifier}"
        return Response(headers={"location": address, "x-guploader-uploadid": identifier})

    async def continue_upload(self, request: Request) -> Response:
        """A chunk of a resumable upload, or the question how far it is."""
        given = _parameters(request, "uploadType", "upload_id", "name", *_CONDITIONS)
        headers = request.headers
        session = await self._sessions.receive(
            given.get("upload_id", ""),
            headers.get("content-range"),
            headers.get("x-goog-hash", ""),
            request.stream(),
        )
        if session.done is not None:
            return _answer(session.done, request)
        size = session.incoming.size
        return Response(status_code=308, headers={"range": f"bytes=0-{size - 1}"} if size else {})

    async def firebase_download(self, request: Request) -> Response:
        """The address that Firebase's client libraries download from. Security rules are not evaluated here."""
        given = _parameters(request)
        if given.get("alt") != "media":
            raise unsupported("Firebase's /v0 addresses without alt=media")
        if "authorization" in request.headers:
            raise unsupported("requests with a user's token: it does not evaluate security rules")
        return download(self._objects, self._find(request), request.headers.get("range"))

    async def reset(self, _request: Request) -> Response:
        """Forgets everything in both emulators. For tests."""
        self._sessions.clear()
        self._reset()
        return JSONResponse({})

    def _find(self, request: Request, otherwise: int = 412) -> StoredObject:
        """The object that a request names, if the request's conditions hold for it."""
        generation = request.query_params.get("generation")
        name = request.path_params["name"]
        stored = self._objects.get(
            request.path_params["bucket"], name, int(generation) if generation else None
        )
        _conditions(request).check(stored, otherwise)
        return stored


def _parameters(request: Request, *known: str) -> dict[str, str]:
    """The parameters of a request; refuses those that would change the answer in a way this server does not know."""
    given = dict(request.query_params)
    if unknown := set(given) - set(known) - _HARMLESS:
        raise unsupported(
            f"the parameter {', '.join(sorted(unknown))} of {request.method} {request.url.path}"
        )
    return given


def _answer(stored: StoredObject, request: Request) -> Response:
    answer = partial(resource(stored, str(request.base_url)), request.query_params.get("fields"))
    return JSONResponse(answer, headers={"etag": stored.etag})


def _conditions(request: Request) -> Conditions:
    values = [request.query_params.get(name) for name in _CONDITIONS]
    try:
        return Conditions(*(None if value is None else int(value) for value in values))
    except ValueError:
        raise StorageError(400, "Invalid long value in a precondition.") from None


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, StorageError)  # noqa: S101 - what this handler is registered for
    if error.status == 304:  # noqa: PLR2004
        return Response(status_code=304)
    return error_response(error.status, str(error))


async def _no_such_call(request: Request, _error: Exception) -> Response:
    return error_response(501, str(unsupported(f"{request.method} {request.url.path}")))


async def _cut(_request: Request, _error: Exception) -> Response:
    return error_response(503, "The connection was cut.")


class _RawPaths:
    """Lets routes match before %2F is decoded: within an object's name a slash does not separate."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "path": scope["raw_path"].decode("ascii")}
        await self._app(scope, receive, send)
