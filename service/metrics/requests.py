"""Measure how long requests take, and how many are being answered."""

import re
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable
from itertools import accumulate

from fastapi.routing import iter_route_contexts
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.utils import floatToGoString
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.metrics.families import find_metric

BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Upper ends in seconds. No route takes more than two seconds for what is behind it."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD = "other"
_ENDS = [*map(floatToGoString, BUCKETS), "+Inf"]

Key = tuple[str, str, str]


class RequestTimes:
    """The durations of this process's requests.

    prometheus_client's own histogram would add a series `_created` for each of ours, with a type
    that a scraper takes for a metric more; whether it does is one switch for all of the process.
    So the counts are kept here, and handed over when they are read. They are written in the event
    loop alone, so nothing is locked; a reader in another thread may see a request half noted.
    """

    def __init__(self) -> None:
        self.in_flight = 0
        self._buckets: dict[Key, list[int]] = {}
        self._seconds: dict[Key, float] = {}

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request whose answer has begun, or that failed."""
        key = (method if method in METHODS else OTHER_METHOD, route, f"{status // 100}xx")
        buckets = self._buckets.get(key)
        if buckets is None:
            buckets = self._buckets[key] = [0] * len(_ENDS)
            self._seconds[key] = 0.0
        buckets[bisect_left(BUCKETS, seconds)] += 1
        self._seconds[key] += seconds

    def histogram(self) -> HistogramMetricFamily:
        """Return the metric."""
        metric = find_metric("redraw_http_request_duration_seconds")
        family = HistogramMetricFamily(metric.name, metric.meaning, labels=metric.labels)
        for key, counts in sorted(self._buckets.copy().items()):
            buckets = zip(_ENDS, accumulate(counts), strict=True)
            family.add_metric(key, [(end, float(n)) for end, n in buckets], self._seconds[key])
        return family


class MeasureRequests:
    """Middleware that notes each request to a known path: until its answer begins.

    An answer may be a stream that goes on for an hour, so its end says nothing about this process.
    """

    def __init__(
        self,
        app: ASGIApp,
        times: RequestTimes,
        routes: Iterable[BaseRoute],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._app = app
        self._clock = clock
        self._times = times
        self._routes = routes
        self._paths: list[tuple[re.Pattern[str], str]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        times, began, status = self._times, self._clock(), 500
        ended: float | None = None

        async def send_noting(message: Message) -> None:
            nonlocal ended, status
            if ended is None and message["type"] == "http.response.start":
                ended, status = self._clock(), message["status"]
            await send(message)

        times.in_flight += 1
        try:
            await self._app(scope, receive, send_noting)
        finally:
            times.in_flight -= 1
            route = self._find_route(scope)
            if route is not None:
                times.note(scope["method"], route, status, (ended or self._clock()) - began)

    def _find_route(self, scope: Scope) -> str | None:
        """Return the path of the route with its parameters' names; None if there is no such path.

        A request that was refused before it came to a route is matched here.
        """
        path: str | None = getattr(scope.get("route"), "path_format", None)
        if path is not None:
            return path
        if not self._paths:
            self._paths = [
                (route.path_regex, str(route.path_format))
                for route in iter_route_contexts(list(self._routes))
            ]
        return next((path for regex, path in self._paths if regex.match(scope["path"])), None)
