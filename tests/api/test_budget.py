"""All calls of one request together may take so long, not each of them."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from pipeline.errors import Unavailable
from service.backends import budget
from service.backends.bounded import Backend
from service.backends.budget import QUICK_SECONDS, Budgeted, allow

SECONDS = 1.5


class Clock:
    """Stands for the module `time`; a test moves it."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(budget, "time", clock)
    return clock


def in_request(work: Callable[[], Any]) -> Any:
    """Return what `work` returns in a thread of a request, as a route runs."""
    results = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        results.append(await asyncio.to_thread(work))

    nothing: Any = None
    asyncio.run(Budgeted(app, SECONDS)({"type": "http"}, nothing, nothing))
    return results[0]


def test_the_calls_of_a_request_share_the_time_and_a_quick_one_is_always_allowed(
    clock: Clock,
) -> None:
    def calls() -> list[float]:
        allowed = []
        for passed in (0.0, 1.0, 0.4, 5.0):
            clock.now += passed
            allowed.append(round(allow(SECONDS), 6))
        return allowed

    assert in_request(calls) == [SECONDS, 0.5, QUICK_SECONDS, QUICK_SECONDS]


def test_the_time_begins_with_the_first_call(clock: Clock) -> None:
    def late() -> float:
        clock.now += 100  # the body arrived slowly
        return allow(SECONDS)

    assert in_request(late) == SECONDS


def test_each_request_has_a_time_of_its_own_and_other_work_has_none(clock: Clock) -> None:
    def use_up() -> float:
        allow(SECONDS)
        clock.now += SECONDS
        return allow(SECONDS)

    assert [in_request(use_up) for _ in range(2)] == [QUICK_SECONDS] * 2
    allow(SECONDS)
    clock.now += SECONDS
    assert allow(SECONDS) == SECONDS


@pytest.fixture
def end() -> Iterator[threading.Event]:
    end = threading.Event()
    yield end
    end.set()


def test_a_short_limit_of_one_service_is_not_that_of_the_request(clock: Clock) -> None:
    assert in_request(lambda: [allow(0.2), allow(SECONDS)]) == [0.2, SECONDS]


def test_a_route_that_goes_on_after_a_backend_was_given_up_waits_for_the_next_one_briefly(
    end: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each backend hangs, and each could take a minute; the request has a twentieth of a second."""
    monkeypatch.setattr(f"{__name__}.SECONDS", 0.05)
    monkeypatch.setattr(budget, "QUICK_SECONDS", 0.01)
    backends = [Backend(name, 60) for name in ("Firestore", "Storage", "Redis")]

    def ask_all() -> list[str]:
        said = []
        for backend in backends:
            with pytest.raises(Unavailable) as raised:
                backend.call(end.wait, 60)
            said.append(str(raised.value))
        return said

    assert in_request(ask_all) == [
        "Firestore has not answered within 0.05 s",
        "Storage has not answered within 0.01 s",
        "Redis has not answered within 0.01 s",
    ]


def test_results_that_a_port_reads_one_by_one_are_bounded_too(end: threading.Event) -> None:
    def documents() -> Iterator[int]:
        yield from range(250)
        end.wait(60)
        yield -1

    port = Backend("Firestore", 0.2).bound(SimpleNamespace(pending=documents))
    found = port.pending()
    assert [next(found) for _ in range(200)] == list(range(200))
    with pytest.raises(Unavailable, match="Firestore has not answered"):
        list(found)


@pytest.mark.parametrize("number", [0, 1, 100, 101, 250])
def test_all_results_of_a_port_are_taken(number: int) -> None:
    port = Backend("Firestore").bound(SimpleNamespace(pending=lambda: iter(range(number))))
    assert list(port.pending()) == list(range(number))
