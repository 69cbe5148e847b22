"""The parts that the routes of one application share."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from pipeline.corrections.player_counts import CountedPlayers
from pipeline.ports import Ports
from pipeline.records.forgetting import Preview
from pipeline.settings import Settings
from service.backends.held_counts import HeldCounts
from service.backends.kept import Kept
from service.backends.redis import RedisCalls
from service.backends.slow_result import SlowResult
from service.backends.slow_results import SlowResults
from service.callers.limits import CallerLimits
from service.callers.owners import Owners
from service.callers.play import BrowserPlayers
from service.callers.sessions import Sessions
from service.callers.verified import VerifiedTokens
from service.canvases.pool import Canvases
from service.checks.examination import Examination
from service.checks.space import ProjectSpace
from service.following.feed import Feeds
from service.http.rate_limit import SharedRateLimit
from service.metrics.exposition import Metrics
from service.versions.nearest import NearestDrawings
from service.versions.past_releases import PastReleases
from service.versions.predictors import Predictors
from service.versions.release_cache import ReleaseCache
from service.versions.sample_drawings import SampleDrawings
from service.versions.version_files import VersionFiles

Enqueue = Callable[[str], None]
VerifyToken = Callable[[str], Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Wiring:
    """The parts that the routes of one application share."""

    settings: Settings
    ports: Ports
    enqueue: Enqueue
    tokens: VerifiedTokens
    probes: Mapping[str, Callable[[], Future[str | None]]]
    release: ReleaseCache
    files: VersionFiles
    samples: SampleDrawings
    nearest: NearestDrawings
    held: SlowResult[HeldCounts]
    redis: RedisCalls
    limits: CallerLimits
    answer_limit: SharedRateLimit
    verify_app: VerifyToken
    players: SlowResult[CountedPlayers]
    previews: SlowResults[Preview]  # by a correction of the player
    canvases: Canvases
    predictors: Predictors
    metrics: Metrics
    feeds: Feeds
    sessions: Sessions
    past: PastReleases
    examination: Examination
    space: Kept[ProjectSpace]
    owners: Owners
    browser_players: BrowserPlayers
    play_limit: SharedRateLimit


# Not a plain function: FastAPI would call that in the thread pool, which may be used up.
async def _wiring(request: Request) -> Wiring:
    wiring: Wiring = request.app.state.wiring
    return wiring


Wired = Annotated[Wiring, Depends(_wiring)]
