"""Serves fakeredis over TCP, `python -m service.fake_redis PORT`: Redis where redis-server is not installed. Keeps nothing."""

import logging
import signal
import sys
from typing import Any

from fakeredis import TcpFakeServer
from fakeredis._clients._tcp_server import TCPFakeRequestHandler
from redis import ResponseError


class Handler(TCPFakeRequestHandler):  # type: ignore[misc]  # fakeredis says nothing of its types here
    """Keeps a connection after an answer that is an error, as Redis does; fakeredis closes it.

    A worker that ends a batch of a chord asks for a script that Redis does not have yet, is told so, and sends it: on a closed
    connection nobody would ever count that batch.
    """

    def setup(self) -> None:
        """Lets errors be answers like any other."""
        super().setup()
        read = self.current_client.read_response

        def answer(*args: Any, **options: Any) -> Any:
            try:
                return read(*args, **options)
            except ResponseError as error:
                return error

        self.current_client.read_response = answer


def main() -> None:
    """Serves until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.WARNING)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = TcpFakeServer(("127.0.0.1", int(sys.argv[1])), server_type="redis")
    server.RequestHandlerClass = Handler
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    main()
