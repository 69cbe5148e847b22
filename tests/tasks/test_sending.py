"""Who sends a run to the workers does not wait for a Redis that hangs."""

import socket

import pytest

from pipeline.errors import Unavailable
from pipeline.settings import Settings
from workers import dispatch
from workers.app import make_app
from workers.dispatch import dispatch_retrain


@pytest.mark.slow  # redis-py tries ten times, with pauses
def test_a_redis_that_hangs_after_it_was_found_alive_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dispatch, "ping", lambda _: None)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = Settings(
            _env_file=None, redis_url=f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        )
        with pytest.raises(Unavailable, match="starts by itself when Redis answers again"):
            dispatch_retrain(make_app(settings, answer_seconds=0.05), "run-1")


def test_a_worker_waits_for_its_queue_without_end() -> None:
    options = make_app(Settings(_env_file=None)).conf.broker_transport_options
    assert "socket_timeout" not in options
