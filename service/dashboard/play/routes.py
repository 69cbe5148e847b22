"""The page to draw on: it guesses in the browser, and its answers are corrections as any others."""

from typing import Annotated, Any

from fastapi import Query, Request, Response

from pipeline.corrections.players import hash_player
from service.access.play import Plays, Playing
from service.callers.play import KEPT_SECONDS
from service.dashboard.frame.parts import read_part
from service.dashboard.frame.rendering import render_page
from service.dashboard.frame.route import make_pages
from service.dashboard.play import files
from service.dashboard.play.examples import find_example
from service.dashboard.play.fates import MOST, find_fates
from service.dashboard.play.script_route import make_script_routes
from service.http.addresses import name_address
from service.http.rate_limit import refuse_for
from service.routes import answers
from service.schemas.answers import Answer, AnswerRequest
from service.wiring import Wired, Wiring

router = make_pages()
_scripts = make_script_routes()
Ids = Annotated[list[Annotated[str, Query(pattern="^[A-Za-z0-9_-]{1,128}$")]], Query()]
