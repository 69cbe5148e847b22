"""The routers of all pages."""

from fastapi import APIRouter

from service.dashboard.corrections import routes as corrections
from service.dashboard.frame import files
from service.dashboard.overview import routes as overview
from service.dashboard.play import files as play_files
from service.dashboard.play import routes as play
from service.dashboard.players import routes as players
from service.dashboard.review import routes as review
from service.dashboard.runs import routes as runs
from service.dashboard.sign_in import routes as sign_in
from service.dashboard.system import routes as system
from service.dashboard.versions import routes as versions

ROUTERS: tuple[APIRouter, ...] = (
    overview.router,
    runs.router,
    versions.router,
    review.router,
    corrections.router,
    players.router,
    play.router,
    play.script_router,
    play_files.router,
    system.router,
    sign_in.router,
    files.router,
)
