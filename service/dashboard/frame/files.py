"""Serve the files that pages load: style sheets, scripts and pictures."""

from fastapi import Response
from fastapi.responses import FileResponse

from service.access.roles import Public
from service.dashboard.frame.addresses import ASSETS, REPORT_STYLE, digest, find_file
from service.dashboard.frame.route import make_pages
from service.http.problems import NOT_FOUND, ProblemError

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
YEAR = "public, max-age=31536000, immutable"

router = make_pages()


@router.get("/assets/{of_content}/{name:path}")
def get_file(_public: Public, of_content: str, name: str) -> Response:
    """Return a file; 404 if it has another digest, or does not exist."""
    file = find_file(name)
    kind = TYPES.get(file.suffix)
    known = file == REPORT_STYLE or file in ASSETS.rglob("*")  # no path leads out of the folder
    if kind is None or not known or digest(file) != of_content:
        raise ProblemError(NOT_FOUND, "There is no such file: reload the page.")
    return FileResponse(file, headers={"Cache-Control": YEAR}, media_type=kind)


@router.get("/favicon.ico")
def get_icon(_public: Public) -> Response:
    """Return the icon that browsers ask for."""
    return FileResponse(ASSETS / "icon.svg", media_type=TYPES[".svg"])
