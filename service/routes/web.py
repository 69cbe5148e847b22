"""Serve the page of clients/web at /web/, in development: what a game serves by itself."""

import os
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response

from service.access.roles import Public
from service.contract.routers import make_router
from service.http.problems import NOT_FOUND, ProblemError
from service.wiring import Wired

FOLDER = Path(__file__).parents[2] / "clients" / "web"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
FIREBASE = ("STORAGE_EMULATOR_HOST", "FIRESTORE_EMULATOR_HOST")
PROBE_SECONDS = 1.0

# The routes are no part of the API: another page may take their place.
router = make_router(prefix="/web", include_in_schema=False)


@router.get("")
def go_to_page(_public: Public) -> Response:
    """Lead to the page: its addresses are relative to the slash."""
    return RedirectResponse("/web/")


@router.get("/config.json")
def get_config(wiring: Wired, _public: Public) -> Response:
    """Say what the page needs to know: trusted keys, and the emulators that take corrections."""
    settings = wiring.settings
    addresses = find_emulators()
    firebase: dict[str, Any] | None = None
    if addresses is not None:
        storage, firestore = addresses
        firebase = {
            "project": settings.project_id,
            "bucket": settings.bucket,
            "collection": settings.game.collection,
            "storage": storage,
            "firestore": firestore,
        }
    keys = [key.text for key in settings.trusted]
    return JSONResponse({"keys": keys, "firebase": firebase}, headers={"Cache-Control": "no-store"})


@router.get("/{path:path}")
def get_page(_public: Public, path: str) -> Response:
    """Return a file of the page."""
    file = FOLDER / (path or "index.html")
    kind = TYPES.get(file.suffix)
    if kind is None or file not in FOLDER.rglob("*"):  # so no path leads out of the folder
        raise ProblemError(NOT_FOUND, f"There is no file {path} in clients/web.")
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    if file.suffix == ".html":
        addresses = find_emulators() or ()
        headers["Content-Security-Policy"] = "; ".join(
            (
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "img-src 'self'",
                " ".join(("connect-src 'self'", *dict.fromkeys(addresses))),
                "base-uri 'none'",
                "form-action 'none'",
                "frame-ancestors 'none'",
            )
        )
    return FileResponse(file, headers=headers, media_type=kind)


def find_emulators() -> tuple[str, str] | None:
    """Return the addresses of Storage and Firestore over HTTP; None: they are no emulators here.

    Redraw's own Firestore emulator answers HTTP on the port of its Storage, Google's on its own.
    """
    storage, firestore = (os.environ.get(name, "") for name in FIREBASE)
    if not storage or not firestore:
        return None
    storage = storage if "://" in storage else f"http://{storage}"
    firestore = f"http://{firestore}"
    parts = urlsplit(storage)
    origin = f"{parts.scheme}://{parts.netloc}"
    return origin, firestore if _answers_http(firestore) else origin


def _answers_http(address: str) -> bool:
    try:
        with urlopen(f"{address}/", timeout=PROBE_SECONDS):  # noqa: S310 - named in the environment
            return True
    except HTTPError:
        return True  # an answer, though none of status 200
    except (OSError, HTTPException):
        return False  # gRPC closes the connection, or sends what is no HTTP
