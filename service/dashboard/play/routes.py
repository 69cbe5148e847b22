"""The page to draw on: it guesses in the browser, and its answers are corrections as any others."""

from typing import Annotated

from fastapi import Query

from service.dashboard.frame.route import make_pages
from service.dashboard.play.script_route import make_script_routes

router = make_pages()
_scripts = make_script_routes()
Ids = Annotated[list[Annotated[str, Query(pattern="^[A-Za-z0-9_-]{1,128}$")]], Query()]
