"""Serve fakeredis over TCP: `python -m service.cli.fake_redis PORT`.

It replaces Redis where redis-server is not installed. Its contents are lost when it ends.
"""

import logging
import signal
import sys
from typing import Any

from fakeredis import TcpFakeServer
from fakeredis._clients._tcp_server import TCPFakeRequestHandler
from redis import ResponseError


class Handler(TCPFakeRequestHandler):  # type: ignore[misc]  # fakeredis ships no types for this module
    """Keep a connection open after an error reply, as Redis does; fakeredis would close it.

    A worker that finishes a batch of a chord calls a script by its digest. If Redis does not have
    it yet, it replies with an error, and the worker sends the whole script on the same connection.
    If that were closed, the batch would never be counted, and the chord never completed.
    """

    def setup(self) -> None:
        """Return errors as replies instead of raising them."""
        super().setup()
        read_response = self.current_client.read_response

        def read_or_return_error(*args: Any, **options: Any) -> Any:
            try:
                return read_response(*args, **options)
            except ResponseError as error:
                return error

        self.current_client.read_response = read_or_return_error


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.WARNING)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = TcpFakeServer(("127.0.0.1", int(sys.argv[1])), server_type="redis")
    server.RequestHandlerClass = Handler
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    main()
