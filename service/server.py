"""Run the service: one web process with limits on connections, time and log."""

import socket
from typing import Any

import uvicorn

from pipeline.errors import RedrawError
from pipeline.settings import Settings
from service.http.connections import Limits, limit_connections
from service.http.log_limit import log_config

BACKLOG = 512
STOP_SECONDS = 10
"""How long requests may go on when the process is asked to end."""


def make_server(
    app: Any, limits: Limits, logs: dict[str, Any] | None = None, proxies: str = ""
) -> uvicorn.Server:
    """Return a server that is not running yet.

    Args:
        app: the ASGI application, or the import string of a function that returns it.
        limits: on its connections.
        logs: for `logging.config.dictConfig`; None leaves logging as it is.
        proxies: addresses and networks, with commas between, whose X-Forwarded-For is believed.
    """
    config = uvicorn.Config(
        app,
        factory=isinstance(app, str),
        http=limit_connections(limits),
        ws="none",
        log_config=logs,
        # Players poll the release, and orchestrators the health: a line for each says nothing.
        access_log=False,
        server_header=False,
        forwarded_allow_ips=proxies,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    return uvicorn.Server(config)


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        RedrawError: the address cannot be used.
    """
    with _listen(host, port) as listener:
        server = make_server(
            "service.app:build",
            Limits(connections=settings.max_connections),
            log_config(),
            settings.limit.proxies,
        )
        server.run([listener])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol given, asyncio switches off Nagle's algorithm; it would cost 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise RedrawError(
            f"the service cannot listen on {host}:{port} ({error.strerror}): "
            "choose another --port, or stop what uses it"
        ) from None
    return listener
