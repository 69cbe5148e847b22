"""Run the service: one web process with limits on connections, time and log."""

import socket
from typing import Any

import uvicorn

from pipeline.errors import RedrawError
from pipeline.logs.configure import configure_logs
from pipeline.settings import Settings
from service.app import build
from service.http.connections import Limits, limit_connections

BACKLOG = 512
STOP_SECONDS = 10
"""How long requests may go on when the process is asked to end."""


def make_server(app: Any, limits: Limits, proxies: str = "") -> uvicorn.Server:
    """Return a server that is not running yet.

    Args:
        app: the ASGI application.
        limits: on its connections.
        proxies: addresses and networks, with commas between, whose X-Forwarded-For is believed.
    """
    config = uvicorn.Config(
        app,
        http=limit_connections(limits),
        ws="none",
        log_config=None,
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
        RedrawError: the address cannot be used, or the project cannot be connected to.
    """
    # Strangers can cause the same line a thousand times.
    configure_logs(settings, limit_repeats=True)
    app = build(settings)  # here, as the server would print a traceback of its errors
    with _listen(host, port) as listener:
        server = make_server(
            app, Limits(connections=settings.max_connections), settings.limit.proxies
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
