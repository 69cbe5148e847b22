"""Give the files of versions to game clients."""

from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import Header, Path, Response

from pipeline.versions.content_types import CONTENT_TYPES
from service.access.roles import Public
from service.contract.routers import make_router
from service.http.conditional import lists_tag
from service.http.problems import (
    DAMAGED_FILE,
    INVALID_REQUEST,
    NOT_FOUND,
    UNAVAILABLE,
    UNREADABLE,
    WITHDRAWN,
    problem_responses,
)
from service.schemas.base import Version
from service.wiring import Wired

router = make_router(prefix="/v1/models", tags=["models"])

# A file of a version never changes, so a client need not ask for it again.
CACHE_CONTROL = "public, max-age=31536000, immutable"
OTHER_TYPE = "application/octet-stream"
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_CONTENT: dict[str, Any] = {
    **dict.fromkeys((OTHER_TYPE, *CONTENT_TYPES.values()), _BYTES),
    CONTENT_TYPES[".json"]: {"schema": {"type": "object"}},
    CONTENT_TYPES[".html"]: {"schema": {"type": "string"}},
}
_HEADERS: dict[str, Any] = {
    "ETag": {
        "description": "The sha256 of the file, in hex; send it back as `If-None-Match`.",
        "schema": {"type": "string"},
    },
    "Cache-Control": {"schema": {"type": "string"}},
}
FileName = Annotated[
    str,
    Path(pattern=r"^[A-Za-z0-9_.-]{1,100}$", examples=["manifest.json", "weights.bin"]),
]


@router.get(
    "/{version}/files/{name}",
    summary="A file of a version",
    response_class=Response,
    response_description="The bytes of the file, exactly as they were published.",
    responses={
        200: {
            "headers": _HEADERS,
            "content": _CONTENT,
        },
        304: {"description": "The caller has the file already.", "headers": _HEADERS},
        **problem_responses(
            NOT_FOUND, WITHDRAWN, UNREADABLE, DAMAGED_FILE, INVALID_REQUEST, UNAVAILABLE
        ),
    },
)
def get_file(
    wiring: Wired,
    _public: Public,
    version: Version,
    name: FileName,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Return a file that the manifest of a ready version lists, the manifest, or a signature.

    This route is public. `manifest.json` lists the files with size and sha256; a signature is
    `signature-{keyId}.json`. A withdrawn version is gone (410).
    """
    file = wiring.files.get(version, name)
    headers = {
        "ETag": f'"{file.sha256}"',
        "Cache-Control": CACHE_CONTROL,
        "X-Content-Type-Options": "nosniff",
    }
    if lists_tag(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    kind = CONTENT_TYPES.get(PurePosixPath(name).suffix, OTHER_TYPE)
    if kind.startswith("text/html"):
        # A page of a version has no script and loads nothing; here it may not even if it had.
        headers["Content-Security-Policy"] = (
            "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        )
    return Response(file.data, headers=headers, media_type=kind)
