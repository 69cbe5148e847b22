"""The Storage server: the JSON API that Google's client uses, and Firebase's downloads."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import quote, unquote

from starlette.applications import Starlette
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from emulator.bill import Bill
from emulator.browser import USERS_TOKEN, LocalPages, check_upload
from emulator.downloads import download
from emulator.objects import Conditions, Objects, StorageError, StoredObject, unsupported
from emulator.resources import (
    describe_bucket,
    describe_object,
    error_response,
    list_page,
    select_fields,
)
from emulator.uploads import (
    Sessions,
    Upload,
    parse_json,
    read_settable_fields,
    split_multipart,
)

_CONDITIONS = (
    "ifGenerationMatch",
    "ifGenerationNotMatch",
    "ifMetagenerationMatch",
    "ifMetagenerationNotMatch",
)
_IGNORED = {"prettyPrint", "projection", "alt", "key", "userProject", "token"}
"""Parameters that every call accepts.

`projection` selects access lists, which a bucket with uniform access, as ours, does not have.
"""


class _QuotedSegment(StringConvertor):
    """A path segment in which %2F stands for a slash that belongs to the name."""

    def convert(self, value: str) -> str:
        return unquote(value)


register_url_convertor("quoted", _QuotedSegment())


class Storage:
    """The calls of the Storage API, one method each."""

    def __init__(self, objects: Objects, reset: Callable[[], None], bill: Bill) -> None:
        self._objects = objects
        self._bill = bill
        self._sessions = Sessions(objects)
        self._reset = reset

    def app(self, more: Sequence[Route] = ()) -> ASGIApp:
        """Return the ASGI application, with more routes than those of Storage."""
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
            Route("/v0/b/{bucket:quoted}/o", self.firebase_upload, methods=["POST"]),
            Route("/emulator/v1/state", self.reset, methods=["DELETE"]),
            *more,
        ]
        handlers: dict[Any, Any] = {
            StorageError: _handle_storage_error,
            HTTPException: _handle_unknown_call,
            ClientDisconnect: _handle_disconnect,
        }
        app = Starlette(routes=routes, exception_handlers=handlers)
        app.router.redirect_slashes = False
        return LocalPages(_RawPaths(app, self._bill))

    async def get_bucket(self, request: Request) -> Response:
        """Describe a bucket. Every name is a bucket."""
        parameters = _read_parameters(request, "fields")
        bucket = describe_bucket(request.path_params["bucket"])
        return JSONResponse(select_fields(bucket, parameters.get("fields")))

    async def list_objects(self, request: Request) -> Response:
        """List a page of objects."""
        parameters = _read_parameters(request, "prefix", "pageToken", "maxResults")
        bucket, base = request.path_params["bucket"], str(request.base_url)
        return JSONResponse(list_page(self._objects, bucket, parameters, base))

    async def get_object(self, request: Request) -> Response:
        """Return the metadata of an object, or with alt=media its bytes."""
        _read_parameters(request, "fields", "generation", *_CONDITIONS)
        stored = self._find(request, otherwise=304)
        if request.query_params.get("alt", "json") == "media" or request.url.path.startswith(
            "/download/"
        ):
            return download(self._objects, stored, request.headers.get("range"))
        return _respond(stored, request)

    async def patch_object(self, request: Request) -> Response:
        """Change the metadata of an object."""
        _read_parameters(request, "generation", *_CONDITIONS)
        changes = read_settable_fields(parse_json(await request.body()))
        return _respond(self._objects.patch(self._find(request), changes), request)

    async def delete_object(self, request: Request) -> Response:
        """Delete an object."""
        _read_parameters(request, "generation", *_CONDITIONS)
        self._objects.delete(self._find(request))
        return Response(status_code=204)

    async def start_upload(self, request: Request) -> Response:
        """Store a whole object from one request, or start a resumable upload."""
        parameters = _read_parameters(request, "uploadType", "name", *_CONDITIONS)
        if parameters.get("uploadType") == "resumable":
            return await self._start_resumable(request)
        body = request.stream()
        try:
            return await self._receive(request, parameters, body)
        except StorageError:
            # A client reads the answer only after it has sent the whole body, so read all of it.
            async for _ in body:
                pass
            raise

    async def _receive(
        self, request: Request, parameters: dict[str, str], body: AsyncIterator[bytes]
    ) -> Response:
        """Store a whole object from one request, either "media" or "multipart"."""
        content_type = request.headers.get("content-type", "")
        match parameters.get("uploadType"):
            case "media":
                fields: dict[str, object] = {"contentType": content_type} if content_type else {}
            case "multipart":
                fields, media_type, body = await split_multipart(content_type, body)
                if media_type:
                    fields.setdefault("contentType", media_type)
            case other:
                raise unsupported(f"uploadType={other}")
        upload = Upload.from_request(
            request.path_params["bucket"],
            parameters.get("name"),
            fields,
            _read_conditions(request),
        )
        upload.expect(request.headers.get("x-goog-hash", ""))
        incoming = self._objects.receive()
        try:
            async for chunk in body:
                incoming.write(chunk)
            return _respond(upload.finish(self._objects, incoming), request)
        except BaseException:
            incoming.discard()
            raise

    async def _start_resumable(self, request: Request) -> Response:
        """Start a resumable upload; the answer names the address for its chunks."""
        fields = parse_json(await request.body())
        if "x-upload-content-type" in request.headers:
            fields.setdefault("contentType", request.headers["x-upload-content-type"])
        bucket = request.path_params["bucket"]
        name = request.query_params.get("name")
        identifier = self._sessions.start(
            Upload.from_request(bucket, name, fields, _read_conditions(request))
        )
        address = (
            f"{request.base_url}upload/storage/v1/b/{quote(bucket, safe='')}/o"
            f"?uploadType=resumable&upload_id={identifier}"
        )
        return Response(headers={"location": address, "x-guploader-uploadid": identifier})

    async def continue_upload(self, request: Request) -> Response:
        """Receive a chunk of a resumable upload, or answer how many bytes have arrived.

        The status is 308 with the range that has arrived, or 200 when the object is complete.
        """
        parameters = _read_parameters(request, "uploadType", "upload_id", "name", *_CONDITIONS)
        headers = request.headers
        session = await self._sessions.receive(
            parameters.get("upload_id", ""),
            headers.get("content-range"),
            headers.get("x-goog-hash", ""),
            request.stream(),
        )
        if session.done is not None:
            return _respond(session.done, request)
        size = session.incoming.size
        return Response(status_code=308, headers={"range": f"bytes=0-{size - 1}"} if size else {})

    async def firebase_download(self, request: Request) -> Response:
        """Download an object at the address that Firebase's client libraries use.

        Security rules are not evaluated.
        """
        parameters = _read_parameters(request)
        if parameters.get("alt") != "media":
            raise unsupported("Firebase's /v0 addresses without alt=media")
        if "authorization" in request.headers:
            raise unsupported(USERS_TOKEN)
        return download(self._objects, self._find(request), request.headers.get("range"))

    async def firebase_upload(self, request: Request) -> Response:
        """Store an object as Firebase's client libraries do. Security rules are not evaluated."""
        check_upload(request)
        parameters = _read_parameters(request, "name") | {"uploadType": "multipart"}
        return await self._receive(request, parameters, request.stream())

    async def reset(self, _request: Request) -> Response:
        """Delete everything in both emulators, for tests."""
        self._sessions.clear()
        self._reset()
        return JSONResponse({})

    def _find(self, request: Request, otherwise: int = 412) -> StoredObject:
        """Return the object that a request names, after checking the request's preconditions."""
        generation = request.query_params.get("generation")
        name = request.path_params["name"]
        stored = self._objects.get(
            request.path_params["bucket"], name, int(generation) if generation else None
        )
        _read_conditions(request).check(stored, otherwise)
        return stored


def _read_parameters(request: Request, *known: str) -> dict[str, str]:
    """Return the parameters of a request; refuse any that is not `known`.

    An unknown parameter could demand another answer, so it is not silently ignored.
    """
    parameters = dict(request.query_params)
    if unknown := set(parameters) - set(known) - _IGNORED:
        raise unsupported(
            f"the parameter {', '.join(sorted(unknown))} of {request.method} {request.url.path}"
        )
    return parameters


def _respond(stored: StoredObject, request: Request) -> Response:
    """Return a response with the metadata of an object."""
    metadata = describe_object(stored, str(request.base_url))
    answer = select_fields(metadata, request.query_params.get("fields"))
    return JSONResponse(answer, headers={"etag": stored.etag})


def _read_conditions(request: Request) -> Conditions:
    values = [request.query_params.get(name) for name in _CONDITIONS]
    try:
        return Conditions(*(None if value is None else int(value) for value in values))
    except ValueError:
        raise StorageError(400, "Invalid long value in a precondition.") from None


async def _handle_storage_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, StorageError)  # noqa: S101 - what this handler is registered for
    if error.status == 304:  # noqa: PLR2004
        return Response(status_code=304)
    return error_response(error.status, str(error))


async def _handle_unknown_call(request: Request, _error: Exception) -> Response:
    return error_response(501, str(unsupported(f"{request.method} {request.url.path}")))


async def _handle_disconnect(_request: Request, _error: Exception) -> Response:
    return error_response(503, "The connection was cut.")


class _RawPaths:
    """Middleware that lets routes match the path before %2F is decoded, and counts requests.

    An object's name may contain slashes. They arrive as %2F and must not separate path segments.
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], bill: Bill) -> None:
        self._app = app
        self._bill = bill

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._bill.add_request()
            scope = {**scope, "path": scope["raw_path"].decode("ascii")}
        await self._app(scope, receive, send)
