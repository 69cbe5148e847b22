"""What pages know of the project's state without asking for it."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.errors import Unavailable
from pipeline.ports import Ports
from pipeline.settings import Settings
from service.app import create_app
from service.metrics.exposition import Metrics, State


@pytest.fixture
def metrics(settings: Settings, ports: Ports, queue: Any) -> Metrics:
    found: Metrics = create_app(settings, ports, queue).state.wiring.metrics
    return found


def look_until(metrics: Metrics, is_known: Callable[[State], bool]) -> State:
    """Look until something is known: it is read in the background."""
    while not is_known(state := metrics.look()):
        for kept in (metrics._now, metrics._files, metrics._history):
            kept._flight().result(60)
    return state


def test_at_first_nothing_is_known_and_nothing_is_waited_for(
    metrics: Metrics, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering = threading.Event()
    monkeypatch.setattr(ports.runs, "slot", lambda: answering.wait(60))
    state = metrics.look()
    assert (state.now.value, state.files.value) == (None, None)
    answering.set()


def test_later_it_is_known_with_its_age(metrics: Metrics, version: Callable[..., str]) -> None:
    version(released=True)
    state = look_until(metrics, lambda known: known.files.value is not None)
    assert state.now.value is not None
    assert state.now.value.released
    assert state.files.value is not None
    assert state.files.value.lost == 0


def test_a_service_that_does_not_answer_is_known_to_fail(
    metrics: Metrics, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise Unavailable("it hangs")

    monkeypatch.setattr(ports.runs, "slot", fail)
    monkeypatch.setattr(ports.models, "release", fail)
    assert look_until(metrics, lambda known: known.now.failing).now.value is None
