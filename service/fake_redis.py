"""Serves fakeredis over TCP, `python -m service.fake_redis PORT`: Redis where redis-server is not installed. Keeps nothing."""

import logging
import signal
import sys

from fakeredis import TcpFakeServer


def main() -> None:
    """Serves until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.WARNING)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = TcpFakeServer(("127.0.0.1", int(sys.argv[1])), server_type="redis")
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    main()
