"""Serve the modules that the page runs: its own, and the web client as games have it.

Modules name each other by relative paths, so one digest of them all stands in the address of each:
browsers keep them for a year, and get a new set as a whole.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from fastapi import Response

from service.access.roles import Public
from service.dashboard.frame.addresses import ASSETS
from service.dashboard.frame.files import TYPES, YEAR
from service.dashboard.play.script_route import make_script_routes
from service.http.problems import NOT_FOUND, ProblemError

CLIENT = Path(__file__).parents[3] / "clients" / "web"
FOLDERS: Mapping[str, Path] = {"client": CLIENT, "page": ASSETS / "play"}

router = make_script_routes()


# Fifty of them are asked for at once: from memory, and without a thread, they take half the time.
@router.get("/web/{of_content}/{name:path}")
async def get_module(_public: Public, of_content: str, name: str) -> Response:
    """Return a module; 404 if the modules have another digest, or there is no such one."""
    if name not in list_modules() or of_content != _digest():
        raise ProblemError(NOT_FOUND, "There is no such file: reload the page.")
    return Response(_read(name), headers={"Cache-Control": YEAR}, media_type=TYPES[".js"])


@cache
def list_modules() -> Mapping[str, Path]:
    """Return all modules by name, such as `client/redraw.js`."""
    return {
        f"{name}/{file.relative_to(folder).as_posix()}": file
        for name, folder in FOLDERS.items()
        for file in sorted(folder.rglob("*.js"))
    }


def locate_module(name: str) -> str:
    """Return the address of a module."""
    return f"/web/{_digest()}/{name}"


@cache
def _read(name: str) -> bytes:
    return list_modules()[name].read_bytes()


@cache
def _digest() -> str:
    """Return the first characters of the sha256 of the names and contents of all modules."""
    whole = hashlib.sha256()
    for name in list_modules():
        content = _read(name)
        whole.update(f"{name} {len(content)}\n".encode() + content)
    return whole.hexdigest()[:12]
