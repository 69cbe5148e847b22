"""Put the parts of an application together: what its routes share, each call bounded in time."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

from pipeline.corrections.player_counts import count_players
from pipeline.forgetting.preview import preview_forgetting
from pipeline.ports import Ports
from pipeline.settings import Settings
from pipeline.versions.serving import load_served
from service.backends.bounded import Backend, bound_ports
from service.backends.held_counts import SECONDS, WAIT_SECONDS, count_held
from service.backends.kept import Kept
from service.backends.redis import RedisCalls, connect_redis
from service.backends.slow_result import SlowResult
from service.backends.slow_results import SlowResults
from service.callers.limits import CallerLimits
from service.callers.owners import Owners
from service.callers.play import BrowserPlayers
from service.callers.sessions import Sessions
from service.callers.standing import Standing
from service.callers.verified import VerifiedTokens
from service.canvases.pool import Canvases
from service.checks.check import Check
from service.checks.examination import Examination
from service.checks.space import FRESH_SECONDS, measure_project
from service.following.feed import Feeds
from service.http.rate_limit import SharedRateLimit
from service.metrics.exposition import Metrics
from service.routes.health import make_probes
from service.routes.players import read_player
from service.versions.nearest import NearestDrawings
from service.versions.past_releases import PastReleases
from service.versions.predictors import Predictors
from service.versions.release_cache import ReleaseCache
from service.versions.sample_drawings import SampleDrawings
from service.versions.version_files import VersionFiles
from service.wiring import Enqueue, VerifyToken, Wiring

COUNT_SECONDS = 0.5
"""How long an answer waits for Redis to count it."""
COUNTING_SHARE = 0.75
"""How much of the time for an answer a request waits until players are counted."""

PREVIEW_SECONDS = 600.0
"""How long it counts what forgetting a player would delete."""


class Verifiers(NamedTuple):
    """What verifies the tokens that callers send, and the accounts of sessions.

    token: returns the claims of a Firebase ID token.
    app: likewise of an App Check token.
    account: returns the standing of an account, by its uid; None if it cannot be known.
    """

    token: VerifyToken
    app: VerifyToken
    account: Callable[[str], Standing | None]


def assemble(
    settings: Settings,
    ports: Ports,
    enqueue: Enqueue,
    verifiers: Verifiers,
    *,
    answer_seconds: float,
    redis: Any = None,
) -> Wiring:
    """Return the parts that the routes share.

    Args:
        settings: of this process.
        ports: the project.
        enqueue: queues a recorded run, by its id, for the workers.
        verifiers: of tokens.
        answer_seconds: how long a request waits for each service behind this one.
        redis: a client of redis-py; by default one of the settings' Redis.
    """
    bounded = bound_ports(ports, answer_seconds)
    queue = Backend("Redis", answer_seconds)
    client = cache(lambda: redis or connect_redis(settings.redis_url))
    google = Backend("Google", answer_seconds)
    tokens = VerifiedTokens(partial(google.call, verifiers.token))
    sessions = Sessions(settings)
    limits = CallerLimits(settings, tokens, sessions)
    named = ReleaseCache(ports.models.release, settings.release_cache_seconds, answer_seconds)
    load = partial(load_served, artefacts=bounded.artefacts, trusted=settings.trusted)
    redis_calls = RedisCalls(client, queue)
    counting = RedisCalls(client, Backend("Redis", min(answer_seconds, COUNT_SECONDS)))
    app_metrics = Metrics(settings, bounded, redis_calls, answer_seconds)
    samples = SampleDrawings(ports.artefacts, settings.dataset_name, answer_seconds)
    return Wiring(
        settings=settings,
        ports=bounded,
        enqueue=partial(queue.call, enqueue),
        tokens=tokens,
        probes=make_probes(settings, ports),
        release=named,
        files=VersionFiles(bounded, settings.release_cache_seconds),
        samples=samples,
        nearest=NearestDrawings(samples),
        held=SlowResult(partial(count_held, ports.corrections), SECONDS, WAIT_SECONDS),
        redis=redis_calls,
        metrics=app_metrics,
        feeds=Feeds(bounded),
        sessions=sessions,
        past=PastReleases(bounded.models),
        # Both run in the background, and read more than a request may wait for.
        examination=Examination(partial(_list_checks, settings, ports)),
        space=Kept(
            "the space in Storage", partial(measure_project, ports, settings), FRESH_SECONDS
        ),
        owners=Owners(partial(google.call, verifiers.account)),
        browser_players=BrowserPlayers(settings),
        limits=limits,
        answer_limit=SharedRateLimit("answers", settings.answer.per_minute, counting),
        play_limit=SharedRateLimit(
            "answers at the page", settings.dashboard.play_per_minute, counting
        ),
        verify_app=partial(google.call, verifiers.app),
        players=SlowResult(
            partial(count_players, ports, settings),
            settings.answer.players_minutes * 60,
            answer_seconds * COUNTING_SHARE,
        ),
        previews=SlowResults(
            lambda correction_id: preview_forgetting(
                read_player(ports.corrections, correction_id), ports, settings
            ),
            PREVIEW_SECONDS,
            answer_seconds * COUNTING_SHARE,
        ),
        canvases=Canvases(settings.predict.processes, settings.max_canvas_bytes),
        predictors=Predictors(named, load, settings.release_cache_seconds, answer_seconds),
    )


def _list_checks(settings: Settings, ports: Ports) -> list[Check]:
    # Loaded at the first look: these checks read data sets, and so load h5py.
    from service.checks.project import list_service_checks

    return list_service_checks(settings, ports)
